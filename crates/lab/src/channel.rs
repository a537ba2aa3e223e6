//! The way to a client, in clear or through TLS.
//!
//! ```text
//!  Clear ──start_tls(), start_bare_tls()──► Tls ──drop_tls()──► Clear      (the second only after a login that alone was encrypted)
//! ```

use crate::framing::Framing;
#[cfg(feature = "legacy-tls")]
use crate::old_tls;
use crate::pace::Paced;
use rustls::ServerConfig;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The way to a client.
#[derive(Debug)]
pub(crate) enum Channel {
    /// In clear.
    Clear(Paced),
    /// Through TLS.
    Tls(Box<TlsStream<Framing<Paced>>>),
    /// Through TLS of an old version.
    #[cfg(feature = "legacy-tls")]
    Old(Box<old_tls::Stream>),
}

impl Channel {
    /// Makes the handshake.
    pub(crate) async fn start_tls(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        match self {
            Self::Clear(connection) => {
                let mut tls = TlsAcceptor::from(config)
                    .accept(Framing::new(connection))
                    .await?;
                tls.get_mut().0.bare();
                Ok(Self::Tls(Box::new(tls)))
            }
            _ => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Makes the handshake without packets around it.
    pub(crate) async fn start_bare_tls(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        match self {
            Self::Clear(connection) => {
                let mut framing = Framing::new(connection);
                framing.bare();
                let tls = TlsAcceptor::from(config).accept(framing).await?;
                Ok(Self::Tls(Box::new(tls)))
            }
            _ => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Makes the handshake, with an old version and no other.
    #[cfg(feature = "legacy-tls")]
    pub(crate) async fn start_old_tls(
        self,
        old: old_tls::Old,
        shown: &old_tls::Shown,
    ) -> io::Result<Self> {
        match self {
            Self::Clear(connection) => {
                let tls = old_tls::accept(connection, old, shown).await?;
                Ok(Self::Old(Box::new(tls)))
            }
            _ => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Whether it goes through TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        !matches!(self, Self::Clear(_))
    }

    /// Goes on in clear.
    pub(crate) fn drop_tls(self) -> Self {
        match self {
            Self::Tls(tls) => Self::Clear(tls.into_inner().0.into_inner()),
            clear => clear,
        }
    }

    /// The connection itself, without TLS.
    pub(crate) fn stream(&self) -> &TcpStream {
        match self {
            Self::Clear(connection) => connection.stream(),
            Self::Tls(tls) => tls.get_ref().0.inner().stream(),
            #[cfg(feature = "legacy-tls")]
            Self::Old(tls) => tls.get_ref().inner().stream(),
        }
    }
}

macro_rules! either {
    ($self:ident, $to:ident => $call:expr) => {
        match $self.get_mut() {
            Channel::Clear(connection) => {
                let $to = Pin::new(connection);
                $call
            }
            Channel::Tls(tls) => {
                let $to = Pin::new(tls.as_mut());
                $call
            }
            #[cfg(feature = "legacy-tls")]
            Channel::Old(tls) => {
                let $to = Pin::new(tls.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Channel {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, from => from.poll_read(cx, buf))
    }
}

impl AsyncWrite for Channel {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, to => to.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, to => to.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, to => to.poll_shutdown(cx))
    }
}
