//! Who may reach the portal and how: password, TLS, names.

use std::path::PathBuf;
use url::Url;

/// Who may reach the portal and how. The default is a portal for its own host: no password, no TLS.
#[derive(Clone, Default)]
pub struct Access {
    /// The operator's password, as `linecheck hash-password` writes it.
    pub password_hash: Option<String>,
    /// Who does TLS.
    pub tls: Tls,
    /// Where others reach the portal; links are made with it.
    pub public_url: Option<Url>,
    /// More names that it goes by, in the header `Host`.
    pub allow_hosts: Vec<String>,
    /// Bearer token that may read `/metrics` and nothing else.
    pub metrics_token: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("has_password", &self.password_hash.is_some())
            .field("tls", &self.tls)
            .field("public_url", &self.public_url.as_ref().map(Url::as_str))
            .field("allow_hosts", &self.allow_hosts)
            .finish_non_exhaustive()
    }
}

/// Who does TLS between the portal and those who reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Nobody.
    #[default]
    None,
    /// The portal, with these PEM files.
    Own {
        /// The certificate, and those between it and its root.
        cert: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// A proxy in front of it, which also says who the client is (`X-Forwarded-For`).
    Proxy,
}

impl Tls {
    /// Those who reach the portal do so over TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        *self != Self::None
    }
}
