//! Connecting a socket whose own end is known before the first answer.

use super::own::Own;
use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Connects. While the run is recorded, the recording is told the peer before, and the socket's own port as soon as
/// the system has chosen it: also that of a connect that fails. Segments are held to `segment` bytes, both ways.
///
/// # Errors
/// The system's; `Unsupported` where it cannot hold segments to a size.
pub(crate) async fn connect(
    endpoint: SocketAddr,
    own: &Own,
    segment: Option<u32>,
) -> io::Result<TcpStream> {
    if own.is_recorded() {
        own.reaches(endpoint);
    } else if segment.is_none() {
        return TcpStream::connect(endpoint).await;
    }
    told(endpoint, own, segment).await
}

async fn told(endpoint: SocketAddr, own: &Own, segment: Option<u32>) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(endpoint),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if let Some(segment) = segment {
        // Before connecting, so that the other end is told.
        socket.set_tcp_mss(segment)?;
    }
    socket.set_nonblocking(true)?;
    let begun = socket.connect(&endpoint.into());
    if let Some(local) = socket.local_addr().ok().and_then(|local| local.as_socket()) {
        own.has(local, endpoint);
    }
    match begun {
        Err(error) if error.raw_os_error() != Some(Errno::EINPROGRESS as i32) => return Err(error),
        _ => {}
    }
    let stream = TcpStream::from_std(socket.into())?;
    stream.writable().await?;
    match stream.take_error()? {
        Some(error) => Err(error),
        None => Ok(stream),
    }
}
