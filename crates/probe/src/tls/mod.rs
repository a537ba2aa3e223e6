//! The TLS handshake inside TDS packets: what was agreed on, the chain as it came, and how it failed.
//!
//! TLS 1.2 unless the plan wants another: in the classic conversation the wrapping ends with the handshake, TLS 1.3
//! sends tickets after it, and drivers offer 1.3 in TDS 8 only. There (strict) TLS stands bare from its first byte,
//! and says so by ALPN. TLS 1.0 and 1.1 are spoken with the feature `legacy-tls` only, by the system's OpenSSL. The chain is recorded before the verifier decides; the verifier's word stands unless the
//! plan says "trust server certificate", and then both are recorded.

mod certificate;
mod framing;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod verifier;

use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use framing::Wrapped;
use model::{ChainVerdict, Encryption, FailureCode, Observation, Phase};
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
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
    /// The version that is wanted.
    pub(crate) encryption: Encryption,
}

fn is_old(encryption: Encryption) -> bool {
    matches!(encryption, Encryption::Tls10 | Encryption::Tls11)
}

/// Whether logins can be made with it.
pub(crate) fn speaks(encryption: Encryption) -> bool {
    cfg!(feature = "legacy-tls") || !is_old(encryption)
}

/// Why there is no login with a version that this agent does not speak.
pub(crate) fn not_spoken(encryption: Encryption) -> Failure {
    let version = match encryption {
        Encryption::Tls10 => "TLS 1.0",
        _ => "TLS 1.1",
    };
    let why =
        format!("this agent was built without {version}: see which versions the server accepts");
    Failure::new(FailureCode::NotBuiltIn, why)
}

/// Versions of TLS that this agent speaks.
pub(crate) fn versions() -> Vec<String> {
    let old: &[&str] = if cfg!(feature = "legacy-tls") {
        &["TLSv1.0", "TLSv1.1"]
    } else {
        &[]
    };
    let all = old.iter().chain(&["TLSv1.2", "TLSv1.3"]);
    all.map(|version| (*version).to_owned()).collect()
}

/// Cipher suites that this agent offers, IANA names.
pub(crate) fn suites() -> Vec<String> {
    rustls::crypto::aws_lc_rs::default_provider()
        .cipher_suites
        .iter()
        .filter_map(|suite| suite.suite().as_str())
        .map(iana)
        .collect()
}

/// `TLS13_AES_…` is how the library tells TLS 1.3's apart.
fn iana(suite: &str) -> String {
    suite.replacen("TLS13_", "TLS_", 1)
}

/// Where nothing speaks against the newest.
static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

fn versions_of(encryption: Encryption) -> &'static [&'static SupportedProtocolVersion] {
    static NEW: [&SupportedProtocolVersion; 1] = [&TLS13];
    static USUAL: [&SupportedProtocolVersion; 1] = [&TLS12];
    match encryption {
        Encryption::Strict => &BOTH,
        Encryption::Tls13 => &NEW,
        _ => &USUAL,
    }
}

/// TLS at a host that does not speak TDS: bare from its first byte, no facts recorded. The chain that it showed
/// comes back whatever the end was.
pub(crate) async fn plain(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> (Vec<Vec<u8>>, Result<(), Failure>) {
    connection.begin(Phase::Tls);
    let internal = |why: String| Failure::new(FailureCode::TlsError, why);
    let made = server_name(rule).map_err(internal).and_then(|name| {
        let (config, recording) = config(rule, &BOTH, None).map_err(|e| internal(e.to_string()))?;
        let io = connection.take();
        let io = io.ok_or_else(|| internal("the connection is gone".to_owned()))?;
        Ok((name, config, recording, io))
    });
    let (name, config, recording, io) = match made {
        Ok(made) => made,
        Err(failure) => return (Vec::new(), Err(failure)),
    };
    let connector = TlsConnector::from(Arc::new(config));
    let shaken = timeout_at(deadline, connector.connect(name, Wrapped::bare(io))).await;
    let seen = recording.seen();
    let chain = seen.as_ref().map(|seen| seen.chain.clone());
    let shaken = match shaken {
        Ok(Ok(stream)) => {
            connection.put(Box::new(stream));
            Ok(())
        }
        Ok(Err(error)) => Err(explain(connection, &error, seen)),
        Err(_) => Err(late(connection)),
    };
    connection.end_phase();
    (chain.unwrap_or_default(), shaken)
}

/// Who issued a certificate, as far as it can be read.
pub(crate) fn issuer(der: &[u8]) -> String {
    certificate::read(der).issuer
}

/// Puts TLS on the connection.
pub(crate) async fn handshake(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> Result<Vec<Vec<u8>>, Failure> {
    connection.begin(Phase::Tls);
    let result = attempt(connection, rule, deadline).await;
    connection.end_phase();
    result
}

async fn attempt(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> Result<Vec<Vec<u8>>, Failure> {
    #[cfg(feature = "legacy-tls")]
    if is_old(rule.encryption) {
        return legacy::attempt(connection, rule, deadline).await;
    }
    let internal = |why: String| Failure::new(FailureCode::TlsError, why);
    let name = server_name(rule).map_err(internal)?;
    let alpn = (rule.encryption == Encryption::Strict).then_some(tds::tls::ALPN_TDS8);
    let (config, recording) = config(rule, versions_of(rule.encryption), alpn)
        .map_err(|error| internal(error.to_string()))?;
    let Some(io) = connection.take() else {
        return Err(internal("the connection is gone".to_owned()));
    };
    let connector = TlsConnector::from(Arc::new(config));
    let wrapped = match rule.encryption {
        Encryption::Strict => Wrapped::bare(io),
        _ => Wrapped::new(io),
    };
    let shaken = timeout_at(deadline, connector.connect(name, wrapped)).await;
    let seen = recording.seen();
    if let Some(seen) = &seen {
        connection.observe(chain(rule, seen));
    }
    match shaken {
        Ok(Ok(mut stream)) => {
            connection.observe(session(&stream));
            stream.get_mut().0.go_raw();
            connection.put(Box::new(stream));
            Ok(seen.map(|seen| seen.chain).unwrap_or_default())
        }
        Ok(Err(error)) => Err(explain(connection, &error, seen)),
        Err(_) => Err(late(connection)),
    }
}

fn late(connection: &mut Connection<'_>) -> Failure {
    connection.broken(Broken::TimedOut);
    Failure::new(FailureCode::TlsNoReply, "the handshake did not end in time")
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

fn config(
    rule: &Rule<'_>,
    versions: &[&'static SupportedProtocolVersion],
    alpn: Option<&[u8]>,
) -> Result<(ClientConfig, Arc<Recording>), rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let recording = Arc::new(Recording::new(
        Arc::clone(&rule.roots),
        Arc::clone(&provider),
        rule.trust_anyway,
    ));
    let verifier: Arc<Recording> = Arc::clone(&recording);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
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
            .map_or_else(|| "unknown".to_owned(), iana),
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
