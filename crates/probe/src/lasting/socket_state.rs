//! What a pool can see of an idle connection without a round trip: the state of its socket.
//!
//! ```text
//! poll ──nothing──▶ nothing speaks against it
//!   ├─error──▶ SO_ERROR: reset, or given up
//!   └─readable──▶ peek ──0──▶ FIN
//!                  ├─error──▶ likewise
//!                  └─bytes──▶ and the peer's end is closed: FIN behind them (TLS says goodbye first)
//!                             else: unasked; a driver takes the connection for dead
//! ```
//! It cannot see a peer that vanished, nor a device on the way that forgot the connection: both look alive until
//! somebody sends. Looking takes the error off the socket, so whoever looks has to remember what was seen.

use crate::stream::{is_given_up, is_reset};
use model::lasting::Standing;
use socket2::SockRef;
use std::io;
use std::mem::MaybeUninit;
use tokio::net::TcpStream;

/// What poll says, where the system has it.
#[derive(Clone, Copy, Debug, Default)]
struct Polled {
    /// Nothing at all.
    is_quiet: bool,
    /// The peer's end is closed, whatever lies before that.
    is_ended: bool,
}

/// Looks at an idle connection's socket. Nothing is sent, nothing is read.
pub(crate) fn look(stream: &TcpStream) -> Standing {
    let polled = poll(stream);
    if polled.is_quiet {
        return Standing::Alive;
    }
    let socket = SockRef::from(stream);
    if let Ok(Some(error)) = socket.take_error() {
        return of_error(&error);
    }
    // Sockets of the runtime never block.
    match socket.peek(&mut [MaybeUninit::uninit(); 1]) {
        Ok(0) => Standing::Fin,
        Ok(_) if polled.is_ended => Standing::Fin,
        Ok(_) => Standing::Unasked,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Standing::Alive,
        Err(error) => of_error(&error),
    }
}

/// How a connection stands whose use came to this error.
pub(crate) fn of_error(error: &io::Error) -> Standing {
    if is_given_up(error) {
        Standing::GivenUp
    } else if is_reset(error) {
        Standing::Reset
    } else {
        Standing::Fin
    }
}

#[cfg(target_os = "linux")]
fn poll(stream: &TcpStream) -> Polled {
    use rustix::event::{PollFd, PollFlags, Timespec};

    let wanted = PollFlags::IN | PollFlags::RDHUP;
    let mut polled = [PollFd::new(stream, wanted)];
    let at_once = Timespec::default();
    match rustix::event::poll(&mut polled, Some(&at_once)) {
        Ok(0) => Polled {
            is_quiet: true,
            is_ended: false,
        },
        _ => {
            let [polled] = polled;
            let ended = PollFlags::RDHUP | PollFlags::HUP;
            Polled {
                is_quiet: false,
                is_ended: polled.revents().intersects(ended),
            }
        }
    }
}

/// Peeking tells enough without it.
#[cfg(not(target_os = "linux"))]
fn poll(_: &TcpStream) -> Polled {
    Polled::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    /// A pair of connected sockets: ours, the peer's.
    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let ours = TcpStream::connect(listener.local_addr().expect("an address"));
        let (ours, theirs) = tokio::join!(ours, listener.accept());
        (ours.expect("a connection"), theirs.expect("a peer").0)
    }

    #[tokio::test]
    async fn an_idle_connection_looks_alive() {
        let (ours, theirs) = pair().await;
        assert_eq!(look(&ours), Standing::Alive);
        assert_eq!(look(&theirs), Standing::Alive);
    }

    #[tokio::test]
    async fn a_peer_that_never_answers_looks_alive() {
        let (mut ours, _theirs) = pair().await;
        ours.write_all(b"unanswered").await.expect("sent");
        assert_eq!(look(&ours), Standing::Alive);
    }

    #[tokio::test]
    async fn fin_is_seen() {
        let (ours, theirs) = pair().await;
        drop(theirs);
        ours.readable().await.expect("an end");
        assert_eq!(look(&ours), Standing::Fin);
    }

    #[tokio::test]
    async fn rst_is_seen_once() {
        let (ours, theirs) = pair().await;
        let linger = SockRef::from(&theirs).set_linger(Some(Duration::ZERO));
        linger.expect("SO_LINGER");
        drop(theirs);
        ours.readable().await.expect("an end");
        assert_eq!(look(&ours), Standing::Reset);
        // The error was taken off: only the end is left.
        assert_eq!(look(&ours), Standing::Fin);
    }

    #[tokio::test]
    async fn bytes_that_nobody_asked_for_are_seen_and_stay() {
        let (ours, mut theirs) = pair().await;
        theirs.write_all(b"!").await.expect("sent");
        ours.readable().await.expect("a byte");
        assert_eq!(look(&ours), Standing::Unasked);
        assert_eq!(look(&ours), Standing::Unasked);
        let mut byte = [0; 1];
        assert_eq!(ours.try_read(&mut byte).expect("the byte"), 1);
        assert_eq!(look(&ours), Standing::Alive);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_goodbye_before_fin_is_fin() {
        let (ours, mut theirs) = pair().await;
        theirs.write_all(b"close_notify").await.expect("sent");
        theirs.shutdown().await.expect("FIN");
        let read_closed = ours.ready(tokio::io::Interest::READABLE);
        while !read_closed_now(&ours).await {}
        drop(read_closed);
        assert_eq!(look(&ours), Standing::Fin);
    }

    #[cfg(target_os = "linux")]
    async fn read_closed_now(stream: &TcpStream) -> bool {
        let ready = stream.ready(tokio::io::Interest::READABLE).await;
        ready.expect("readiness").is_read_closed()
    }

    #[test]
    fn errors_are_told_apart() {
        for (kind, expected) in [
            (io::ErrorKind::ConnectionReset, Standing::Reset),
            (io::ErrorKind::BrokenPipe, Standing::Reset),
            (io::ErrorKind::TimedOut, Standing::GivenUp),
            (io::ErrorKind::HostUnreachable, Standing::GivenUp),
            (io::ErrorKind::UnexpectedEof, Standing::Fin),
        ] {
            assert_eq!(of_error(&kind.into()), expected, "{kind:?}");
        }
    }
}
