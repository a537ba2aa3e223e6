//! What a name means: every source asked at once, each a step of its own.
//!
//! The operating system is asked as applications ask it; the hosts file is read directly; each configured
//! resolver is asked directly. The first addresses that the system gives start the connects; no other source
//! delays them. Literals, `localhost` and single labels go to no resolver. A resolver outside is asked only for
//! names under a public cloud's suffix, and what it says is compared, never connected to.

mod hosts;
mod resolver;
mod system;

use crate::failure::Failure;
use crate::record::{Place, Recorder, StepLog, bounded, micros_between};
use futures::future::{join, join_all};
use model::{DnsRecord, DnsSource, FailureCode, Observation, StepKind, Subject};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Asks the operating system for a name's addresses; may block.
pub type SystemLookup = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// Addresses that a run follows at most, of one name.
const MOST_ADDRESSES: usize = 64;
/// Records that are kept at most, of one answer.
const MOST_RECORDS: usize = 128;
/// Longest name or record that is written down.
const NAME_CHARS: usize = 300;
/// Longest wait for the resolver outside: many networks drop what is sent to it.
const EXTERNAL_PATIENCE: Duration = Duration::from_secs(3);
/// OpenDNS, as the checker asks it.
const EXTERNAL: SocketAddr =
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(208, 67, 222, 222), 53));

/// Whom to ask about names: agent configuration, given by tests as they like.
#[derive(Clone)]
pub struct NameSources {
    /// Resolvers to ask directly.
    pub resolvers: Vec<SocketAddr>,
    /// A resolver outside, asked only for names under a public cloud's suffix.
    pub external: Option<SocketAddr>,
    /// The hosts file, where there is one.
    pub hosts_file: Option<PathBuf>,
    /// The operating system's own look-up.
    pub system: SystemLookup,
}

impl NameSources {
    /// This host's: its configured resolvers, its hosts file, getaddrinfo.
    #[must_use]
    pub fn of_this_host() -> Self {
        Self {
            resolvers: resolver::configured(),
            external: Some(EXTERNAL),
            hosts_file: hosts::usual_place(),
            system: Arc::new(system::getaddrinfo),
        }
    }

    /// Nobody: no name has an address.
    #[must_use]
    pub fn none() -> Self {
        Self {
            resolvers: Vec::new(),
            external: None,
            hosts_file: None,
            system: Arc::new(|_| Err(io::Error::other("Name or service not known"))),
        }
    }
}

/// What one source said.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) records: Vec<DnsRecord>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) code: Option<FailureCode>,
    pub(crate) rcode: Option<String>,
    pub(crate) detail: Option<String>,
}

impl Answer {
    fn failed(code: FailureCode, detail: impl ToString) -> Self {
        Self {
            code: Some(code),
            detail: Some(detail.to_string()),
            ..Self::default()
        }
    }

    fn of_addresses(name: &str, addresses: Vec<IpAddr>) -> Self {
        let records = addresses
            .iter()
            .map(|address| DnsRecord {
                name: bounded(name, NAME_CHARS),
                kind: if address.is_ipv4() { "A" } else { "AAAA" }.to_owned(),
                ttl_s: None,
                data: address.to_string(),
            })
            .collect();
        Self {
            records,
            addresses,
            ..Self::default()
        }
    }

    fn bounded(mut self) -> Self {
        self.records.truncate(MOST_RECORDS);
        let mut seen = std::collections::HashSet::new();
        self.addresses.retain(|address| seen.insert(*address));
        self.addresses.truncate(MOST_ADDRESSES);
        self
    }
}

/// Whom a name may be asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// An address: nobody is asked.
    Literal(IpAddr),
    /// `localhost` or a single label: this host only.
    Local,
    /// A name with dots: everybody.
    Full,
}

fn form(host: &str) -> Form {
    if let Ok(address) = host.parse() {
        return Form::Literal(address);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let local = name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || !name.contains('.');
    if local { Form::Local } else { Form::Full }
}

/// What is asked, and how long an answer may take.
pub(crate) struct Question<'a> {
    pub(crate) host: &'a str,
    pub(crate) timeout: Duration,
    /// Whether the resolver outside may be asked, for a name that it may hear.
    pub(crate) outside: bool,
}

/// Looks a name up at every source; the addresses to connect to go out through `found` as soon as they are
/// known. When no source has any, `found` is dropped. Answers with the aliases on the way.
pub(crate) async fn look_up(
    recorder: &Recorder<'_>,
    place: Place,
    question: Question<'_>,
    sources: &NameSources,
    found: oneshot::Sender<Vec<IpAddr>>,
) -> Vec<String> {
    let Question {
        host,
        timeout,
        outside,
    } = question;
    let form = form(host);
    if let Form::Literal(address) = form {
        let step = begin(recorder, place, host, "literal");
        let mut answer = Answer::of_addresses(host, vec![address]);
        answer.records.clear();
        report(step, host, DnsSource::Literal, &answer, Instant::now());
        // Nobody waits when the run has ended.
        let _ = found.send(vec![address]);
        return Vec::new();
    }
    let traced = recorder.own();
    traced.looks_up(host);
    // The system asks the same ones.
    sources
        .resolvers
        .iter()
        .for_each(|server| traced.asks(*server));
    let hosts = async {
        match &sources.hosts_file {
            Some(path) => {
                ask(
                    recorder,
                    place,
                    host,
                    DnsSource::HostsFile,
                    hosts::look_up(host, path),
                )
                .await
            }
            None => Answer::default(),
        }
    };
    let asked = match form {
        Form::Full => sources.resolvers.as_slice(),
        _ => &[],
    };
    let resolvers = join_all(asked.iter().map(|server| {
        let source = DnsSource::Resolver {
            server: server.to_string(),
        };
        ask(
            recorder,
            place,
            host,
            source,
            resolver::look_up(host, *server, timeout),
        )
    }));
    let own = async {
        let mut found = Some(found);
        let system = async {
            let answer = ask(recorder, place, host, DnsSource::System, async {
                system::look_up(host, &sources.system, timeout).await
            })
            .await;
            if !answer.addresses.is_empty()
                && let Some(found) = found.take()
            {
                let _ = found.send(answer.addresses);
            }
        };
        let ((), (in_hosts, from_resolvers)) = join(system, join(hosts, resolvers)).await;
        let answers: Vec<_> = std::iter::once(in_hosts).chain(from_resolvers).collect();
        let second = answers.iter().find(|answer| !answer.addresses.is_empty());
        if let (Some(found), Some(answer)) = (found, second) {
            let _ = found.send(answer.addresses.clone());
        }
        answers
    };
    let may_hear = outside && form == Form::Full && target::facts::is_cloud_name(host);
    let external = async {
        match sources.external.filter(|_| may_hear) {
            Some(server) => {
                let source = DnsSource::External {
                    server: server.to_string(),
                };
                let patience = timeout.min(EXTERNAL_PATIENCE);
                let answer = resolver::look_up(host, server, patience);
                ask(recorder, place, host, source, answer).await
            }
            None => Answer::default(),
        }
    };
    let (own, external) = join(own, external).await;
    own.iter()
        .chain(std::iter::once(&external))
        .flat_map(|answer| &answer.records)
        .filter(|record| record.kind == "CNAME")
        .map(|record| record.data.clone())
        .collect()
}

/// The addresses that an application would get, or why it gets none. No step of its own.
pub(crate) async fn of_system(
    host: &str,
    sources: &NameSources,
    timeout: Duration,
) -> Result<Vec<IpAddr>, Failure> {
    if let Form::Literal(address) = form(host) {
        return Ok(vec![address]);
    }
    let answer = system::look_up(host, &sources.system, timeout)
        .await
        .bounded();
    match answer.code {
        None => Ok(answer.addresses),
        Some(code) => Err(Failure {
            code,
            detail: answer.detail,
        }),
    }
}

/// Asks one source, as a step.
async fn ask(
    recorder: &Recorder<'_>,
    place: Place,
    host: &str,
    source: DnsSource,
    question: impl Future<Output = Answer>,
) -> Answer {
    let name = match &source {
        DnsSource::System => "system",
        DnsSource::HostsFile => "hosts_file",
        DnsSource::Resolver { server } | DnsSource::External { server } => server,
        DnsSource::Literal => "literal",
    };
    if let Ok(server) = name.parse() {
        recorder.own().asks(server);
    }
    let step = begin(recorder, place, host, name);
    let started = Instant::now();
    let answer = question.await.bounded();
    report(step, host, source, &answer, started);
    answer
}

fn begin<'a>(recorder: &'a Recorder<'a>, place: Place, host: &str, source: &str) -> StepLog<'a> {
    let subject = Subject {
        host: Some(bounded(host, NAME_CHARS)),
        source: Some(source.to_owned()),
        ..Subject::default()
    };
    recorder.start(StepKind::DnsLookup, place, subject)
}

fn report(step: StepLog<'_>, host: &str, source: DnsSource, answer: &Answer, started: Instant) {
    let in_hosts_file = source == DnsSource::HostsFile;
    step.observe(
        None,
        Observation::DnsAnswer {
            source,
            name: bounded(host, NAME_CHARS),
            records: answer.records.clone(),
            addresses: answer.addresses.iter().map(ToString::to_string).collect(),
            code: answer.code.clone(),
            rcode: answer.rcode.clone(),
            elapsed_us: micros_between(started, Instant::now()),
        },
    );
    match &answer.code {
        None => step.ok(),
        // A hosts file without the name is as it should be.
        Some(FailureCode::NameNotFound) if in_hosts_file => step.ok(),
        Some(FailureCode::NotAvailable) => {
            step.skipped(FailureCode::NotAvailable, answer.detail.as_deref());
        }
        Some(code) => step.failed(code.clone(), answer.detail.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, form};

    #[test]
    fn literals_localhost_and_single_labels_go_to_no_resolver() {
        let table = [
            ("10.0.0.1", false),
            ("::1", false),
            ("localhost", false),
            ("LocalHost.", false),
            ("db.localhost", false),
            ("sqlserver01", false),
            ("sqlserver01.", false),
            ("server.database.windows.net", true),
            ("db.corp", true),
        ];
        for (host, to_resolvers) in table {
            assert_eq!(form(host) == Form::Full, to_resolvers, "{host}");
        }
        assert!(matches!(form("::1"), Form::Literal(_)));
    }
}
