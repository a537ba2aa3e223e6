//! The portal's own certificate, read from PEM files and read anew when they change or on SIGHUP.
//!
//! New files that cannot be used change nothing: connections go on with the certificate that was good.

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not there, or not PEM.
    #[error("{0} holds no {1} that can be read: {2}")]
    File(PathBuf, &'static str, String),
    /// The two do not belong together, or the key is of no kind that is known.
    #[error("the certificate and its key cannot be used together: {0}")]
    Pair(rustls::Error),
}

/// A certificate, its key, and where they are from.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    files: Arc<Files>,
    current: Arc<Current>,
}

#[derive(Debug)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl Certificate {
    /// Reads both files.
    pub(crate) fn read(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files {
            cert: cert.to_owned(),
            key: key.to_owned(),
        };
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read()?))));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&current);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            files: Arc::new(files),
            current,
        })
    }

    /// What connections are accepted with.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Reads the files anew whenever they changed, until the portal goes away.
    pub(crate) async fn watch(self, every: Duration, closing: CancellationToken) {
        let mut asked = match Asked::new() {
            Ok(asked) => asked,
            Err(error) => return tracing::warn!(error = %error, "SIGHUP cannot be listened to"),
        };
        let mut known = self.files.marks();
        loop {
            let is_asked = tokio::select! {
                () = asked.again() => true,
                () = tokio::time::sleep(every) => false,
                () = closing.cancelled() => return,
            };
            let now = self.files.marks();
            if !is_asked && now == known {
                continue;
            }
            known = now;
            match self.files.read() {
                Ok(pair) => {
                    let mut current = self
                        .current
                        .0
                        .write()
                        .unwrap_or_else(PoisonError::into_inner);
                    *current = Arc::new(pair);
                    tracing::info!("the certificate was read anew");
                }
                Err(error) => tracing::error!(
                    error = %error,
                    "the new certificate cannot be used; the one before is used on"
                ),
            }
        }
    }
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, TlsError> {
        let unreadable = |file: &Path, what, error: &dyn std::fmt::Display| {
            TlsError::File(file.to_owned(), what, error.to_string())
        };
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(&self.cert, "certificate", &error))?;
        if chain.is_empty() {
            return Err(unreadable(&self.cert, "certificate", &"there is none"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| unreadable(&self.key, "private key", &error))?;
        CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(TlsError::Pair)
    }

    /// What tells that a file is another one than before.
    fn marks(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.cert, &self.key].map(|file| {
            let about = std::fs::metadata(file).ok()?;
            Some((about.modified().ok()?, about.len()))
        })
    }
}

/// Somebody asks for the files to be read again.
struct Asked {
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Asked {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            hangup: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    async fn again(&mut self) {
        #[cfg(unix)]
        self.hangup.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}
