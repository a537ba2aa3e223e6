//! What a portal is not started with: reached from other hosts without a password or without TLS.

use super::password::Password;
use super::reach::is_loopback;
use crate::config::{Access, Tls};
use std::net::SocketAddr;
use url::Url;

/// Why a portal is not started, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Others reach it, and anybody could do anything.
    #[error(
        "{0} can be reached from other hosts, so the portal needs an operator password: make a hash with \
         `linecheck hash-password` and give it with --password-hash-file FILE (or LINECHECK_PASSWORD_HASH); or \
         listen on loopback only (127.0.0.1, [::1] or localhost)"
    )]
    NoPassword(String),
    /// Others reach it, and the password would cross the network in clear text.
    #[error(
        "{0} can be reached from other hosts, so the portal needs TLS: give --tls-cert FILE and --tls-key FILE, \
         or --behind-tls-proxy when a proxy in front of it does TLS; or listen on loopback only (127.0.0.1, [::1] \
         or localhost)"
    )]
    NoTls(String),
    /// Not a hash.
    #[error(
        "the password hash is none that `linecheck hash-password` writes: make one and give it with \
         --password-hash-file FILE (or LINECHECK_PASSWORD_HASH)"
    )]
    Password,
    /// Not an address that links could be made with.
    #[error(
        "--public-url must be https://NAME or https://NAME:PORT, without a path, a user or a query"
    )]
    PublicUrl,
    /// The address says what the portal does not do, or the other way round.
    #[error(
        "--public-url begins with {0}://, but the portal is reached by {1}: an https address goes with --tls-cert \
         and --tls-key, or with --behind-tls-proxy; an http address with none of them"
    )]
    Scheme(&'static str, &'static str),
}

impl Refusal {
    /// Whether a portal may be started so.
    ///
    /// # Errors
    /// Why not.
    pub fn check(access: &Access, listening: SocketAddr) -> Result<(), Self> {
        let tls = access.tls.is_on();
        if let Some(url) = &access.public_url {
            public(url, tls)?;
        }
        if let Some(written) = &access.password_hash {
            Password::read(written).map_err(|_| Self::Password)?;
        }
        let Some(reached) = reached(access, listening) else {
            return Ok(());
        };
        if access.password_hash.is_none() {
            Err(Self::NoPassword(reached))
        } else if tls {
            Ok(())
        } else {
            Err(Self::NoTls(reached))
        }
    }
}

/// What other hosts reach it by, if they do: its own address, or what stands in front of it.
fn reached(access: &Access, listening: SocketAddr) -> Option<String> {
    if !listening.ip().is_loopback() {
        return Some(listening.to_string());
    }
    let public = access.public_url.as_ref().filter(|url| !is_loopback(url));
    if let Some(url) = public {
        return Some(url.origin().ascii_serialization());
    }
    (access.tls == Tls::Proxy).then(|| "a portal behind a proxy".to_owned())
}

fn public(url: &Url, tls: bool) -> Result<(), Refusal> {
    let bare = url.has_host()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match (bare, url.scheme(), tls) {
        (true, "https", true) | (true, "http", false) => Ok(()),
        (true, "https", false) => Err(Refusal::Scheme("https", "clear text")),
        (true, "http", true) => Err(Refusal::Scheme("http", "TLS")),
        _ => Err(Refusal::PublicUrl),
    }
}
