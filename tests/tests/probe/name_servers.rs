//! Name sources: a name server of our own on loopback, a hosts file, and a system look-up, each told apart.

use crate::bench::{V4, context, make, names, options, plan};
use crate::story::Story;
use model::{DnsSource, FailureCode, Observation, Options, StepKind, StepState};
use probe::{Context, NameSources};
use rustls::RootCertStore;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::task::AbortOnDropHandle;

/// What the server answers, by the first label of the name.
#[derive(Clone, Copy)]
struct Zone;

/// Response codes of RFC 1035.
const NOERROR: u8 = 0;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

/// A name server that answers as its questions ask, written by hand: the engine's decoder meets bytes that it
/// did not encode.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    _serving: [AbortOnDropHandle<()>; 2],
}

impl NameServer {
    pub(crate) async fn start() -> Self {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = tcp.local_addr().expect("an address");
        let udp = UdpSocket::bind(address).await.expect("the same port");
        let by_udp = tokio::spawn(async move {
            let mut buffer = [0; 1500];
            loop {
                let (length, from) = udp.recv_from(&mut buffer).await.expect("a question");
                if let Some(reply) = Zone.answer(&buffer[..length], false) {
                    // A stray datagram first: an answer to another question is nobody's answer.
                    let mut stray = reply.clone();
                    stray[0] ^= 0xFF;
                    udp.send_to(&stray, from).await.expect("sent");
                    udp.send_to(&reply, from).await.expect("sent");
                }
            }
        });
        let by_tcp = tokio::spawn(async move {
            loop {
                let (mut stream, _) = tcp.accept().await.expect("a connection");
                let length = stream.read_u16().await.expect("a length");
                let mut question = vec![0; usize::from(length)];
                stream.read_exact(&mut question).await.expect("a question");
                let reply = Zone.answer(&question, true).expect("an answer");
                let length = u16::try_from(reply.len()).expect("fits");
                stream.write_u16(length).await.expect("sent");
                stream.write_all(&reply).await.expect("sent");
            }
        });
        Self {
            address,
            _serving: [
                AbortOnDropHandle::new(by_udp),
                AbortOnDropHandle::new(by_tcp),
            ],
        }
    }
}

impl Zone {
    /// The reply to a question, or silence.
    fn answer(self, question: &[u8], whole: bool) -> Option<Vec<u8>> {
        let first = usize::from(question[12]);
        let label = std::str::from_utf8(&question[13..13 + first]).expect("a label");
        let mut end = 12;
        while question[end] != 0 {
            end += usize::from(question[end]) + 1;
        }
        let is_a = question[end + 2] == 1;
        let question_end = end + 5;
        let own_name = [0xC0, 12];
        let a = |name: &[u8], last: u8| {
            let mut record = name.to_vec();
            record.extend_from_slice(&[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, last]);
            record
        };
        let (rcode, cut, records): (u8, bool, Vec<Vec<u8>>) = match label {
            "silent" => return None,
            "missing" => (NXDOMAIN, false, vec![]),
            "empty" => (NOERROR, false, vec![]),
            "failing" => (SERVFAIL, false, vec![]),
            "refused" => (REFUSED, false, vec![]),
            "long" if !whole => (NOERROR, true, vec![]),
            "alias" if is_a => {
                // alias → real.<same suffix>, which then has the address.
                let target = [
                    &[4],
                    b"real".as_slice(),
                    &[0xC0, 12 + 1 + u8::try_from(first).expect("fits")],
                ]
                .concat();
                let mut cname = own_name.to_vec();
                cname.extend_from_slice(&[
                    0,
                    5,
                    0,
                    1,
                    0,
                    0,
                    0,
                    30,
                    0,
                    u8::try_from(target.len()).expect("fits"),
                ]);
                cname.extend_from_slice(&target);
                let target_at = u8::try_from(question_end + 12).expect("fits");
                (NOERROR, false, vec![cname, a(&[0xC0, target_at], 1)])
            }
            _ if is_a => (NOERROR, false, vec![a(&own_name, 1)]),
            _ => (NOERROR, false, vec![]),
        };
        let mut reply = question[..2].to_vec();
        reply.extend_from_slice(&[0x81 | if cut { 2 } else { 0 }, 0x80 | rcode, 0, 1, 0]);
        reply.push(u8::try_from(records.len()).expect("fits"));
        reply.extend_from_slice(&[0, 0, 0, 0]);
        reply.extend_from_slice(&question[12..question_end]);
        reply.extend(records.concat());
        Some(reply)
    }
}

/// What one source said in a run.
#[derive(Debug, PartialEq)]
struct Said {
    addresses: Vec<String>,
    code: Option<FailureCode>,
    rcode: Option<String>,
}

fn said(story: &Story, wanted: &DnsSource) -> Said {
    story
        .facts()
        .find_map(|fact| match fact {
            Observation::DnsAnswer {
                source,
                addresses,
                code,
                rcode,
                ..
            } if source == wanted => Some(Said {
                addresses: addresses.clone(),
                code: code.clone(),
                rcode: rcode.clone(),
            }),
            _ => None,
        })
        .expect("the source was asked")
}

fn with_resolvers(resolvers: &[SocketAddr]) -> Context {
    let mut context = context([], RootCertStore::empty());
    context.names = NameSources {
        resolvers: resolvers.to_vec(),
        ..names(&[])
    };
    context
}

#[tokio::test]
async fn a_resolver_s_answers_are_told_apart() {
    let server = NameServer::start().await;
    let context = with_resolvers(&[server.address]);
    let source = DnsSource::Resolver {
        server: server.address.to_string(),
    };
    let one = || vec!["127.0.0.1".to_owned()];
    let table = [
        ("plain.example", one(), None, Some("NOERROR")),
        ("long.example", one(), None, Some("NOERROR")),
        ("alias.example", one(), None, Some("NOERROR")),
        (
            "missing.example",
            vec![],
            Some(FailureCode::NameNotFound),
            Some("NXDOMAIN"),
        ),
        (
            "empty.example",
            vec![],
            Some(FailureCode::NameNoAddress),
            Some("NOERROR"),
        ),
        (
            "failing.example",
            vec![],
            Some(FailureCode::DnsServerFailure),
            Some("SERVFAIL"),
        ),
        (
            "refused.example",
            vec![],
            Some(FailureCode::DnsRefused),
            Some("REFUSED"),
        ),
        (
            "silent.example",
            vec![],
            Some(FailureCode::DnsTimeout),
            None,
        ),
    ];
    for (name, addresses, code, rcode) in table {
        let limits = if name.starts_with("silent") {
            Options {
                dns_timeout_ms: 150,
                ..options()
            }
        } else {
            options()
        };
        let story = make(&plan(name, 1433, false, limits), &context).await;
        let expected = Said {
            addresses,
            code,
            rcode: rcode.map(str::to_owned),
        };
        assert_eq!(said(&story, &source), expected, "{name}");
    }
}

#[tokio::test]
async fn a_chain_of_aliases_is_kept_with_its_times() {
    let server = NameServer::start().await;
    let story = make(
        &plan("alias.example", 1433, false, options()),
        &with_resolvers(&[server.address]),
    )
    .await;
    let records = story.facts().find_map(|fact| match fact {
        Observation::DnsAnswer {
            source: DnsSource::Resolver { .. },
            records,
            ..
        } => Some(records),
        _ => None,
    });
    let records: Vec<_> = records
        .expect("an answer")
        .iter()
        .map(|record| {
            (
                record.name.as_str(),
                record.kind.as_str(),
                record.ttl_s,
                record.data.as_str(),
            )
        })
        .collect();
    assert_eq!(
        records,
        [
            ("alias.example", "CNAME", Some(30), "real.example"),
            ("real.example", "A", Some(60), "127.0.0.1"),
        ]
    );
}

#[tokio::test]
async fn a_resolver_where_nobody_listens_is_an_error_at_once() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let nobody = socket.local_addr().expect("an address");
    drop(socket);
    let story = make(
        &plan("plain.example", 1433, false, options()),
        &with_resolvers(&[nobody]),
    )
    .await;
    let source = DnsSource::Resolver {
        server: nobody.to_string(),
    };
    assert_eq!(said(&story, &source).code, Some(FailureCode::DnsError));
}

#[tokio::test]
async fn literals_localhost_and_single_labels_reach_no_resolver() {
    let server = NameServer::start().await;
    for host in ["localhost", "sqlserver01", "127.0.0.1", "::1"] {
        let story = make(
            &plan(host, 1433, false, options()),
            &with_resolvers(&[server.address]),
        )
        .await;
        let sources: Vec<_> = story
            .of(StepKind::DnsLookup)
            .iter()
            .map(|step| step.subject.source.clone().expect("a source"))
            .collect();
        let expected = if host.contains(['.', ':']) {
            "literal"
        } else {
            "system"
        };
        assert_eq!(sources, [expected], "{host}");
    }
}

#[tokio::test]
async fn the_hosts_file_is_read_and_its_silence_is_no_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hosts");
    // Loopback: what the policy refuses gets no packet.
    std::fs::write(&file, "127.0.0.7 named.example # here\n").expect("written");
    let mut context = with_resolvers(&[]);
    context.names.hosts_file = Some(file);
    let story = make(&plan("named.example", 1433, false, options()), &context).await;
    assert_eq!(said(&story, &DnsSource::HostsFile).addresses, ["127.0.0.7"]);

    let story = make(&plan("other.example", 1433, false, options()), &context).await;
    assert_eq!(
        said(&story, &DnsSource::HostsFile).code,
        Some(FailureCode::NameNotFound)
    );
    let step = story
        .of(StepKind::DnsLookup)
        .into_iter()
        .find(|step| step.subject.source.as_deref() == Some("hosts_file"));
    assert_eq!(step.expect("a step").state, StepState::Ok);
    // Nobody has an address: no connect, and the login says why.
    assert!(story.of(StepKind::TcpConnect).is_empty());
    assert_eq!(story.code(StepKind::TdsLogin), "no_credentials");

    context.names.hosts_file = Some(folder.path().join("none"));
    let story = make(&plan("other.example", 1433, false, options()), &context).await;
    let step = story
        .of(StepKind::DnsLookup)
        .into_iter()
        .find(|step| step.subject.source.as_deref() == Some("hosts_file"));
    assert_eq!(step.expect("a step").code, Some(FailureCode::NotAvailable));
}

#[tokio::test]
async fn a_slow_source_delays_nobody() {
    let server = NameServer::start().await;
    let mut context = with_resolvers(&[server.address]);
    // The system knows it at once; the resolver is silent until its time-out.
    context.names.system = Arc::new(|_| Ok(vec![V4]));
    let recording = crate::story::Recording::default();
    let limits = Options {
        dns_timeout_ms: 1_000,
        ..options()
    };
    let plan = plan("silent.example", 1433, false, limits);
    probe::run(&plan, None, &context, &recording, Default::default()).await;
    let events = recording.so_far();
    let at = |kind: &str, nth: usize| {
        let found = events.iter().enumerate().filter(|(_, event)| {
            serde_json::to_string(&event.body)
                .expect("writes")
                .contains(kind)
        });
        found.map(|(index, _)| index).nth(nth).expect("the event")
    };
    assert!(
        at("\"policy_refused\"", 0) < at("\"dns_timeout\"", 0),
        "the connect did not wait"
    );
    recording.story();
}
