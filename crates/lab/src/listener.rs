//! Accepting connections on both addresses of a port, and no more than the limit at a time.

use crate::conversation::Host;
use crate::counter::count;
use crate::ports::Bound;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 256;
/// Pause after the system would not accept, as when it is out of file descriptors.
const OUT_OF_BREATH: Duration = Duration::from_millis(50);

/// What ends, and who waits for the end.
#[derive(Clone, Default)]
pub(crate) struct Life {
    pub(crate) over: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// Listens on every socket of a port. `room` bounds the connections.
pub(crate) fn listen(
    bound: Bound,
    host: &Arc<Host>,
    room: &Arc<Semaphore>,
    life: &Life,
) -> io::Result<()> {
    for (address, socket) in bound.sockets {
        socket.set_nonblocking(true)?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into())?;
        let accepting = accept(listener, Arc::clone(host), Arc::clone(room), life.clone());
        let span = tracing::debug_span!("lab", %address);
        life.tasks.spawn(accepting.instrument(span));
    }
    Ok(())
}

async fn accept(listener: TcpListener, host: Arc<Host>, room: Arc<Semaphore>, life: Life) {
    loop {
        let accepted = tokio::select! {
            () = life.over.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(OUT_OF_BREATH).await;
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            count(&host.counting.cut_off);
            continue;
        };
        count(&host.counting.connections);
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let (host, over) = (Arc::clone(&host), life.over.clone());
        let talking = async move {
            tokio::select! {
                () = over.cancelled() => {}
                () = host.talk(stream) => {}
            }
            drop(place);
        };
        life.tasks.spawn(talking.in_current_span());
    }
}
