//! What is inside a sealed box: the secret, and the one use it is for.

use crate::{Error, LONGEST_CONTENTS, Refusal};
use chrono::{DateTime, Duration, Utc};
use crypto_box::aead::OsRng;
use crypto_box::aead::rand_core::RngCore;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// The version that this crate seals and opens.
pub const VERSION: u32 = 1;

/// No secret may claim to be good for longer. The page gives 15 minutes; the rest is room for clocks that differ.
pub const LONGEST_VALIDITY_HOURS: i64 = 24;

/// What a secret is for: what the person had before them when they gave it. A plan that differs, or that asks for
/// less care, does not get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Login name, 1 to 512 bytes.
    pub user: String,
    /// `Target.host` of the plan, 1 to 512 bytes.
    pub host: String,
    /// `Target.port` of the plan.
    pub port: Option<u16>,
    /// It may be sent although the certificate was not verified.
    pub trust_server_certificate: bool,
    /// It may be sent although the server offers no encryption.
    pub allow_clear_text: bool,
}

/// The secret with what it may be used for. `Debug` never prints it, and it is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    /// Version of this form: [`VERSION`].
    pub v: u32,
    /// The password, 1 to 8,192 bytes.
    pub secret: Zeroizing<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// Makes this box one of a kind: 32 to 64 hex digits.
    pub nonce: String,
    /// When it stops being good, RFC 3339.
    pub not_after: String,
}

impl Contents {
    /// Contents of this version with a fresh nonce.
    #[must_use]
    pub fn new(secret: String, purpose: Purpose, not_after: DateTime<Utc>) -> Self {
        let mut nonce = [0_u8; 16];
        OsRng.fill_bytes(&mut nonce);
        Self {
            v: VERSION,
            secret: Zeroizing::new(secret),
            purpose,
            nonce: hex::encode(nonce),
            not_after: not_after.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }
    }

    /// `not_after` as a time.
    ///
    /// # Errors
    /// When it is not RFC 3339.
    pub fn not_after(&self) -> Result<DateTime<Utc>, Error> {
        DateTime::parse_from_rfc3339(&self.not_after)
            .map(|time| time.with_timezone(&Utc))
            .map_err(|_| Error::OutOfBounds("not_after"))
    }

    fn check_bounds(&self) -> Result<(), Error> {
        if self.v != VERSION {
            return Err(Error::WrongVersion(self.v));
        }
        for (name, text, most) in [
            ("secret", self.secret.as_str(), 8_192),
            ("user", &self.purpose.user, 512),
            ("host", &self.purpose.host, 512),
        ] {
            if text.is_empty() || text.len() > most {
                return Err(Error::OutOfBounds(name));
            }
        }
        let hex_digits = self.nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex_digits || !(32..=64).contains(&self.nonce.len()) {
            return Err(Error::OutOfBounds("nonce"));
        }
        self.not_after().map(|_| ())
    }

    /// Fields in their order, no white space, bounds kept.
    pub(crate) fn to_canonical_json(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.check_bounds()?;
        // Room from the start: a buffer that grows leaves copies behind.
        let mut json = Zeroizing::new(Vec::with_capacity(LONGEST_CONTENTS));
        let wire = Wire {
            v: self.v,
            secret: &self.secret,
            user: &self.purpose.user,
            host: &self.purpose.host,
            port: self.purpose.port,
            trust_server_certificate: self.purpose.trust_server_certificate,
            allow_clear_text: self.purpose.allow_clear_text,
            nonce: &self.nonce,
            not_after: &self.not_after,
        };
        serde_json::to_writer(&mut *json, &wire).map_err(|_| Error::NotCanonical)?;
        if json.len() > LONGEST_CONTENTS {
            return Err(Error::TooLarge);
        }
        Ok(json)
    }

    /// Reads exactly what [`Self::to_canonical_json`] writes, so one box has one meaning.
    pub(crate) fn from_canonical_json(json: &[u8]) -> Result<Self, Error> {
        if json.len() > LONGEST_CONTENTS {
            return Err(Error::TooLarge);
        }
        let version: Version = serde_json::from_slice(json).map_err(|_| Error::NotCanonical)?;
        if version.v != VERSION {
            return Err(Error::WrongVersion(version.v));
        }
        let wire: OwnedWire = serde_json::from_slice(json).map_err(|_| Error::NotCanonical)?;
        let contents = Self {
            v: wire.v,
            secret: Zeroizing::new(wire.secret),
            purpose: Purpose {
                user: wire.user,
                host: wire.host,
                port: wire.port,
                trust_server_certificate: wire.trust_server_certificate,
                allow_clear_text: wire.allow_clear_text,
            },
            nonce: wire.nonce,
            not_after: wire.not_after,
        };
        if contents.to_canonical_json()?.as_slice() != json {
            return Err(Error::NotCanonical);
        }
        Ok(contents)
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("v", &self.v)
            .field("secret", &"..")
            .field("purpose", &self.purpose)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Whether `contents` may be used on a plan with this purpose, now. Host names are compared without regard to
/// case, as DNS does; user names exactly. A plan may ask for more care than the person did, never for less.
///
/// # Errors
/// Why not.
pub fn check(contents: &Contents, plan: &Purpose, now: DateTime<Utc>) -> Result<(), Refusal> {
    let given = &contents.purpose;
    if !given.host.eq_ignore_ascii_case(&plan.host) {
        return Err(Refusal::OtherHost);
    }
    if given.port != plan.port {
        return Err(Refusal::OtherPort);
    }
    if given.user != plan.user {
        return Err(Refusal::OtherUser);
    }
    if plan.trust_server_certificate && !given.trust_server_certificate {
        return Err(Refusal::CertificateToBeVerified);
    }
    if plan.allow_clear_text && !given.allow_clear_text {
        return Err(Refusal::NotInClearText);
    }
    let not_after = contents.not_after().map_err(|_| Refusal::Expired)?;
    if now > not_after {
        return Err(Refusal::Expired);
    }
    if not_after - now > Duration::hours(LONGEST_VALIDITY_HOURS) {
        return Err(Refusal::ValidTooLong);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

#[derive(Serialize)]
struct Wire<'a> {
    v: u32,
    secret: &'a str,
    user: &'a str,
    host: &'a str,
    port: Option<u16>,
    trust_server_certificate: bool,
    allow_clear_text: bool,
    nonce: &'a str,
    not_after: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedWire {
    v: u32,
    secret: String,
    user: String,
    host: String,
    port: Option<u16>,
    trust_server_certificate: bool,
    allow_clear_text: bool,
    nonce: String,
    not_after: String,
}
