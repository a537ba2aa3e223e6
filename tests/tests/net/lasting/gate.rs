//! What a server's clients meet: it passes bytes on to the server proper, and fails as servers and gateways do, when it is
//! told to.
//!
//! ```text
//! agent ── router ── gate ── lab
//!                     │ ends what asks nothing, ends all, is closed, stalls, leads elsewhere
//! ```

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// Longer than any drill.
const NEVER: Duration = Duration::from_secs(24 * 3_600);

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Fin,
    Rst,
}

#[derive(Clone)]
struct State {
    to: SocketAddr,
    is_open: bool,
    stalls: bool,
    /// Connections of an earlier age are ended so.
    age: u64,
    by: By,
}

/// A gate. Dropped, everything ends.
pub(super) struct Gate {
    state: watch::Sender<State>,
    _task: AbortOnDropHandle<()>,
}

impl Gate {
    /// Opens it there. `idle`: connections that carry no bytes for so long are ended so; keep-alives are none.
    pub(super) async fn open(
        listen: SocketAddr,
        to: SocketAddr,
        idle: Option<(Duration, By)>,
    ) -> Self {
        let (state, seen) = watch::channel(State {
            to,
            is_open: true,
            stalls: false,
            age: 0,
            by: By::Fin,
        });
        // Bound before anybody may come.
        let first = TcpListener::bind(listen).await.expect("the address");
        let task = tokio::spawn(attend(first, listen, idle, seen));
        Self {
            state,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Ends every connection; new ones are taken.
    pub(super) fn end_all(&self, by: By) {
        self.state.send_modify(|state| {
            state.age += 1;
            state.by = by;
        });
    }

    /// Ends every connection, and is not there for new ones.
    pub(super) fn close(&self) {
        self.state.send_modify(|state| {
            state.age += 1;
            state.by = By::Fin;
            state.is_open = false;
        });
    }

    /// Is there again.
    pub(super) fn reopen(&self) {
        self.state.send_modify(|state| state.is_open = true);
    }

    /// Takes what comes and does nothing with it, or goes on.
    pub(super) fn stall(&self, stalls: bool) {
        self.state.send_modify(|state| state.stalls = stalls);
    }

    /// New connections lead there.
    pub(super) fn lead_to(&self, to: SocketAddr) {
        self.state.send_modify(|state| state.to = to);
    }
}

async fn attend(
    first: TcpListener,
    listen: SocketAddr,
    idle: Option<(Duration, By)>,
    seen: watch::Receiver<State>,
) {
    let mut state = seen.clone();
    let mut listener = Some(first);
    loop {
        let Some(open) = &listener else {
            if state.wait_for(|state| state.is_open).await.is_err() {
                return;
            }
            listener = Some(TcpListener::bind(listen).await.expect("the address"));
            continue;
        };
        tokio::select! {
            accepted = open.accept() => {
                let (client, _) = accepted.expect("a connection");
                tokio::spawn(pass(client, idle, seen.clone()));
            }
            closed = state.wait_for(|state| !state.is_open) => {
                if closed.is_err() {
                    return;
                }
                listener = None;
            }
        }
    }
}

/// One connection, until somebody ends it.
async fn pass(
    mut client: TcpStream,
    idle: Option<(Duration, By)>,
    mut state: watch::Receiver<State>,
) {
    let (to, age) = {
        let state = state.borrow_and_update();
        (state.to, state.age)
    };
    let Ok(mut server) = TcpStream::connect(to).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let (patience, idle_by) = idle.unwrap_or((NEVER, By::Fin));
    let mut used = Instant::now();
    loop {
        let stalls = state.borrow().stalls;
        let passed = tokio::select! {
            () = sleep_until(used + patience) => return end(client, idle_by).await,
            changed = state.changed() => {
                let (now, by) = {
                    let state = state.borrow();
                    (state.age, state.by)
                };
                if changed.is_err() || now != age {
                    return end(client, by).await;
                }
                continue;
            }
            read = client.read(&mut up), if !stalls => match read {
                Ok(count) if count > 0 => server.write_all(&up[..count]).await,
                _ => return,
            },
            read = server.read(&mut down), if !stalls => match read {
                Ok(count) if count > 0 => client.write_all(&down[..count]).await,
                _ => return end(client, By::Fin).await,
            },
        };
        if passed.is_err() {
            return;
        }
        used = Instant::now();
    }
}

async fn end(mut client: TcpStream, by: By) {
    match by {
        By::Fin => {
            let _ = client.shutdown().await;
        }
        By::Rst => {
            // Linger 0: close() sends RST.
            #[allow(deprecated)]
            let _ = client.set_linger(Some(Duration::ZERO));
        }
    }
}
