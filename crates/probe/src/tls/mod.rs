//! The TLS handshake inside TDS packets: what was agreed on, the chain as it came, and how it failed.
//!
//! At most TLS 1.2: in the classic conversation the wrapping ends with the handshake, and TLS 1.3 sends
//! tickets after it. The chain is recorded before the verifier decides; the verifier's word stands unless the
//! plan says "trust server certificate", and then both are recorded.

mod certificate;
mod framing;
mod verifier;

use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use framing::Wrapped;
use model::{ChainVerdict, FailureCode, Observation, Phase};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use verifier::{Recording, Seen};

type Stream = TlsStream<Wrapped<Box<dyn crate::stream::Duplex>>>;

/// What a certificate is held against.
#[derive(Clone)]
pub(crate) struct Rule<'a> {
    /// The name that the hop went to.
    pub(crate) name: &'a str,
    pub(crate) roots: Arc<RootCertStore>,
    /// Go on although the verifier says no.
    pub(crate) trust_anyway: bool,
}

/// Puts TLS on the connection.
pub(crate) async fn handshake(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> Result<(), Failure> {
    connection.begin(Phase::Tls);
    let result = attempt(connection, rule, deadline).await;
    connection.end_phase();
    result
}

async fn attempt(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> Result<(), Failure> {
    let internal = |why: String| Failure::new(FailureCode::TlsError, why);
    let name = server_name(rule).map_err(internal)?;
    let (config, recording) = config(rule).map_err(|error| internal(error.to_string()))?;
    let Some(io) = connection.take() else {
        return Err(internal("the connection is gone".to_owned()));
    };
    let connector = TlsConnector::from(Arc::new(config));
    let shaken = timeout_at(deadline, connector.connect(name, Wrapped::new(io))).await;
    let seen = recording.seen();
    if let Some(seen) = &seen {
        connection.observe(chain(rule, seen));
    }
    match shaken {
        Ok(Ok(mut stream)) => {
            connection.observe(session(&stream));
            stream.get_mut().0.go_raw();
            connection.put(Box::new(stream));
            Ok(())
        }
        Ok(Err(error)) => Err(explain(connection, &error, seen)),
        Err(_) => {
            connection.broken(Broken::TimedOut);
            Err(Failure::new(
                FailureCode::TlsNoReply,
                "the handshake did not end in time",
            ))
        }
    }
}

fn server_name(rule: &Rule<'_>) -> Result<ServerName<'static>, String> {
    let name = rule.name.strip_suffix('.').unwrap_or(rule.name);
    match ServerName::try_from(name) {
        Ok(name) => Ok(name.to_owned()),
        // Nothing is held against the name then; it only has to be one.
        Err(_) if rule.trust_anyway => {
            ServerName::try_from("unnamed.invalid").map_err(|error| error.to_string())
        }
        Err(_) => Err("a certificate cannot be checked against this name".to_owned()),
    }
}

fn config(rule: &Rule<'_>) -> Result<(ClientConfig, Arc<Recording>), rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let recording = Arc::new(Recording::new(
        Arc::clone(&rule.roots),
        Arc::clone(&provider),
        rule.trust_anyway,
    ));
    let verifier: Arc<Recording> = Arc::clone(&recording);
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok((config, recording))
}

fn chain(rule: &Rule<'_>, seen: &Seen) -> Observation {
    Observation::TlsChain {
        server_name: rule.name.to_owned(),
        certificates: seen
            .chain
            .iter()
            .map(|der| certificate::read(der))
            .collect(),
        verdict: match &seen.refused {
            None => ChainVerdict::Verified,
            Some(failure) => ChainVerdict::Refused {
                code: failure.code.clone(),
                detail: failure.detail.clone().unwrap_or_default(),
            },
        },
        overridden: seen.refused.is_some() && rule.trust_anyway,
    }
}

fn session(stream: &Stream) -> Observation {
    let (wrapped, session) = stream.get_ref();
    Observation::TlsSession {
        protocol: session
            .protocol_version()
            .and_then(|version| version.as_str())
            .map_or_else(
                || "unknown".to_owned(),
                |text| text.replace("TLSv1_", "TLSv1."),
            ),
        cipher: session
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or("unknown")
            .to_owned(),
        wrapper_type: wrapped.wrapper(),
    }
}

/// Why a handshake failed: the certificate, an alert, the connection, or what rustls says.
fn explain(connection: &mut Connection<'_>, error: &io::Error, seen: Option<Seen>) -> Failure {
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => seen
            .and_then(|seen| seen.refused)
            .unwrap_or_else(|| Failure::new(FailureCode::TlsUntrusted, error.to_string())),
        Some(rustls::Error::AlertReceived(alert)) => {
            connection.observe(alert_seen(*alert));
            Failure::new(FailureCode::TlsAlert, error.to_string())
        }
        Some(other) => Failure::new(FailureCode::TlsError, other.to_string()),
        None => match connection.broken_by(error) {
            Broken::TimedOut => Failure::new(FailureCode::TlsNoReply, error.to_string()),
            Broken::Fin => Failure::new(FailureCode::TlsClosed, "FIN during the handshake"),
            Broken::Rst => Failure::new(FailureCode::TlsReset, "RST during the handshake"),
            Broken::Other(why) => Failure::new(FailureCode::TlsError, why),
        },
    }
}

fn alert_seen(alert: AlertDescription) -> Observation {
    Observation::TlsAlert {
        number: Some(u8::from(alert)),
        name: alert
            .as_str()
            .map_or_else(|| format!("{alert:?}"), str::to_owned),
    }
}
