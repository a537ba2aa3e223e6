//! A port where a SYN gets no answer: a listener whose backlog is kept full and that never accepts.
//!
//! Linux drops a SYN when the queue of connections waiting to be accepted is full. Other systems refuse or reset instead, so
//! there it is unavailable; and everywhere it is tried before it is offered.

use crate::ports::Bound;
use socket2::Socket;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a connect must hang to count as unanswered. On loopback one that is answered takes well under a millisecond.
const HANGS_FOR: Duration = Duration::from_millis(250);
/// Connections that may fit into the shortest backlog.
const MOST: usize = 32;

/// Listeners with a full backlog, and the connections that fill it; full for as long as this lives.
#[derive(Debug)]
pub(crate) struct Full {
    _listeners: Vec<Socket>,
    _fillers: Vec<TcpStream>,
}

/// Fills the backlog of every socket until a further connect really hangs. The error says why it cannot be offered.
pub(crate) async fn fill(bound: Bound) -> Result<Full, String> {
    if !cfg!(target_os = "linux") {
        return Err(
            "only Linux leaves a connection attempt unanswered when a backlog is full".into(),
        );
    }
    let mut listeners = Vec::new();
    let mut addresses = Vec::new();
    for (address, socket) in bound.sockets {
        socket
            .listen(0)
            .map_err(|error| format!("cannot listen: {error}"))?;
        listeners.push(socket);
        addresses.push(address);
    }
    let filled = futures::future::try_join_all(addresses.into_iter().map(fill_one)).await?;
    Ok(Full {
        _listeners: listeners,
        _fillers: filled.into_iter().flatten().collect(),
    })
}

async fn fill_one(address: SocketAddr) -> Result<Vec<TcpStream>, String> {
    let mut fillers = Vec::new();
    while fillers.len() < MOST {
        match connect(address).await {
            Some(Ok(stream)) => fillers.push(stream),
            Some(Err(error)) => return Err(format!("a full backlog answers: {error}")),
            None => return Ok(fillers),
        }
    }
    Err("the backlog of a listener does not fill up".into())
}

/// `None` when nothing is answered.
async fn connect(address: SocketAddr) -> Option<io::Result<TcpStream>> {
    timeout(HANGS_FOR, TcpStream::connect(address)).await.ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::ports;

    #[tokio::test]
    async fn a_connect_hangs_on_each_address() {
        let bound = ports::bind(0, false).unwrap();
        let addresses: Vec<_> = bound.sockets.iter().map(|(address, _)| *address).collect();
        let full = fill(bound).await.unwrap();
        for address in addresses {
            assert!(connect(address).await.is_none(), "{address}");
        }
        drop(full);
    }
}
