//! Which versions of TLS an endpoint accepts: a ClientHello of our own for each, so that nothing has to speak them.
//!
//! TLS 1.0 to 1.3 inside TDS packets, after a PRELOGIN; strict (TDS 8) bare, at once. Each on a connection of its own,
//! all at the same time, at the first endpoint that answered PRELOGIN.

use super::{Check, Note};
use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use crate::prelogin::{self, Offer as Encryption};
use crate::record::{Place, StepLog, Try, bounded};
use crate::run::Run;
use crate::{tcp, tls};
use futures::FutureExt;
use futures::future::join_all;
use model::{Closer, FailureCode, Observation, Phase, StepKind, Subject, TlsOffer};
use std::net::SocketAddr;
use tds::limits::PACKET_DEFAULT;
use tds::tls::hello::{self, Answer, Offer, Version};
use tds::tls::{ALPN_TDS8, Unwrapper};
use tokio::time::Instant;
use uuid::Uuid;

/// Read size.
const CHUNK: usize = 8 * 1024;

/// What is tried.
#[derive(Clone, Copy)]
enum Way {
    InPackets(Version),
    Strict,
}

const WAYS: [Way; 5] = [
    Way::InPackets(Version::TLS10),
    Way::InPackets(Version::TLS11),
    Way::InPackets(Version::TLS12),
    Way::InPackets(Version::TLS13),
    Way::Strict,
];

impl Way {
    fn name(self) -> String {
        match self {
            Self::InPackets(version) => version.name(),
            Self::Strict => "strict".to_owned(),
        }
    }

    fn versions(&self) -> &[Version] {
        match self {
            Self::InPackets(version) => std::slice::from_ref(version),
            Self::Strict => &[Version::TLS13, Version::TLS12],
        }
    }
}

/// Whether an endpoint was tried.
#[derive(Default)]
pub(super) struct Memory {
    begun: bool,
}

impl Memory {
    pub(super) fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Option<Check<'r>> {
        let options = &run.plan.options;
        // A version that this agent cannot log in with is looked at in any case.
        let asked = options.tls_versions || !tls::speaks(options.encryption);
        let Note::Answered { host, endpoint } = note else {
            return None;
        };
        if !asked || std::mem::replace(&mut self.begun, true) {
            return None;
        }
        Some(make(run, host.clone(), *endpoint).boxed())
    }
}

async fn make(run: &Run<'_>, host: String, endpoint: SocketAddr) {
    let subject = Subject {
        host: Some(host.clone()),
        port: Some(endpoint.port()),
        endpoint: Some(endpoint.to_string()),
        source: None,
    };
    let step = run
        .recorder
        .start(StepKind::TlsVersions, Place::default(), subject);
    let ways = WAYS.iter().zip(1..).map(|(way, number)| {
        let host = host.as_str();
        async move { attempt(run, step, host, endpoint, *way, number).await }
    });
    let failures = join_all(ways).await;
    // Every answer is an answer; it fails when nobody gave one.
    match failures.into_iter().collect::<Option<Vec<_>>>() {
        Some(failures) => {
            let first = failures.into_iter().next();
            let failure = first.unwrap_or_else(|| Failure::new(FailureCode::Internal, ""));
            step.failed(failure.code, failure.detail.as_deref());
        }
        None => step.ok(),
    }
}

/// Tries one; why there was no answer to the ClientHello, if so.
async fn attempt(
    run: &Run<'_>,
    step: StepLog<'_>,
    host: &str,
    endpoint: SocketAddr,
    way: Way,
    number: u32,
) -> Option<Failure> {
    let started = Instant::now();
    let (local, answer) = match tcp::connect(endpoint, run.limits.tcp.timeout, step, number).await {
        Err(failure) => (None, Err(failure)),
        Ok(mut connection) => {
            let answer = ask(run, &mut connection, host, way).await;
            let local = connection.local().to_owned();
            connection.close(Closer::Us).await;
            (Some(local), answer)
        }
    };
    let offer = observation(endpoint, way, &answer);
    step.attempt(Try {
        number,
        started,
        ended: Instant::now(),
        code: offer.code.clone(),
        local,
        detail: Some(format!("{}: {}", offer.version, said(&offer))),
    });
    step.observe(Some(number), Observation::TlsOffer(offer));
    answer.err()
}

fn said(offer: &TlsOffer) -> String {
    match (&offer.cipher, &offer.detail) {
        (Some(cipher), _) => cipher.clone(),
        (None, Some(detail)) => detail.clone(),
        _ => "not accepted".to_owned(),
    }
}

fn observation(endpoint: SocketAddr, way: Way, answer: &Result<Answer, Failure>) -> TlsOffer {
    let mut offer = TlsOffer {
        endpoint: endpoint.to_string(),
        version: way.name(),
        accepted: false,
        cipher: None,
        code: None,
        detail: None,
    };
    match answer {
        Ok(Answer::Hello { version, cipher }) if way.versions().contains(version) => {
            offer.accepted = true;
            offer.cipher = Some(hello::suite_name(*cipher));
        }
        Ok(Answer::Hello { version, .. }) => {
            offer.code = Some(FailureCode::TlsError);
            offer.detail = Some(format!("it answers with {}", version.name()));
        }
        Ok(Answer::Alert { description }) => {
            offer.code = Some(FailureCode::TlsAlert);
            let name = hello::alert_name(*description);
            offer.detail = Some(format!("{name} ({description})"));
        }
        Err(failure) => {
            offer.code = Some(failure.code.clone());
            offer.detail.clone_from(&failure.detail);
        }
    }
    offer
}

/// PRELOGIN where it comes first, then the ClientHello and what it is answered.
async fn ask(
    run: &Run<'_>,
    connection: &mut Connection<'_>,
    host: &str,
    way: Way,
) -> Result<Answer, Failure> {
    let in_packets = matches!(way, Way::InPackets(_));
    if in_packets {
        let deadline = Instant::now() + run.limits.prelogin;
        if prelogin::exchange(connection, false, deadline).await? == Encryption::NoEncryption {
            let why = "the server says that it does not support encryption";
            return Err(Failure::new(FailureCode::EncryptionNotOffered, why));
        }
    }
    let deadline = Instant::now() + run.limits.tls;
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    let record = Offer {
        versions: way.versions(),
        server_name: is_name.then_some(host),
        alpn: (!in_packets).then_some(ALPN_TDS8),
        random: random(),
        key_share: random(),
    }
    .encode();
    let mut bytes = Vec::new();
    if in_packets {
        tds::tls::wrap(&record, PACKET_DEFAULT, &mut bytes)
            .map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))?;
    } else {
        bytes = record;
    }
    connection.begin(Phase::Tls);
    let answer = match connection.send(&bytes, deadline).await {
        Ok(()) => read(connection, in_packets, deadline).await,
        Err(broken) => Err(ended(broken)),
    };
    connection.end_phase();
    answer
}

async fn read(
    connection: &mut Connection<'_>,
    in_packets: bool,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let mut unwrapper = Unwrapper::new();
    let mut records = Vec::new();
    let mut buffer = vec![0; CHUNK];
    let malformed = |error: tds::Error| Failure::new(FailureCode::TlsError, error.to_string());
    loop {
        let bytes = connection
            .receive(&mut buffer, deadline)
            .await
            .map_err(ended)?;
        if in_packets {
            unwrapper.push(bytes, &mut records).map_err(malformed)?;
        } else {
            records.extend_from_slice(bytes);
        }
        match hello::read(&records) {
            Ok(answer) => return Ok(answer),
            Err(tds::Error::Incomplete { .. }) if records.len() < hello::ANSWER_BYTES => {}
            Err(error) => return Err(malformed(error)),
        }
    }
}

fn ended(broken: Broken) -> Failure {
    match broken {
        Broken::TimedOut => Failure::new(FailureCode::TlsNoReply, "no answer to ClientHello"),
        Broken::Fin => Failure::new(FailureCode::TlsClosed, "FIN in answer to ClientHello"),
        Broken::Rst => Failure::new(FailureCode::TlsReset, "RST in answer to ClientHello"),
        Broken::Other(why) => Failure::new(FailureCode::TlsError, bounded(&why, 200)),
    }
}

/// 32 bytes; nothing is kept secret with them.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Answer, Version, Way, observation};
    use crate::failure::Failure;
    use model::FailureCode;

    #[test]
    fn only_the_asked_version_counts_as_accepted() {
        let endpoint = "10.0.0.1:1433".parse().expect("an endpoint");
        let hello = |version| {
            Ok(Answer::Hello {
                version,
                cipher: 0xC030,
            })
        };
        let silence = Failure::new(FailureCode::TlsNoReply, "nothing");
        for (way, answer, accepted, code) in [
            (
                Way::InPackets(Version::TLS12),
                hello(Version::TLS12),
                true,
                None,
            ),
            (
                Way::InPackets(Version::TLS13),
                hello(Version::TLS12),
                false,
                Some(FailureCode::TlsError),
            ),
            (Way::Strict, hello(Version::TLS12), true, None),
            (Way::Strict, hello(Version::TLS13), true, None),
            (
                Way::Strict,
                hello(Version::TLS10),
                false,
                Some(FailureCode::TlsError),
            ),
            (
                Way::InPackets(Version::TLS10),
                Ok(Answer::Alert { description: 70 }),
                false,
                Some(FailureCode::TlsAlert),
            ),
            (
                Way::Strict,
                Err(silence),
                false,
                Some(FailureCode::TlsNoReply),
            ),
        ] {
            let offer = observation(endpoint, way, &answer);
            assert_eq!((offer.accepted, offer.code), (accepted, code), "{answer:?}");
        }
    }
}
