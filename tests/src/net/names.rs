//! A name server for a test's hosts, written by hand: answers from a table, over UDP, and what is not in the table
//! does not exist.

use super::Host;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio_util::task::AbortOnDropHandle;

/// What a name is.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An address: A or AAAA.
    Address(IpAddr),
    /// Another name, whose own answer follows in the same reply.
    Alias(&'static str),
}

/// A running name server.
pub struct NameServer {
    _serving: AbortOnDropHandle<()>,
}

type Table = Vec<(&'static str, Answer)>;

impl NameServer {
    /// Answers on port 53 of a host, on all its addresses.
    ///
    /// # Panics
    /// When the port cannot be had.
    pub async fn start(host: &Host, table: Table) -> Self {
        let socket = host
            .run(async { UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 53)).await })
            .await
            .expect("port 53");
        let (socket, table) = (Arc::new(socket), Arc::new(table));
        let serving = host.runtime().spawn(async move {
            let mut question = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                if let Some(reply) = reply(&question[..length], &table) {
                    let _ = socket.send_to(&reply, from).await;
                }
            }
        });
        Self {
            _serving: AbortOnDropHandle::new(serving),
        }
    }
}

/// The reply to one question; `None` to what is none.
fn reply(question: &[u8], table: &Table) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = std::str::from_utf8(question.get(at..at + length)?).ok()?;
        labels.push(label.to_ascii_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes([*question.get(at)?, *question.get(at + 1)?]);
    let end = at + 4;
    let name = labels.join(".");
    let found: Vec<_> = table.iter().filter(|(known, _)| *known == name).collect();
    let mut records = Vec::new();
    for (_, answer) in &found {
        match answer {
            Answer::Address(address) => records.extend(record(&name, kind, *address)),
            Answer::Alias(other) => {
                records.push(resource(&name, 5, &written(other)));
                for (_, answer) in table.iter().filter(|(known, _)| known == other) {
                    if let Answer::Address(address) = answer {
                        records.extend(record(other, kind, *address));
                    }
                }
            }
        }
    }
    let mut reply = question.get(..2)?.to_vec();
    let rcode = if found.is_empty() { 3 } else { 0 };
    let count = u8::try_from(records.len()).ok()?;
    reply.extend_from_slice(&[0x81, 0x80 | rcode, 0, 1, 0, count, 0, 0, 0, 0]);
    reply.extend_from_slice(question.get(12..end)?);
    reply.extend(records.concat());
    Some(reply)
}

/// An address record, when it is of the kind that was asked for.
fn record(name: &str, asked: u16, address: IpAddr) -> Option<Vec<u8>> {
    let (kind, data) = match address {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (28, v6.octets().to_vec()),
    };
    (kind == asked).then(|| resource(name, kind, &data))
}

/// One record of class IN that is good for a minute.
fn resource(name: &str, kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = written(name);
    record.extend_from_slice(&kind.to_be_bytes());
    record.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
    record.extend_from_slice(&u16::try_from(data.len()).expect("short").to_be_bytes());
    record.extend_from_slice(data);
    record
}

/// A name as it goes over the wire.
fn written(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).expect("a short label"));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
