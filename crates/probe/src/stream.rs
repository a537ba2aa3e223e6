//! A socket that counts: bytes each way, reads, when they came, and how the peer ended it.
//!
//! It stands under everything else (framing, TLS), so what it counts is what the wire carried.

use socket2::SockRef;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A stream of bytes both ways, whatever it is made of.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// How the peer ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerEnd {
    Fin,
    Rst,
}

/// Counts over a connection's life, and over its present phase.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) end: Option<PeerEnd>,
    pub(crate) phase: PhaseTally,
}

/// Counts since a phase began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PhaseTally {
    pub(crate) reads: u32,
    pub(crate) bytes: u64,
    /// First and last read.
    pub(crate) span: Option<(Instant, Instant)>,
}

/// The counts, shared with whoever owns the connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Tally>>);

impl Meter {
    pub(crate) fn tally(&self) -> Tally {
        *self.lock()
    }

    pub(crate) fn begin_phase(&self) {
        self.lock().phase = PhaseTally::default();
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, bytes: usize) {
        let mut tally = self.lock();
        if bytes == 0 {
            tally.end.get_or_insert(PeerEnd::Fin);
            return;
        }
        let bytes = bytes as u64;
        tally.received = tally.received.saturating_add(bytes);
        tally.phase.reads = tally.phase.reads.saturating_add(1);
        tally.phase.bytes = tally.phase.bytes.saturating_add(bytes);
        let now = Instant::now();
        let first = tally.phase.span.map_or(now, |(first, _)| first);
        tally.phase.span = Some((first, now));
    }

    fn failed(&self, error: &io::Error) {
        if is_reset(error) {
            self.lock().end = Some(PeerEnd::Rst);
        }
    }
}

/// Whether an error says that the connection was reset.
pub(crate) fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

/// Whether an error says that the system waited for the peer's acknowledgement in vain.
pub(crate) fn is_given_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

/// The socket itself. Whoever looks at it meanwhile holds it weakly: it is closed with the stream on top of it.
pub(crate) struct Counted {
    stream: Arc<TcpStream>,
    meter: Meter,
}

impl Counted {
    pub(crate) fn new(stream: Arc<TcpStream>, meter: Meter) -> Self {
        Self { stream, meter }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let result = loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result,
            }
        };
        match &result {
            Ok(count) => {
                buffer.advance(*count);
                self.meter.read(*count);
            }
            Err(error) => self.meter.failed(error),
        }
        Poll::Ready(result.map(drop))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match self.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result,
            }
        };
        match &result {
            Ok(count) => {
                let mut tally = self.meter.lock();
                tally.sent = tally.sent.saturating_add(*count as u64);
            }
            Err(error) => self.meter.failed(error),
        }
        Poll::Ready(result)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(self.stream.as_ref()).shutdown(Shutdown::Write))
    }
}
