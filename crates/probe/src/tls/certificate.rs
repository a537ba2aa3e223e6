//! A certificate's facts: whose, by whom, for which names, when. Unreadable ones are kept by their hash.

use crate::record::bounded;
use chrono::{DateTime, Utc};
use model::Certificate;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

/// Characters of a name that are kept.
const NAME_CHARS: usize = 500;
/// Names of a certificate that are kept.
const MOST_NAMES: usize = 200;

pub(super) fn read(der: &[u8]) -> Certificate {
    let sha256 = hex::encode(Sha256::digest(der));
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => facts(&certificate, sha256),
        Err(error) => Certificate {
            subject: format!("unreadable: {}", bounded(&error.to_string(), 100)),
            issuer: String::new(),
            names: Vec::new(),
            not_before: DateTime::UNIX_EPOCH,
            not_after: DateTime::UNIX_EPOCH,
            serial: String::new(),
            sha256,
            is_ca: false,
        },
    }
}

fn facts(certificate: &X509Certificate<'_>, sha256: String) -> Certificate {
    let names = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .map(|extension| {
            extension
                .value
                .general_names
                .iter()
                .take(MOST_NAMES)
                .filter_map(name)
                .collect()
        })
        .unwrap_or_default();
    Certificate {
        subject: bounded(&certificate.subject().to_string(), NAME_CHARS),
        issuer: bounded(&certificate.issuer().to_string(), NAME_CHARS),
        names,
        not_before: time(certificate.validity().not_before),
        not_after: time(certificate.validity().not_after),
        serial: hex::encode(certificate.raw_serial()),
        sha256,
        is_ca: certificate.is_ca(),
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(bounded(name, NAME_CHARS)),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = address.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn time(time: ASN1Time) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn rubbish_is_kept_by_its_hash() {
        let facts = read(b"not a certificate");
        assert!(facts.subject.starts_with("unreadable"));
        assert_eq!(facts.sha256.len(), 64);
    }
}
