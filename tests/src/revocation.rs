//! What is asked about revocation: a chain whose certificate names addresses, the server that shows it, answers as
//! they really are (DER, signed by the chain's CA), and a host that gives them and counts who asks.

use der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString};
use der::{DateTime, Decode as _, Encode as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DnType, IsCa, KeyIdMethod, KeyPair, RevokedCertParams,
    SerialNumber, SigningKey as _,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, ResponderId,
    ResponseData, RevokedInfo, SingleResponse,
};

/// Its highest bit is set, so in DER a zero stands before it.
const SERIAL: u64 = 0x8102_0304;
/// Authority information access.
const AIA: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// A certificate for `localhost`, and the CA that signed it.
pub struct Chain {
    ca: CertifiedIssuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Chain {
    /// That names these addresses.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn naming(ocsp: &[String], crl: &[String]) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let ca_key = KeyPair::generate().expect("a key");
        let ca = CertifiedIssuer::self_signed(params, ca_key).expect("a CA");
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
        // As in life, nobody has the name of who signed.
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "localhost");
        params.serial_number = Some(SerialNumber::from(SERIAL));
        if !crl.is_empty() {
            params.crl_distribution_points = crl
                .iter()
                .map(|url| CrlDistributionPoint {
                    uris: vec![url.clone()],
                })
                .collect();
        }
        if !ocsp.is_empty() {
            let access = CustomExtension::from_oid_content(&AIA, access(ocsp));
            params.custom_extensions.push(access);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &ca).expect("signed");
        Self {
            certificate: certificate.der().clone(),
            ca,
            key,
        }
    }

    /// Trusts its CA.
    ///
    /// # Panics
    /// Never: its CA is one.
    #[must_use]
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.der().clone()).expect("a root");
        roots
    }

    /// A server that shows it to whoever comes with TLS first (TDS 8), and then listens only.
    ///
    /// # Panics
    /// When the chain is no chain.
    pub fn serve(&self, listener: TcpListener) -> AbortOnDropHandle<()> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let chain = vec![self.certificate.clone(), self.ca.der().clone()];
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from(key))
            .expect("a certificate");
        config.alpn_protocols = vec![tds::tls::ALPN_TDS8.to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.read(&mut [0; 1024]).await;
                    }
                });
            }
        });
        AbortOnDropHandle::new(serving)
    }

    /// The list of what its CA revoked: this certificate, or another one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn list(&self, revoked: bool) -> Vec<u8> {
        let now = time::OffsetDateTime::now_utc();
        let other = SERIAL & 0xFF;
        let serial = if revoked { SERIAL } else { other };
        let list = CertificateRevocationListParams {
            this_update: now,
            next_update: now + time::Duration::DAY,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: now,
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.ca).expect("a list").der().to_vec()
    }

    /// The answer to an OCSP request, about the certificate that it asks for.
    ///
    /// # Panics
    /// When it is no such request, or is about another certificate than this.
    #[must_use]
    pub fn answer(&self, request: &[u8], status: CertStatus) -> Vec<u8> {
        let request = OcspRequest::from_der(request).expect("an OCSP request");
        let asked = &request.tbs_request.request_list[0].req_cert;
        let serial = x509_cert::serial_number::SerialNumber::new(&SERIAL.to_be_bytes()[4..]);
        assert_eq!(asked.serial_number, serial.expect("a number"));
        let data = ResponseData {
            version: x509_ocsp::Version::V1,
            responder_id: ResponderId::ByKey(OctetString::new([7; 20]).expect("a hash")),
            produced_at: a_day(),
            responses: vec![SingleResponse {
                cert_id: asked.clone(),
                cert_status: status,
                this_update: a_day(),
                next_update: None,
                single_extensions: None,
            }],
            response_extensions: None,
        };
        let signature = self.ca.key().sign(&data.to_der().expect("DER"));
        let response = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: AlgorithmIdentifierOwned {
                oid: ECDSA_SHA256,
                parameters: None,
            },
            signature: BitString::from_bytes(&signature.expect("signed")).expect("bits"),
            certs: None,
        };
        let response = OcspResponse::successful(response).expect("an answer");
        response.to_der().expect("DER")
    }
}

fn access(urls: &[String]) -> Vec<u8> {
    let entries = urls.iter().map(|url| AccessDescription {
        access_method: OCSP,
        access_location: GeneralName::UniformResourceIdentifier(
            Ia5String::new(url).expect("an address"),
        ),
    });
    let access = AuthorityInfoAccessSyntax(entries.collect());
    access.to_der().expect("DER")
}

fn a_day() -> OcspGeneralizedTime {
    OcspGeneralizedTime::from(DateTime::new(2026, 11, 20, 12, 0, 0).expect("a day"))
}

/// Revoked, on some day.
#[must_use]
pub fn revoked() -> CertStatus {
    CertStatus::Revoked(RevokedInfo {
        revocation_time: a_day(),
        revocation_reason: None,
    })
}

/// What a host answers.
pub enum Say {
    /// These bytes of HTTP, then the end.
    Bytes(Vec<u8>),
    /// A body of 2⁴⁰ bytes, as long as somebody reads.
    Endless,
    /// The beginning of an answer, and no more.
    Half,
}

/// 200, with this body.
#[must_use]
pub fn found(body: &[u8]) -> Say {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    Say::Bytes([head.as_bytes(), body].concat())
}

/// A host that answers HTTP, and counts who comes.
pub struct Web {
    came: Arc<AtomicUsize>,
    _serving: AbortOnDropHandle<()>,
}

impl Web {
    /// `answer` is given the body of each request.
    pub fn serve(
        listener: TcpListener,
        answer: impl Fn(&[u8]) -> Say + Send + Sync + 'static,
    ) -> Self {
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        let answer = Arc::new(answer);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    // Whoever goes before the end has had enough.
                    let _ = talk(stream, &*answer).await;
                });
            }
        });
        Self {
            came,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// Connections so far.
    #[must_use]
    pub fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

async fn talk(
    mut stream: TcpStream,
    answer: &(dyn Fn(&[u8]) -> Say + Sync),
) -> std::io::Result<()> {
    let body = read(&mut stream).await?;
    match answer(&body) {
        Say::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
        }
        Say::Half => {
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n0";
            stream.write_all(half).await?;
        }
        Say::Endless => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 40);
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[0x30; 64 * 1024]).await?;
            }
        }
    }
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

/// The body of a request.
async fn read(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |text| text.trim().parse().expect("a length"));
            if all.len() >= end + 4 + length {
                return Ok(all[end + 4..end + 4 + length].to_vec());
            }
        }
        if stream.read_buf(&mut all).await? == 0 {
            return Ok(Vec::new());
        }
    }
}
