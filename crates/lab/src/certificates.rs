//! Certificates, made anew at every start: the lab's CA, and what it and a stranger have signed.

use crate::Error;
use crate::script::{Identity, Speaks};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use std::collections::HashMap;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Names and addresses under which the lab is reached.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// What the certificate with the wrong name is for.
const OTHER_NAMES: [&str; 1] = ["sql.elsewhere.example"];

/// TLS as the lab offers it, one set-up for each certificate and each choice of versions.
pub(crate) struct Certificates {
    ca: CertificateDer<'static>,
    ca_pem: String,
    fallback: Arc<ServerConfig>,
    servers: HashMap<(Identity, Speaks), Arc<ServerConfig>>,
    /// The good one, as OpenSSL takes it.
    #[cfg(feature = "legacy-tls")]
    good: Leaf,
}

const SPOKEN: [Speaks; 3] = [Speaks::Tls12, Speaks::Tls13, Speaks::Tds8];

impl Certificates {
    /// Makes them all; the lab is reached as `host` too.
    pub(crate) fn make(host: &str) -> Result<Self, Error> {
        let now = OffsetDateTime::now_utc();
        let valid = (now - Duration::DAY, now + Duration::days(730));
        let over = (now - Duration::days(400), now - Duration::days(35));
        let own = authority("Linecheck practice CA", over.0, valid.1)?;
        let stranger = authority("Linecheck CA that nobody trusts", over.0, valid.1)?;
        let mut names = OWN_NAMES.to_vec();
        if !names.contains(&host) {
            names.push(host);
        }
        let good = leaf(&own, &names, valid)?;
        let leaves = [
            (Identity::WrongName, leaf(&own, &OTHER_NAMES, valid)?),
            (Identity::Expired, leaf(&own, &names, over)?),
            (Identity::Untrusted, leaf(&stranger, &names, valid)?),
        ];
        let fallback = set_up(&good, Speaks::Tls12)?;
        let mut servers = HashMap::new();
        for speaks in SPOKEN {
            servers.insert((Identity::Good, speaks), set_up(&good, speaks)?);
            for (identity, leaf) in &leaves {
                servers.insert((*identity, speaks), set_up(leaf, speaks)?);
            }
        }
        Ok(Self {
            ca: own.der().clone(),
            ca_pem: own.pem(),
            fallback,
            servers,
            #[cfg(feature = "legacy-tls")]
            good,
        })
    }

    /// The lab's CA.
    pub(crate) fn ca(&self) -> CertificateDer<'static> {
        self.ca.clone()
    }

    /// The lab's CA as PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The good certificate, for old versions of TLS.
    #[cfg(feature = "legacy-tls")]
    pub(crate) fn shown(&self) -> crate::old_tls::Shown {
        crate::old_tls::Shown {
            chain: self.good.chain.iter().map(|one| one.to_vec()).collect(),
            key: self.good.key.secret_der().to_vec(),
        }
    }

    /// TLS that shows this certificate, in these versions.
    pub(crate) fn server(&self, identity: Identity, speaks: Speaks) -> Arc<ServerConfig> {
        // Every pair is made at start.
        let found = self.servers.get(&(identity, speaks));
        Arc::clone(found.unwrap_or(&self.fallback))
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str, from: OffsetDateTime, to: OffsetDateTime) -> Result<Authority, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (from, to);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// A certificate with the one that signed it, and its key.
struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn leaf(
    issuer: &Authority,
    names: &[&str],
    (from, to): (OffsetDateTime, OffsetDateTime),
) -> Result<Leaf, Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let common_name = names.first().cloned().unwrap_or_default();
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (from, to);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    let chain = vec![certificate.der().clone(), issuer.der().clone()];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(Leaf { chain, key })
}

/// Usually TLS 1.2 only, as servers and drivers have it inside packets. Nothing is resumed, so that every connection
/// shows its certificate.
fn set_up(leaf: &Leaf, speaks: Speaks) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions: &[_] = match speaks {
        Speaks::Tls12 => &[&TLS12],
        Speaks::Tls13 => &[&TLS13],
        Speaks::Tds8 => &[&TLS13, &TLS12],
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_single_cert(leaf.chain.clone(), leaf.key.clone_key())?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    if speaks == Speaks::Tds8 {
        config.alpn_protocols = vec![tds::tls::ALPN_TDS8.to_vec()];
    }
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{CertificateError, RootCertStore};

    fn judge(
        authority: &Authority,
        names: &[&str],
        days: (i64, i64),
        root: &Authority,
    ) -> Result<(), rustls::Error> {
        let now = OffsetDateTime::now_utc();
        let mut params =
            CertificateParams::new(names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>())
                .unwrap();
        (params.not_before, params.not_after) =
            (now + Duration::days(days.0), now + Duration::days(days.1));
        let leaf = params
            .signed_by(&KeyPair::generate().unwrap(), authority)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap()
            .verify_server_cert(
                leaf.der(),
                &[],
                &ServerName::try_from("localhost").unwrap(),
                &[],
                UnixTime::now(),
            )
            .map(|_| ())
    }

    #[test]
    fn each_certificate_fails_for_its_own_reason_only() {
        let now = OffsetDateTime::now_utc();
        let span = (now - Duration::days(500), now + Duration::days(500));
        let own = authority("own", span.0, span.1).unwrap();
        let stranger = authority("stranger", span.0, span.1).unwrap();
        assert_eq!(judge(&own, &OWN_NAMES, (-1, 9), &own), Ok(()));
        assert!(matches!(
            judge(&own, &OTHER_NAMES, (-1, 9), &own),
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForNameContext { .. }
            ))
        ));
        assert!(matches!(
            judge(&own, &OWN_NAMES, (-9, -1), &own),
            Err(rustls::Error::InvalidCertificate(
                CertificateError::ExpiredContext { .. }
            ))
        ));
        assert_eq!(
            judge(&stranger, &OWN_NAMES, (-1, 9), &own),
            Err(rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer
            ))
        );
    }

    #[test]
    fn the_ca_is_given_in_both_forms() {
        let made = Certificates::make("localhost").unwrap();
        assert!(made.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!made.ca().is_empty());
    }
}
