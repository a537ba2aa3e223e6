//! Peers that follow a script of bytes, whatever is said to them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tds::packet::{PacketType, message};
use tds::prelogin::{Encryption, Reply, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

/// One act of a script.
#[derive(Clone, Debug)]
pub enum Act {
    /// Waits for one whole message.
    Hear,
    /// Says this.
    Say(Vec<u8>),
    /// Says this, one byte at a time.
    Drip(Vec<u8>),
    /// Lets somebody who awaits go on.
    Signal(Arc<Notify>),
    /// Waits for a signal.
    Await(Arc<Notify>),
    /// Closes with RST.
    Reset,
    /// Keeps the connection and says nothing until the other side ends it.
    Hold,
}

/// A listener on 127.0.0.1; a script that ends without [`Act::Hold`] or [`Act::Reset`] ends with FIN.
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    _serving: AbortOnDropHandle<()>,
}

impl Peer {
    /// Serves each connection by its number, on a free port.
    pub async fn start(script: impl Fn(usize) -> Vec<Act> + Send + 'static) -> Self {
        let any = (Ipv4Addr::LOCALHOST, 0);
        Self::serve(TcpListener::bind(any).await.expect("a port"), script)
    }

    /// The same on a listener that the caller made.
    pub fn serve(
        listener: TcpListener,
        script: impl Fn(usize) -> Vec<Act> + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let serving = tokio::spawn(async move {
            let mut conversations = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let number = counter.fetch_add(1, Ordering::SeqCst);
                conversations.spawn(act(stream, script(number)));
            }
        });
        Self {
            address,
            accepted,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// What the other side does meanwhile is its own business: every error ends the script.
async fn act(mut stream: TcpStream, script: Vec<Act>) {
    for step in script {
        let went = match step {
            Act::Hear => hear(&mut stream).await,
            Act::Say(bytes) => stream.write_all(&bytes).await,
            Act::Drip(bytes) => drip(&mut stream, &bytes).await,
            Act::Signal(signal) => {
                signal.notify_one();
                Ok(())
            }
            Act::Await(signal) => {
                signal.notified().await;
                Ok(())
            }
            Act::Reset => {
                // Linger 0: close() sends RST.
                #[allow(deprecated)]
                stream
                    .set_linger(Some(std::time::Duration::ZERO))
                    .expect("linger");
                return;
            }
            Act::Hold => loop {
                let mut rest = [0; 4096];
                match stream.read(&mut rest).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
            },
        };
        if went.is_err() {
            return;
        }
    }
    // FIN; what still comes is read, so that no RST follows it.
    if stream.shutdown().await.is_ok() {
        let mut rest = [0; 4096];
        while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
    }
}

async fn hear(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut header = [0; 8];
        stream.read_exact(&mut header).await?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let mut payload = vec![0; length.saturating_sub(8)];
        stream.read_exact(&mut payload).await?;
        if header[1] & 1 == 1 {
            return Ok(());
        }
    }
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A whole PRELOGIN reply, as a server sends it.
pub fn prelogin_reply(encryption: Encryption) -> Vec<u8> {
    let reply = Reply {
        version: Some(Version {
            major: 16,
            minor: 0,
            build: 1000,
            sub_build: 0,
        }),
        encryption: Some(encryption),
        instance_matches: Some(true),
        mars: Some(false),
        ..Reply::default()
    };
    message(PacketType::REPLY, &reply.encode().expect("fits"))
}

/// A whole reply of these tokens.
pub fn tokens(bodies: &[tds::token::Body]) -> Vec<u8> {
    message(
        PacketType::REPLY,
        &tds::token::encode(bodies).expect("fits"),
    )
}

/// Numbers that look random and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 56) as u8
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }
}
