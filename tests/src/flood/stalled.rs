//! Readers that ask for a run's stream and then do not read it.

use super::stream_of;
use model::RunId;
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

/// What their systems take before nothing fits any more.
const RECEIVE_BUFFER: u32 = 4096;

/// Readers that do not read. Dropped, they go away.
pub struct Stalled {
    streams: Vec<TcpStream>,
}

impl Stalled {
    /// So many.
    ///
    /// # Panics
    /// When one is not let in.
    pub async fn open(address: SocketAddr, run: RunId, count: usize) -> Self {
        let mut streams = Vec::with_capacity(count);
        for _ in 0..count {
            let socket = TcpSocket::new_v4().expect("a socket");
            socket
                .set_recv_buffer_size(RECEIVE_BUFFER)
                .expect("a small buffer");
            let mut stream = socket.connect(address).await.expect("a connection");
            let request = stream_of(run);
            stream.write_all(request.as_bytes()).await.expect("it asks");
            streams.push(stream);
        }
        Self { streams }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.streams.len()
    }
}
