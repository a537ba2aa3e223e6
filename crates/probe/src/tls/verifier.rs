//! Records the chain, then lets webpki decide, and keeps its reason in our words.

use crate::failure::Failure;
use model::FailureCode;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};

/// Certificates of a chain that are kept.
const MOST_CERTIFICATES: usize = 16;

/// What the server showed, and what the verifier said of it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) chain: Vec<Vec<u8>>,
    /// Absent when it holds.
    pub(super) refused: Option<Failure>,
}

#[derive(Debug)]
pub(super) struct Recording {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    trust_anyway: bool,
    seen: Mutex<Option<Seen>>,
}

impl Recording {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        provider: Arc<CryptoProvider>,
        trust_anyway: bool,
    ) -> Self {
        Self {
            roots,
            provider,
            trust_anyway,
            seen: Mutex::new(None),
        }
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        let webpki = WebPkiServerVerifier::builder_with_provider(
            Arc::clone(&self.roots),
            Arc::clone(&self.provider),
        )
        .build()
        .map_err(|_| Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        webpki
            .verify_server_cert(end_entity, intermediates, name, ocsp, now)
            .map(|_| ())
    }
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge(end_entity, intermediates, name, ocsp, now);
        let chain = std::iter::once(end_entity)
            .chain(intermediates)
            .take(MOST_CERTIFICATES)
            .map(|certificate| certificate.to_vec())
            .collect();
        let refused = verdict.as_ref().err().map(refusal);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { chain, refused });
        match verdict {
            Err(error) if !self.trust_anyway => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match verify_tls12_signature(message, certificate, signature, algorithms) {
            // A certificate too odd to hold its own key's proof is trusted like any other then.
            Err(_) if self.trust_anyway => Ok(HandshakeSignatureValid::assertion()),
            result => result,
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn refusal(error: &Error) -> Failure {
    let code = match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                FailureCode::TlsNameMismatch
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                FailureCode::TlsExpired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                FailureCode::TlsNotYetValid
            }
            _ => FailureCode::TlsUntrusted,
        },
        _ => FailureCode::TlsError,
    };
    Failure::new(code, crate::record::bounded(&error.to_string(), 500))
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use model::FailureCode;
    use rustls::{CertificateError, Error};

    #[test]
    fn each_reason_of_the_verifier_has_its_code() {
        let table = [
            (
                CertificateError::NotValidForName,
                FailureCode::TlsNameMismatch,
            ),
            (CertificateError::Expired, FailureCode::TlsExpired),
            (CertificateError::NotValidYet, FailureCode::TlsNotYetValid),
            (CertificateError::UnknownIssuer, FailureCode::TlsUntrusted),
            (CertificateError::BadSignature, FailureCode::TlsUntrusted),
            (CertificateError::Revoked, FailureCode::TlsUntrusted),
        ];
        for (reason, expected) in table {
            let failure = refusal(&Error::InvalidCertificate(reason.clone()));
            assert_eq!(failure.code, expected, "{reason:?}");
        }
    }
}
