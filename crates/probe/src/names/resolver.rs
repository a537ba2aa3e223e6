//! One configured resolver, asked directly: A and AAAA at once, over UDP, over TCP when the answer was cut.
//!
//! Knows no cache and no search list: what this resolver says now, about exactly this name.

use super::{Answer, NAME_CHARS};
use crate::record::bounded;
use futures::future::join;
use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use model::{DnsRecord, FailureCode};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

/// Times that a question goes out by UDP within its time-out.
const SENDS: u32 = 3;
/// Largest answer by UDP.
const DATAGRAM: usize = 4096;

/// The resolvers that this host is configured with.
pub(super) fn configured() -> Vec<SocketAddr> {
    match hickory_resolver::system_conf::read_system_conf() {
        Err(error) => {
            tracing::warn!(%error, "the configured resolvers could not be read");
            Vec::new()
        }
        Ok((config, _)) => each_once(config.name_servers().iter().map(|server| server.ip)),
    }
}

/// Each resolver once: Windows names them for each adapter. It also gives every adapter without one three addresses
/// of a range that was given up long ago; nobody answers there.
fn each_once(addresses: impl Iterator<Item = IpAddr>) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for address in addresses {
        let given_up = matches!(address, IpAddr::V6(v6)
            if matches!(v6.segments(), [0xfec0, 0, 0, 0xffff, ..]));
        let server = SocketAddr::new(address, 53);
        if !given_up && !found.contains(&server) {
            found.push(server);
        }
    }
    found
}

/// Why a question has no answer.
#[derive(Debug)]
enum Unanswered {
    TimedOut,
    Failed(String),
}

pub(super) async fn look_up(host: &str, server: SocketAddr, timeout: Duration) -> Answer {
    let absolute = format!("{}.", host.strip_suffix('.').unwrap_or(host));
    let Ok(name) = Name::from_utf8(&absolute) else {
        return Answer::failed(FailureCode::DnsError, "DNS cannot carry this name");
    };
    let deadline = Instant::now() + timeout;
    let (a, aaaa) = join(
        ask(&name, RecordType::A, server, deadline, timeout),
        ask(&name, RecordType::AAAA, server, deadline, timeout),
    )
    .await;
    combine(read(a), read(aaaa))
}

async fn ask(
    name: &Name,
    kind: RecordType,
    server: SocketAddr,
    deadline: Instant,
    timeout: Duration,
) -> Result<Message, Unanswered> {
    let mut question = Message::query();
    question.add_query(Query::query(name.clone(), kind));
    question.metadata.recursion_desired = true;
    let failed = |error: &dyn std::fmt::Display| Unanswered::Failed(error.to_string());
    let bytes = question.to_vec().map_err(|error| failed(&error))?;
    let by_udp = over_udp(&question, &bytes, server, timeout / SENDS);
    let reply = match timeout_at(deadline, by_udp).await {
        Err(_) => return Err(Unanswered::TimedOut),
        Ok(reply) => reply.map_err(|error| failed(&error))?,
    };
    if !reply.metadata.truncation {
        return Ok(reply);
    }
    match timeout_at(deadline, over_tcp(&question, &bytes, server)).await {
        Err(_) => Err(Unanswered::TimedOut),
        Ok(reply) => reply.map_err(|error| failed(&error)),
    }
}

/// Sends, and sends again when nothing comes; the caller ends it.
async fn over_udp(
    question: &Message,
    bytes: &[u8],
    server: SocketAddr,
    patience: Duration,
) -> io::Result<Message> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        socket.send(bytes).await?;
        let again = Instant::now() + patience;
        while let Ok(received) = timeout_at(again, socket.recv(&mut buffer)).await {
            let datagram = buffer.get(..received?).unwrap_or_default();
            if let Some(reply) = reply_to(question, datagram) {
                return Ok(reply);
            }
        }
    }
}

async fn over_tcp(question: &Message, bytes: &[u8], server: SocketAddr) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes(), bytes].concat())
        .await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    reply_to(question, &reply).ok_or_else(|| io::Error::other("the answer is to another question"))
}

/// The message, when it is one and answers this question.
fn reply_to(question: &Message, bytes: &[u8]) -> Option<Message> {
    let reply = Message::from_vec(bytes).ok()?;
    let same = reply.metadata.id == question.metadata.id
        && reply.metadata.message_type == MessageType::Response
        // Servers that fail early may leave the question out.
        && (reply.queries.is_empty() || reply.queries == question.queries);
    same.then_some(reply)
}

fn read(reply: Result<Message, Unanswered>) -> Answer {
    let reply = match reply {
        Ok(reply) => reply,
        Err(Unanswered::TimedOut) => {
            return Answer::failed(
                FailureCode::DnsTimeout,
                "the resolver did not answer in time",
            );
        }
        Err(Unanswered::Failed(why)) => return Answer::failed(FailureCode::DnsError, why),
    };
    let addresses: Vec<IpAddr> = reply
        .answers
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .collect();
    let code = match reply.metadata.response_code {
        ResponseCode::NoError if addresses.is_empty() => Some(FailureCode::NameNoAddress),
        ResponseCode::NoError => None,
        ResponseCode::NXDomain => Some(FailureCode::NameNotFound),
        ResponseCode::ServFail => Some(FailureCode::DnsServerFailure),
        ResponseCode::Refused => Some(FailureCode::DnsRefused),
        _ => Some(FailureCode::DnsError),
    };
    Answer {
        records: reply.answers.iter().map(record).collect(),
        addresses,
        code,
        rcode: Some(mnemonic(reply.metadata.response_code)),
        detail: None,
    }
}

fn record(record: &Record) -> DnsRecord {
    DnsRecord {
        name: bounded(record.name.to_utf8().trim_end_matches('.'), NAME_CHARS),
        kind: record.record_type().to_string(),
        ttl_s: Some(record.ttl),
        data: match &record.data {
            RData::CNAME(name) => bounded(name.0.to_utf8().trim_end_matches('.'), NAME_CHARS),
            other => bounded(&other.to_string(), NAME_CHARS),
        },
    }
}

/// The name that people know a response code by.
fn mnemonic(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("RCODE{}", u16::from(other)),
    }
}

/// One answer of two: records of both without repeats, a failure only when neither has an address.
fn combine(a: Answer, aaaa: Answer) -> Answer {
    let mut records = a.records;
    for record in aaaa.records {
        if !records.iter().any(|known| {
            known.kind == record.kind && known.name == record.name && known.data == record.data
        }) {
            records.push(record);
        }
    }
    let addresses: Vec<IpAddr> = a.addresses.into_iter().chain(aaaa.addresses).collect();
    // Where the two disagree, an answer says more than "no address of this kind".
    let (code, rcode, detail) = match (&a.code, &aaaa.code) {
        (None, _) => (None, a.rcode, None),
        (_, None) => (None, aaaa.rcode, None),
        (Some(FailureCode::NameNoAddress), _) => (aaaa.code, aaaa.rcode, aaaa.detail),
        _ => (a.code, a.rcode, a.detail),
    };
    Answer {
        records,
        addresses,
        code,
        rcode,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::each_once;

    #[test]
    fn each_resolver_is_asked_once_and_the_range_that_was_given_up_never() {
        let all = [
            "10.0.0.53",
            "fec0:0:0:ffff::1",
            "10.0.0.53",
            "fd00::53",
            "fec0:0:0:ffff::3",
        ];
        let found = each_once(all.iter().map(|one| one.parse().expect("an address")));
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["10.0.0.53:53", "[fd00::53]:53"]);
    }
}
