//! Certificates: what they are for stays, whose they are does not.

use super::Masker;
use super::forms;
use super::names::Kind;
use super::public_names::{is_authority, is_public_host};
use model::{Certificate, ChainVerdict};

impl Masker {
    pub(super) fn certificate(&mut self, certificate: &Certificate) -> Certificate {
        let Certificate {
            subject,
            issuer,
            names,
            not_before,
            not_after,
            serial,
            sha256,
            is_ca,
        } = certificate;
        Certificate {
            subject: self.distinguished_name(subject),
            issuer: self.distinguished_name(issuer),
            names: names.iter().map(|name| self.host(name)).collect(),
            not_before: *not_before,
            not_after: *not_after,
            // Public logs find a certificate, and its names, by either.
            serial: self.fingerprint(serial),
            sha256: self.fingerprint(sha256),
            is_ca: *is_ca,
        }
    }

    pub(super) fn chain_verdict(&mut self, verdict: &ChainVerdict) -> ChainVerdict {
        match verdict {
            ChainVerdict::Verified => ChainVerdict::Verified,
            ChainVerdict::Refused { code, detail } => ChainVerdict::Refused {
                code: self.code(code),
                detail: self.peer(detail),
            },
        }
    }

    fn fingerprint(&mut self, hex: &str) -> String {
        if !self.is_public() || hex.is_empty() {
            return self.peer(hex);
        }
        self.names.of(Kind::Certificate, hex, true)
    }

    /// `CN=…, O=…`: each value for itself. Countries and public authorities stay.
    pub(super) fn distinguished_name(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        let parts: Vec<String> = text
            .split(',')
            .map(|part| {
                let trimmed = part.trim_start();
                let space = " ".repeat(part.len() - trimmed.len());
                match trimmed.split_once('=') {
                    Some((key, value)) if is_attribute(key) => {
                        format!("{space}{key}={}", self.attribute(key, value))
                    }
                    _ => format!("{space}{}", self.attribute("", trimmed)),
                }
            })
            .collect();
        parts.join(",")
    }

    fn attribute(&mut self, key: &str, value: &str) -> String {
        let country = key.eq_ignore_ascii_case("c") && value.len() == 2;
        if country || is_authority(value) || value.starts_with("unreadable:") {
            return value.to_owned();
        }
        let bare = value.strip_prefix("*.").unwrap_or(value);
        let is_host = forms::host(bare) == Some(bare.len())
            || forms::address(bare).is_some_and(|found| found.bytes == bare.len());
        if is_host || is_public_host(bare) {
            return self.host(value);
        }
        match self.names.exact(value) {
            Some(pseudonym) => pseudonym.to_owned(),
            None => self.name(value),
        }
    }
}

fn is_attribute(key: &str) -> bool {
    const KEYS: [&str; 14] = [
        "cn",
        "o",
        "ou",
        "l",
        "st",
        "s",
        "c",
        "dc",
        "e",
        "emailaddress",
        "street",
        "sn",
        "serialnumber",
        "uid",
    ];
    let key = key.trim().to_ascii_lowercase();
    let is_number = key
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    KEYS.contains(&key.as_str()) || (is_number && !key.is_empty())
}
