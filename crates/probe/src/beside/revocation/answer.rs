//! Which addresses a chain names, what is asked of them, and what an answer says. Pure.

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _};
use sha1::{Digest as _, Sha1};
use x509_cert::Certificate;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus,
    Request as OcspQuestion, TbsRequest,
};
use x509_parser::prelude::{
    CertificateRevocationList, DistributionPointName, FromDer, GeneralName, ParsedExtension,
    X509Certificate,
};

/// Addresses of one kind that are taken of one certificate.
const MOST_ADDRESSES: usize = 2;
/// What responders find a certificate by; nobody's security rests on it.
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// id-ad-ocsp.
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// One address and what it is asked.
pub(super) struct Question {
    pub(super) url: String,
    pub(super) subject: String,
    pub(super) asked: Asked,
}

/// What is asked of an address.
pub(super) enum Asked {
    /// About one certificate.
    Ocsp {
        /// The request's bytes.
        request: Vec<u8>,
    },
    /// For the whole list.
    Crl {
        /// Serial number of the certificate.
        serial: Vec<u8>,
    },
}

impl Asked {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Ocsp { .. } => "ocsp",
            Self::Crl { .. } => "crl",
        }
    }
}

/// Everything that a chain's certificates name, the server's own first. A root signs itself, and is asked about nowhere.
pub(super) fn questions(chain: &[Vec<u8>]) -> Vec<Question> {
    let mut questions = Vec::new();
    for (place, der) in chain.iter().enumerate() {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else {
            continue;
        };
        if certificate.subject() == certificate.issuer() {
            continue;
        }
        let subject = certificate.subject().to_string();
        let issuer = chain.get(place + 1).map(Vec::as_slice);
        if let Some(request) = issuer.and_then(|issuer| request(der, issuer)) {
            for url in ocsp_addresses(&certificate) {
                questions.push(Question {
                    url,
                    subject: subject.clone(),
                    asked: Asked::Ocsp {
                        request: request.clone(),
                    },
                });
            }
        }
        for url in crl_addresses(&certificate) {
            questions.push(Question {
                url,
                subject: subject.clone(),
                asked: Asked::Crl {
                    serial: certificate.raw_serial().to_vec(),
                },
            });
        }
    }
    questions
}

fn ocsp_addresses(certificate: &X509Certificate<'_>) -> Vec<String> {
    let access =
        certificate
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityInfoAccess(access) => Some(access),
                _ => None,
            });
    access
        .into_iter()
        .flat_map(|access| &access.accessdescs)
        .filter(|entry| entry.access_method.to_id_string() == OCSP)
        .filter_map(|entry| address(&entry.access_location))
        .take(MOST_ADDRESSES)
        .collect()
}

fn crl_addresses(certificate: &X509Certificate<'_>) -> Vec<String> {
    let points =
        certificate
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::CRLDistributionPoints(points) => Some(points),
                _ => None,
            });
    points
        .into_iter()
        .flat_map(|points| &points.points)
        .filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => names.iter().find_map(address),
            _ => None,
        })
        .take(MOST_ADDRESSES)
        .collect()
}

fn address(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}

/// An OCSP request about a certificate; nothing when either cannot be read.
fn request(certificate: &[u8], issuer: &[u8]) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let issuer = Certificate::from_der(issuer).ok()?;
    let serial = certificate.tbs_certificate.serial_number;
    let issuer = issuer.tbs_certificate;
    let key = issuer.subject_public_key_info.subject_public_key;
    let hash = |bytes: &[u8]| OctetString::new(Sha1::digest(bytes).to_vec()).ok();
    let id = CertId {
        hash_algorithm: AlgorithmIdentifierOwned {
            oid: SHA1,
            parameters: Some(Any::null()),
        },
        issuer_name_hash: hash(&issuer.subject.to_der().ok()?)?,
        issuer_key_hash: hash(key.raw_bytes())?,
        serial_number: serial,
    };
    let request = OcspRequest {
        tbs_request: TbsRequest {
            version: Default::default(),
            requestor_name: None,
            request_list: vec![OcspQuestion {
                req_cert: id,
                single_request_extensions: None,
            }],
            request_extensions: None,
        },
        optional_signature: None,
    };
    request.to_der().ok()
}

/// `good`, `revoked` or `unknown`; nothing when the answer cannot be read, or is about another certificate.
pub(super) fn status(asked: &Asked, body: &[u8]) -> Option<&'static str> {
    match asked {
        Asked::Ocsp { request } => by_ocsp(request, body),
        Asked::Crl { serial } => by_list(serial, body),
    }
}

fn by_ocsp(request: &[u8], body: &[u8]) -> Option<&'static str> {
    let request = OcspRequest::from_der(request).ok()?;
    let asked = &request.tbs_request.request_list.first()?.req_cert;
    let response = OcspResponse::from_der(body).ok()?;
    if response.response_status != OcspResponseStatus::Successful {
        return None;
    }
    let bytes = response.response_bytes?;
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).ok()?;
    let single = basic
        .tbs_response_data
        .responses
        .iter()
        .find(|single| single.cert_id.serial_number == asked.serial_number)?;
    Some(match single.cert_status {
        CertStatus::Good(_) => "good",
        CertStatus::Revoked(_) => "revoked",
        CertStatus::Unknown(_) => "unknown",
    })
}

fn by_list(serial: &[u8], body: &[u8]) -> Option<&'static str> {
    let (_, list) = CertificateRevocationList::from_der(body).ok()?;
    let revoked = list
        .iter_revoked_certificates()
        .any(|entry| entry.raw_serial() == serial);
    Some(if revoked { "revoked" } else { "good" })
}
