//! TLS 1.0 and 1.1 by the system's OpenSSL, for servers that speak nothing newer. Only with the feature `legacy-tls`.
//!
//! OpenSSL makes the handshake, at security level 0, and makes sure that the server holds its certificate's key (with
//! SHA-1 and MD5, as these versions have it: that is what is weaker here). Whether the certificate itself holds is
//! decided by the same verifier as elsewhere, of the same roots, before a byte of a login is sent.

use super::framing::Wrapped;
use super::verifier::Recording;
use super::{Rule, chain, late, server_name};
use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use model::{Encryption, FailureCode, Observation};
use openssl::error::ErrorStack;
use openssl::ssl::{Error, Ssl, SslContext, SslMethod, SslVerifyMode, SslVersion};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::pin::Pin;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use tokio_openssl::SslStream;

/// What OpenSSL adds to an alert's number to name it as a reason.
const ALERT_REASON: i32 = 1_000;
/// Every suite that shows a certificate, however old.
const SUITES: &str = "DEFAULT:@SECLEVEL=0";

type Stream = SslStream<Wrapped<Box<dyn crate::stream::Duplex>>>;

/// The handshake; the chain that the server showed.
pub(super) async fn attempt(
    connection: &mut Connection<'_>,
    rule: &Rule<'_>,
    deadline: Instant,
) -> Result<Vec<Vec<u8>>, Failure> {
    let internal = |why: String| Failure::new(FailureCode::TlsError, why);
    let name = server_name(rule).map_err(internal)?;
    let ssl = client(rule.encryption, &name).map_err(|error| internal(error.to_string()))?;
    let Some(io) = connection.take() else {
        return Err(internal("the connection is gone".to_owned()));
    };
    let stream = SslStream::new(ssl, Wrapped::new(io));
    let mut stream: Stream = stream.map_err(|error| internal(error.to_string()))?;
    match timeout_at(deadline, Pin::new(&mut stream).connect()).await {
        Err(_) => return Err(late(connection)),
        Ok(Err(error)) => return Err(explain(connection, &error)),
        Ok(Ok(())) => {}
    }
    let shown = shown(&stream);
    judge(connection, rule, &name, &shown)?;
    connection.observe(session(&stream));
    stream.get_mut().go_raw();
    connection.put(Box::new(stream));
    Ok(shown)
}

fn client(encryption: Encryption, name: &ServerName<'_>) -> Result<Ssl, ErrorStack> {
    let version = match encryption {
        Encryption::Tls10 => SslVersion::TLS1,
        _ => SslVersion::TLS1_1,
    };
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_security_level(0);
    context.set_min_proto_version(Some(version))?;
    context.set_max_proto_version(Some(version))?;
    context.set_cipher_list(SUITES)?;
    // The verifier of all other versions decides.
    context.set_verify(SslVerifyMode::NONE);
    let mut ssl = Ssl::new(&context.build())?;
    if let ServerName::DnsName(name) = name {
        ssl.set_hostname(name.as_ref())?;
    }
    Ok(ssl)
}

fn shown(stream: &Stream) -> Vec<Vec<u8>> {
    let chain = stream.ssl().peer_cert_chain().into_iter().flatten();
    chain
        .filter_map(|certificate| certificate.to_der().ok())
        .collect()
}

/// Records the chain, and refuses it where it does not hold.
fn judge(
    connection: &Connection<'_>,
    rule: &Rule<'_>,
    name: &ServerName<'_>,
    shown: &[Vec<u8>],
) -> Result<(), Failure> {
    let Some((own, others)) = shown.split_first() else {
        let why = "the server shows no certificate";
        return Err(Failure::new(FailureCode::TlsUntrusted, why));
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let recording = Recording::new(Arc::clone(&rule.roots), provider, rule.trust_anyway);
    let others: Vec<_> = others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let own = CertificateDer::from(own.as_slice());
    let verdict = recording.verify_server_cert(&own, &others, name, &[], UnixTime::now());
    let seen = recording.seen();
    if let Some(seen) = &seen {
        connection.observe(chain(rule, seen));
    }
    match verdict {
        Ok(_) => Ok(()),
        Err(error) => Err(seen
            .and_then(|seen| seen.refused)
            .unwrap_or_else(|| Failure::new(FailureCode::TlsUntrusted, error.to_string()))),
    }
}

fn session(stream: &Stream) -> Observation {
    let ssl = stream.ssl();
    let protocol = match ssl.version_str() {
        "TLSv1" => "TLSv1.0",
        other => other,
    };
    Observation::TlsSession {
        protocol: protocol.to_owned(),
        cipher: ssl
            .current_cipher()
            .and_then(|cipher| cipher.standard_name())
            .unwrap_or("unknown")
            .to_owned(),
        wrapper_type: stream.get_ref().wrapper(),
    }
}

/// Why a handshake failed: an alert, the connection, or what OpenSSL says.
fn explain(connection: &mut Connection<'_>, error: &Error) -> Failure {
    if let Some(io) = error.io_error() {
        return match connection.broken_by(io) {
            Broken::TimedOut => Failure::new(FailureCode::TlsNoReply, io.to_string()),
            Broken::Fin => Failure::new(FailureCode::TlsClosed, "FIN during the handshake"),
            Broken::Rst => Failure::new(FailureCode::TlsReset, "RST during the handshake"),
            Broken::Other(why) => Failure::new(FailureCode::TlsError, why),
        };
    }
    let first = error
        .ssl_error()
        .and_then(|stack| stack.errors().first().cloned());
    let Some(first) = first else {
        connection.broken(Broken::Fin);
        return Failure::new(FailureCode::TlsClosed, "FIN during the handshake");
    };
    let reason = first.reason().unwrap_or("no reason given");
    let number = u8::try_from(first.reason_code().saturating_sub(ALERT_REASON));
    match number {
        Ok(number) if reason.contains("alert") => {
            connection.observe(Observation::TlsAlert {
                number: Some(number),
                name: reason.to_owned(),
            });
            Failure::new(FailureCode::TlsAlert, reason)
        }
        _ => Failure::new(FailureCode::TlsError, reason),
    }
}
