//! TLS inside packets: what lies between TLS and the connection while the handshake lasts.
//!
//! ```text
//!  handshake:  TLS flight ─► 0x12 packets ─► connection     (one flush, one flight; split over 4096 bytes)
//!       │      TLS records ◄─ packets off ◄─ connection
//!       ▼ bare()
//!  bare:       records as they are, both ways
//! ```
//!
//! Towards the client the packet type is always 0x12: some clients insist on it. From the client any type will do.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tds::limits::PACKET_DEFAULT;
use tds::tls::{Unwrapper, wrap};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of one TLS flight.
const FLIGHT_LIMIT: usize = 64 * 1024;

/// A connection whose TLS records are wrapped until told otherwise.
#[derive(Debug)]
pub(crate) struct Framing<S> {
    inner: S,
    unwrapper: Unwrapper,
    /// Unwrapped bytes that TLS has not read yet.
    arrived: Vec<u8>,
    arrived_read: usize,
    /// The flight that is being written; wrapped at the flush.
    flight: Vec<u8>,
    /// Wrapped bytes on their way.
    leaving: Vec<u8>,
    leaving_sent: usize,
    wrapping: bool,
}

impl<S> Framing<S> {
    /// At the start of a handshake.
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            unwrapper: Unwrapper::new(),
            arrived: Vec::new(),
            arrived_read: 0,
            flight: Vec::new(),
            leaving: Vec::new(),
            leaving_sent: 0,
            wrapping: true,
        }
    }

    /// The handshake is done: from now on records are bare.
    pub(crate) fn bare(&mut self) {
        self.wrapping = false;
        self.unwrapper.go_raw();
    }

    /// The connection itself.
    pub(crate) fn inner(&self) -> &S {
        &self.inner
    }

    /// Gives the connection back.
    pub(crate) fn into_inner(self) -> S {
        self.inner
    }
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<S: AsyncRead + Unpin> AsyncRead for Framing<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let waiting = this.arrived.get(this.arrived_read..).unwrap_or_default();
            if !waiting.is_empty() {
                let taken = waiting.len().min(buf.remaining());
                buf.put_slice(waiting.get(..taken).unwrap_or_default());
                this.arrived_read += taken;
                return Poll::Ready(Ok(()));
            }
            this.arrived.clear();
            this.arrived_read = 0;
            let mut bytes = [0; PACKET_DEFAULT];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.unwrapper
                .push(read.filled(), &mut this.arrived)
                .map_err(invalid)?;
        }
    }
}

impl<S: AsyncWrite + Unpin> Framing<S> {
    /// Sends what is on its way.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let rest = self.leaving.get(self.leaving_sent..).unwrap_or_default();
            if rest.is_empty() {
                self.leaving.clear();
                self.leaving_sent = 0;
                return Poll::Ready(Ok(()));
            }
            let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.leaving_sent += sent;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framing<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.wrapping {
            if this.flight.len() + buf.len() > FLIGHT_LIMIT {
                return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
            }
            this.flight.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        ready!(this.poll_leave(cx))?;
        Pin::new(&mut this.inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.flight.is_empty() {
            wrap(&this.flight, PACKET_DEFAULT, &mut this.leaving).map_err(invalid)?;
            this.flight.clear();
        }
        ready!(this.poll_leave(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tds::packet::{Header, PacketType, Status, encode};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn a_long_flight_is_split_and_only_its_last_packet_ends_it() {
        let (near, mut far) = duplex(64 * 1024);
        let mut framing = Framing::new(near);
        let flight: Vec<u8> = (0..10_000_u32).map(|n| (n % 251) as u8).collect();
        // Two writes and one flush are one flight.
        framing.write_all(&flight[..100]).await.unwrap();
        framing.write_all(&flight[100..]).await.unwrap();
        framing.flush().await.unwrap();
        framing.bare();
        framing.write_all(b"bare").await.unwrap();
        framing.flush().await.unwrap();
        drop(framing);

        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        let (mut rest, mut unwrapped, mut ends) = (bytes.as_slice(), Vec::new(), Vec::new());
        while rest.len() > 4 {
            let header = Header::decode(rest).unwrap();
            let (packet, others) = rest.split_at(usize::from(header.length));
            assert_eq!(header.kind, PacketType::PRELOGIN);
            assert!(packet.len() <= 4096);
            unwrapped.extend_from_slice(&packet[8..]);
            ends.push(header.status.contains(Status::END));
            rest = others;
        }
        assert_eq!(ends, [false, false, true]);
        assert_eq!(unwrapped, flight);
        assert_eq!(rest, b"bare");
    }

    #[tokio::test]
    async fn reads_records_wrapped_in_any_type_and_bare_ones_after_them() {
        let (near, mut far) = duplex(64 * 1024);
        let mut bytes = Vec::new();
        encode(PacketType::PRELOGIN, &[0x16, 1, 2, 3], 4096, &mut bytes).unwrap();
        encode(PacketType::REPLY, &[4, 5], 4096, &mut bytes).unwrap();
        bytes.extend([0x17, 3, 3, 0, 1, 9]);
        far.write_all(&bytes).await.unwrap();
        drop(far);
        let mut read = Vec::new();
        Framing::new(near).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, [0x16, 1, 2, 3, 4, 5, 0x17, 3, 3, 0, 1, 9]);
    }

    #[tokio::test]
    async fn a_flight_without_end_is_refused() {
        let (near, _far) = duplex(64);
        let error = Framing::new(near)
            .write_all(&[0; FLIGHT_LIMIT + 1])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }
}
