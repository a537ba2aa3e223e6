//! Binding one port on both loopback addresses.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Free ports that are tried until one is free on both addresses.
const TRIES: usize = 64;

/// A port bound on 127.0.0.1 and, where the host has it, on ::1; nothing listens yet.
#[derive(Debug)]
pub(crate) struct Bound {
    /// The port.
    pub(crate) port: u16,
    /// A socket for each address.
    pub(crate) sockets: Vec<(SocketAddr, Socket)>,
}

/// Binds a port; 0 = any that is free on both addresses. `reuse` takes a fixed port over from connections that linger after an
/// earlier listener; it is wrong for a port that must stay reserved without listening.
pub(crate) fn bind(port: u16, reuse: bool) -> io::Result<Bound> {
    let tries = if port == 0 { TRIES } else { 1 };
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..tries {
        match bind_both(port, reuse && port != 0) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            other => return other,
        }
    }
    Err(last)
}

fn bind_both(port: u16, reuse: bool) -> io::Result<Bound> {
    let (v4, v4_socket) = bind_one(Ipv4Addr::LOCALHOST.into(), port, reuse)?;
    let mut sockets = vec![(v4, v4_socket)];
    match bind_one(Ipv6Addr::LOCALHOST.into(), v4.port(), reuse) {
        Ok(v6) => sockets.push(v6),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
        Err(error) => tracing::debug!(%error, "no ::1 here, 127.0.0.1 only"),
    }
    Ok(Bound {
        port: v4.port(),
        sockets,
    })
}

fn bind_one(ip: IpAddr, port: u16, reuse: bool) -> io::Result<(SocketAddr, Socket)> {
    let address = SocketAddr::new(ip, port);
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if ip.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if reuse && cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    let address = socket
        .local_addr()?
        .as_socket()
        .ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((address, socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_port_on_every_address() {
        let bound = bind(0, false).unwrap();
        assert_ne!(bound.port, 0);
        assert!(
            bound
                .sockets
                .iter()
                .all(|(address, _)| address.port() == bound.port)
        );
        assert!(
            bound
                .sockets
                .iter()
                .all(|(address, _)| address.ip().is_loopback())
        );
    }

    #[test]
    fn a_bound_port_cannot_be_had_again() {
        let bound = bind(0, false).unwrap();
        assert_eq!(
            bind(bound.port, true).unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
    }
}
