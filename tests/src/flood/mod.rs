//! Many callers at once: viewers of one run, readers that stop reading, callers that mean ill, and somebody who
//! only wants to use the portal meanwhile.
//!
//! They speak HTTP over plain sockets, so that what they cost is the portal's and not a client library's.

mod healthy;
mod hostile;
mod stalled;
mod viewers;

pub use healthy::Healthy;
pub use hostile::{Answers, Slow, bad_requests};
pub use stalled::Stalled;
pub use viewers::{Seen, Viewers};

use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A connection on which a request was sent.
async fn ask(address: SocketAddr, request: &[u8]) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    Ok(stream)
}

/// The request for a run's stream.
fn stream_of(run: model::RunId) -> String {
    format!(
        "GET /api/runs/{run}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
    )
}
