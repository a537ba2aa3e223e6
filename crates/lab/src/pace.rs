//! A connection that says everything byte by byte, if told to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// A TCP connection, with or without a pace.
///
/// Bytes are due on a fixed beat from the first one on, so that a timer that is late does not slow the whole down. After a
/// pause the beat starts again.
#[derive(Debug)]
pub(crate) struct Paced {
    stream: TcpStream,
    beat: Option<Beat>,
}

#[derive(Debug)]
struct Beat {
    every: Duration,
    due: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Paced {
    /// With a byte every so often, or as fast as it goes.
    pub(crate) fn new(stream: TcpStream, every: Option<Duration>) -> Self {
        let now = Instant::now();
        Self {
            stream,
            beat: every.map(|every| Beat {
                every,
                due: now,
                timer: Box::pin(sleep_until(now)),
            }),
        }
    }

    /// The connection itself.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(beat) = &mut this.beat else {
            return Pin::new(&mut this.stream).poll_write(cx, buf);
        };
        ready!(beat.timer.as_mut().poll(cx));
        let one = buf.get(..1).unwrap_or_default();
        let written = ready!(Pin::new(&mut this.stream).poll_write(cx, one))?;
        let paused = beat.due + beat.every * 10 + Duration::from_millis(20) < Instant::now();
        beat.due = if paused { Instant::now() } else { beat.due } + beat.every;
        beat.timer.as_mut().reset(beat.due);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
