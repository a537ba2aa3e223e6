//! A link that can be cut: forwards connections of loopback to another port of it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, copy_bidirectional,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A link from a port of its own to another. Dropped, it is cut for good.
pub struct Relay {
    /// Where to connect.
    pub address: SocketAddr,
    whole: watch::Sender<bool>,
    refused: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Relay {
    /// A whole link to `to`.
    ///
    /// # Panics
    /// When there is no port to listen on.
    pub async fn to(to: SocketAddr) -> Self {
        Self::slow(to, Duration::ZERO).await
    }

    /// A whole link to `to` that holds back what comes from there.
    ///
    /// # Panics
    /// When there is no port to listen on.
    pub async fn slow(to: SocketAddr, by: Duration) -> Self {
        Self::between("127.0.0.1:0".parse().expect("an address"), to, by).await
    }

    /// The same from an address of the caller's choice.
    ///
    /// # Panics
    /// When it cannot be listened on.
    pub async fn between(listen: SocketAddr, to: SocketAddr, by: Duration) -> Self {
        let listener = TcpListener::bind(listen).await.expect("the address");
        let address = listener.local_addr().expect("its number");
        let (whole, seen) = watch::channel(true);
        let refused = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&refused);
        let task = tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                if !*seen.borrow() {
                    counted.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                tokio::spawn(forward(here, to, by, seen.clone()));
            }
        });
        Self {
            address,
            whole,
            refused,
            task,
        }
    }

    /// Ends every connection; new ones are ended as they come.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Connections that were ended as they came, so far.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

/// One connection, until either side ends it or the link is cut.
async fn forward(
    mut here: TcpStream,
    to: SocketAddr,
    by: Duration,
    mut whole: watch::Receiver<bool>,
) {
    if !*whole.borrow_and_update() {
        return;
    }
    let both = async {
        let mut there = TcpStream::connect(to).await?;
        let _ = (here.set_nodelay(true), there.set_nodelay(true));
        if by.is_zero() {
            return copy_bidirectional(&mut here, &mut there).await.map(drop);
        }
        let (mut read_here, mut write_here) = here.split();
        let (mut read_there, mut write_there) = there.split();
        let out = async {
            copy(&mut read_here, &mut write_there).await?;
            write_there.shutdown().await
        };
        let back = hold_back(&mut read_there, &mut write_here, by);
        tokio::try_join!(out, back).map(drop)
    };
    tokio::select! {
        _ = both => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}

/// Passes on what is read, each piece so much later.
async fn hold_back(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    by: Duration,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        tokio::time::sleep(by).await;
        to.write_all(&piece[..length]).await?;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.whole.send_replace(false);
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::Relay;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    async fn echoes(stream: &mut TcpStream) -> bool {
        let mut answer = [0; 1];
        stream.write_all(b"a").await.is_ok()
            && matches!(stream.read(&mut answer).await, Ok(1))
            && answer == *b"a"
    }

    #[tokio::test]
    async fn a_cut_link_ends_connections_and_a_mended_one_takes_new_ones() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let end = listener.local_addr().expect("its number");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        let relay = Relay::to(end).await;
        let connect = || async { TcpStream::connect(relay.address).await.expect("connects") };
        let mut before = connect().await;
        assert!(echoes(&mut before).await);
        relay.cut();
        assert!(!echoes(&mut before).await);
        assert!(!echoes(&mut connect().await).await);
        relay.mend();
        assert!(echoes(&mut connect().await).await);
    }
}
