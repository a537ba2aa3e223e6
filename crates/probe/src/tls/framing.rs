//! TLS records inside TDS packets while the handshake lasts, bare afterwards.
//!
//! ```text
//! wrapped: write → held until flush → one message of type 0x12;  read ← packets taken off, whatever type
//!    │ go_raw()
//! raw:     write goes straight through; read ← packets taken off while there are any, then straight through
//! ```
//! TLS 1.3 sends tickets after the handshake, which a server may still wrap: hence the reading side waits for the
//! first bare record.
//! Memory is bounded: one read chunk, and what the TLS layer itself writes between two flushes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tds::limits::PACKET_DEFAULT;
use tds::tls::Unwrapper;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const CHUNK: usize = 8 * 1024;

pub(super) struct Wrapped<S> {
    inner: S,
    unwrapper: Unwrapper,
    /// Unwrapped and not yet read, from `read_at` on.
    unread: Vec<u8>,
    read_at: usize,
    /// Written and not yet flushed.
    held: Vec<u8>,
    /// Wrapped and not yet sent, from `sent_to` on.
    leaving: Vec<u8>,
    sent_to: usize,
    raw: bool,
    /// Nothing was ever wrapped.
    bare: bool,
}

impl<S> Wrapped<S> {
    /// TLS without packets, from its first byte.
    pub(super) fn bare(inner: S) -> Self {
        Self {
            raw: true,
            bare: true,
            ..Self::new(inner)
        }
    }

    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            unwrapper: Unwrapper::new(),
            unread: Vec::new(),
            read_at: 0,
            held: Vec::new(),
            leaving: Vec::new(),
            sent_to: 0,
            raw: false,
            bare: false,
        }
    }

    /// The handshake is over.
    pub(super) fn go_raw(&mut self) {
        self.raw = true;
    }

    /// Packet type of the peer's wrapped records.
    pub(super) fn wrapper(&self) -> Option<u8> {
        self.unwrapper.wrapper().map(|kind| kind.0)
    }

    /// Hands out what is unwrapped; whether there was any.
    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let unread = self.unread.get(self.read_at..).unwrap_or_default();
        let count = unread.len().min(buffer.remaining());
        buffer.put_slice(unread.get(..count).unwrap_or_default());
        self.read_at = self.read_at.saturating_add(count);
        if self.read_at >= self.unread.len() {
            self.unread.clear();
            self.read_at = 0;
        }
        count > 0
    }
}

impl<S: AsyncWrite + Unpin> Wrapped<S> {
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self
            .leaving
            .get(self.sent_to..)
            .filter(|rest| !rest.is_empty())
        {
            let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent_to = self.sent_to.saturating_add(sent);
        }
        self.leaving.clear();
        self.sent_to = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_leave(cx))?;
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            tds::tls::wrap(&held, PACKET_DEFAULT, &mut self.leaving).map_err(io::Error::other)?;
            ready!(self.poll_leave(cx))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wrapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if buffer.remaining() == 0 || this.hand_out(buffer) {
                return Poll::Ready(Ok(()));
            }
            if this.bare || this.unwrapper.is_raw() {
                return Pin::new(&mut this.inner).poll_read(cx, buffer);
            }
            let mut chunk = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            match this.unwrapper.push(chunk.filled(), &mut this.unread) {
                Ok(()) | Err(tds::Error::Incomplete { .. }) => {}
                Err(error) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wrapped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.raw {
            ready!(this.poll_send(cx))?;
            return Pin::new(&mut this.inner).poll_write(cx, bytes);
        }
        this.held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Wrapped;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_flush_is_one_message_and_after_the_handshake_bytes_are_bare() {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let mut wrapped = Wrapped::new(ours);
        wrapped.write_all(b"hel").await.expect("held");
        wrapped.write_all(b"lo").await.expect("held");
        wrapped.flush().await.expect("sent");
        let mut packet = [0; 13];
        theirs.read_exact(&mut packet).await.expect("one packet");
        assert_eq!(packet[..4], [0x12, 0x01, 0x00, 13]);
        assert_eq!(&packet[8..], b"hello");

        wrapped.go_raw();
        wrapped.write_all(b"bare").await.expect("sent");
        let mut bare = [0; 4];
        theirs.read_exact(&mut bare).await.expect("bare bytes");
        assert_eq!(&bare, b"bare");
    }

    #[tokio::test]
    async fn packets_of_any_type_and_any_cut_come_off() {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let mut wrapped = Wrapped::new(ours);
        let mut sent = vec![0x04, 0x00, 0x00, 11, 0, 0, 1, 0];
        sent.extend_from_slice(b"abc");
        sent.extend_from_slice(&[0x04, 0x01, 0x00, 10, 0, 0, 2, 0]);
        sent.extend_from_slice(b"de");
        let peer = async {
            for byte in &sent {
                theirs.write_all(&[*byte]).await.expect("one byte");
                tokio::task::yield_now().await;
            }
        };
        let mut read = [0; 5];
        let ((), result) = tokio::join!(peer, wrapped.read_exact(&mut read));
        result.expect("unwrapped");
        assert_eq!(&read, b"abcde");
        assert_eq!(wrapped.wrapper(), Some(0x04));
    }
}
