//! A small client that says bytes and looks at bytes.

use std::net::SocketAddr;
use std::time::Duration;
use tds::login7::Login;
use tds::packet::PacketType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything here takes when it works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A PRELOGIN request as a real client sent it, with the given ENCRYPTION byte: VERSION, ENCRYPTION, INSTOPT, THREADID, MARS.
pub(crate) fn prelogin(encryption: u8) -> Vec<u8> {
    let mut bytes = vec![
        0x12, 0x01, 0x00, 0x2F, 0x00, 0x00, 0x01, 0x00, // header, 47 bytes
        0x00, 0x00, 0x1A, 0x00, 0x06, // VERSION
        0x01, 0x00, 0x20, 0x00, 0x01, // ENCRYPTION
        0x02, 0x00, 0x21, 0x00, 0x01, // INSTOPT
        0x03, 0x00, 0x22, 0x00, 0x04, // THREADID
        0x04, 0x00, 0x26, 0x00, 0x01, // MARS
        0xFF, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];
    bytes.extend([encryption, 0x00, 0xB8, 0x0D, 0x00, 0x00, 0x01]);
    bytes
}

/// The start of a TLS ClientHello, wrapped as the classic conversation wraps it. What follows its record header is missing.
pub(crate) const HELLO: [u8; 13] = [
    0x12, 0x01, 0x00, 0x0D, 0, 0, 1, 0, 0x16, 0x03, 0x01, 0x02, 0x00,
];

/// LOGIN7 with the practice credentials, in packets.
pub(crate) fn login7(application: &str, password: &str) -> Vec<u8> {
    let login = Login {
        user_name: lab::USER,
        password,
        app_name: application,
        server_name: "localhost",
        database: "shop",
        ..Login::default()
    };
    let mut payload = Vec::new();
    tds::login7::encode(&login, &mut payload).unwrap();
    tds::packet::message(PacketType::LOGIN7, &payload)
}

/// A connection.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Says bytes to a peer that may already have closed.
    pub(crate) async fn try_say(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// The next packet: type and payload.
    pub(crate) async fn packet(&mut self) -> (u8, Vec<u8>) {
        let mut header = [0; 8];
        self.0.read_exact(&mut header).await.unwrap();
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let mut payload = vec![0; length - 8];
        self.0.read_exact(&mut payload).await.unwrap();
        (header[0], payload)
    }

    /// Says PRELOGIN and returns the ENCRYPTION byte of the reply.
    pub(crate) async fn prelogin(&mut self, encryption: u8) -> u8 {
        self.say(&prelogin(encryption)).await;
        let (kind, payload) = self.packet().await;
        assert_eq!(kind, 0x04);
        let reply = tds::prelogin::decode(&payload).unwrap();
        assert_eq!(reply.odd, []);
        assert_eq!(reply.instance_matches(), Some(true));
        reply.encryption().unwrap().0
    }

    /// Everything up to the end, which must be a FIN.
    pub(crate) async fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest))
            .await
            .expect("the lab closes")
            .expect("by FIN");
        rest
    }

    /// Stops talking; then everything up to the end. Silence is proven without waiting: the lab has seen all we said once it closes.
    pub(crate) async fn rest_after_fin(mut self) -> Vec<u8> {
        self.0.shutdown().await.unwrap();
        self.rest().await
    }

    /// How reading ends.
    pub(crate) async fn end(mut self) -> std::io::Result<usize> {
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest))
            .await
            .unwrap()
    }
}
