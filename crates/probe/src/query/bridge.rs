//! Between the driver and a connection that is already encrypted: the driver's own PRELOGIN is answered here
//! ("no encryption", true of a pipe in memory), everything after it goes through unchanged.
//!
//! What a server can send through is bounded, so a driver that trusts lengths cannot be made to grow.

use crate::stream::Duplex;
use std::io;
use tds::packet::{PacketType, message};
use tds::prelogin::{Encryption, Reply, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy};

/// Bytes that wait in memory, each way.
pub(super) const BUFFER: usize = 64 * 1024;
/// Bytes that a server may send in all.
const MOST_FROM_SERVER: u64 = 1024 * 1024;
/// Bytes of a packet's header.
const HEADER: usize = 8;

/// Carries until either side ends. `fed_auth` is what the server's own PRELOGIN says of it.
pub(super) async fn carry(
    mut near: DuplexStream,
    io: &mut Box<dyn Duplex>,
    fed_auth: Option<bool>,
) {
    if let Err(error) = pass(&mut near, io, fed_auth).await {
        tracing::debug!(%error, "the driver's connection ended");
    }
}

async fn pass(
    near: &mut DuplexStream,
    io: &mut Box<dyn Duplex>,
    fed_auth: Option<bool>,
) -> io::Result<()> {
    answer_prelogin(near, fed_auth).await?;
    let (mut from_server, mut to_server) = tokio::io::split(io);
    let (mut from_driver, mut to_driver) = tokio::io::split(near);
    let mut bounded = (&mut from_server).take(MOST_FROM_SERVER);
    let inward = async {
        copy(&mut bounded, &mut to_driver).await?;
        to_driver.shutdown().await
    };
    let outward = async {
        copy(&mut from_driver, &mut to_server).await?;
        Ok(())
    };
    tokio::select! {
        ended = inward => ended,
        ended = outward => ended,
    }
}

async fn answer_prelogin(near: &mut DuplexStream, fed_auth: Option<bool>) -> io::Result<()> {
    let mut header = [0; HEADER];
    near.read_exact(&mut header).await?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let mut payload = vec![0; length.saturating_sub(HEADER)];
    near.read_exact(&mut payload).await?;
    let reply = Reply {
        version: Some(Version::default()),
        encryption: Some(Encryption::NOT_SUPPORTED),
        instance_matches: Some(true),
        mars: Some(false),
        fed_auth_required: fed_auth,
        ..Reply::default()
    };
    let payload = reply.encode().map_err(io::Error::other)?;
    near.write_all(&message(PacketType::REPLY, &payload)).await
}
