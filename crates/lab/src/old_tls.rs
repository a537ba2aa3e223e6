//! TLS 1.0 and 1.1 by the system's OpenSSL, as old servers speak it. Only with the feature `legacy-tls`.

use crate::framing::Framing;
use crate::pace::Paced;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVersion};
use openssl::x509::X509;
use std::io;
use std::pin::Pin;
use tokio_openssl::SslStream;

/// What a client is met with.
pub(crate) type Stream = SslStream<Framing<Paced>>;

/// An old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
}

/// A chain, its own certificate first, and that one's key; all DER.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Vec<u8>,
}

/// Makes the handshake, with that version and no other.
pub(crate) async fn accept(connection: Paced, old: Old, shown: &Shown) -> io::Result<Stream> {
    let ssl = server(old, shown).map_err(io::Error::other)?;
    let mut stream = SslStream::new(ssl, Framing::new(connection)).map_err(io::Error::other)?;
    Pin::new(&mut stream)
        .accept()
        .await
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    stream.get_mut().bare();
    Ok(stream)
}

fn server(old: Old, shown: &Shown) -> Result<Ssl, ErrorStack> {
    let version = match old {
        Old::Tls10 => SslVersion::TLS1,
        Old::Tls11 => SslVersion::TLS1_1,
    };
    let mut context = SslContext::builder(SslMethod::tls_server())?;
    context.set_security_level(0);
    context.set_min_proto_version(Some(version))?;
    context.set_max_proto_version(Some(version))?;
    context.set_cipher_list("DEFAULT:@SECLEVEL=0")?;
    if let Some((own, others)) = shown.chain.split_first() {
        context.set_certificate(&*X509::from_der(own)?)?;
        for other in others {
            context.add_extra_chain_cert(X509::from_der(other)?)?;
        }
    }
    context.set_private_key(&*PKey::private_key_from_der(&shown.key)?)?;
    Ssl::new(&context.build())
}
