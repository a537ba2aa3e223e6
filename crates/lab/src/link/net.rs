//! The network between the two servers: which name and port leads to which port of loopback. Nothing else is reached.

use crate::ports;
use socket2::Socket;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// The port of mirroring endpoints, as everybody names it.
const MIRRORING_PORT: u16 = 5022;
/// Longest that one connect may take.
const LIMIT: Duration = Duration::from_secs(5);
const BACKLOG: i32 = 16;

/// Names and ports of one lab.
#[derive(Debug, Default)]
pub(crate) struct Net(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    instances: BTreeMap<&'static str, InstancePorts>,
    /// Of each endpoint, by the port that it was given: where it really is, and where the instance comes to.
    endpoints: BTreeMap<u16, (u16, u16)>,
}

/// Where an instance listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstancePorts {
    /// Its mirroring endpoint.
    pub(crate) mirroring: u16,
    /// Its node's port for replication.
    pub(crate) hadr: u16,
}

/// Somebody who accepts and closes, until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) port: u16,
    pub(crate) addresses: Vec<SocketAddr>,
    _tasks: Vec<AbortOnDropHandle<()>>,
    /// Kept, so that nobody else has the port.
    _refusing: Vec<Socket>,
}

/// Listens on a port, any when this one is not to be had; `open`: else it only refuses.
pub(crate) fn listen(port: u16, open: bool) -> io::Result<Listening> {
    let bound = match ports::bind(port, open) {
        Err(_) if port != 0 => ports::bind(0, open)?,
        bound => bound?,
    };
    let mut listening = Listening {
        port: bound.port,
        addresses: bound.sockets.iter().map(|(address, _)| *address).collect(),
        _tasks: Vec::new(),
        _refusing: Vec::new(),
    };
    for (_, socket) in bound.sockets {
        if !open {
            listening._refusing.push(socket);
            continue;
        }
        socket.set_nonblocking(true)?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into())?;
        let task = tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        listening._tasks.push(AbortOnDropHandle::new(task));
    }
    Ok(listening)
}

impl Net {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_instance(&self, name: &'static str, ports: InstancePorts) {
        self.state().instances.insert(name, ports);
    }

    pub(super) fn instance(&self, name: &str) -> Option<InstancePorts> {
        self.state().instances.get(name).copied()
    }

    pub(super) fn add_endpoint(&self, given: u16, really: u16, for_instance: u16) {
        let mut state = self.state();
        state.endpoints.insert(given, (really, for_instance));
    }

    pub(super) fn remove_endpoint(&self, given: u16) {
        self.state().endpoints.remove(&given);
    }

    /// Where a name and a port lead. Nodes are below their instance's name.
    fn way(&self, host: &str, port: u16, is_instance: bool) -> Option<SocketAddr> {
        let state = self.state();
        let found = state.instances.iter().find(|(name, _)| {
            host == **name
                || host
                    .strip_suffix(**name)
                    .is_some_and(|node| node.ends_with('.'))
        });
        if let Some((_, ports)) = found {
            let port = if port == MIRRORING_PORT {
                ports.mirroring
            } else {
                port
            };
            return Some((Ipv4Addr::LOCALHOST, port).into());
        }
        let ip = match host {
            "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
            other => other.parse().ok()?,
        };
        if !ip.is_loopback() {
            return None;
        }
        let port = match state.endpoints.get(&port) {
            Some((_, for_instance)) if is_instance => *for_instance,
            Some((really, _)) => *really,
            None => port,
        };
        Some((ip, port).into())
    }

    /// Connects, as one of the two servers; the address, where the name leads anywhere, and whether it connected.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        is_instance: bool,
    ) -> (Option<IpAddr>, bool) {
        let Some(address) = self.way(host, port, is_instance) else {
            return (None, false);
        };
        let connected = timeout(LIMIT, TcpStream::connect(address)).await;
        (Some(address.ip()), matches!(connected, Ok(Ok(_))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_lead_to_loopback_and_nowhere_else() {
        let net = Net::default();
        let open = listen(0, true).unwrap();
        let shut = listen(0, false).unwrap();
        let ports = InstancePorts {
            mirroring: open.port,
            hadr: shut.port,
        };
        net.add_instance("mi.localhost", ports);
        net.add_endpoint(5022, open.port, shut.port);
        let here = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
        for (host, port, is_instance, expected) in [
            ("mi.localhost", 5022, false, (here, true)),
            ("db1.mi.localhost", shut.port, false, (here, false)),
            ("localhost", 5022, false, (here, true)),
            ("127.0.0.1", 5022, true, (here, false)),
            ("notmi.localhost", 5022, false, (None, false)),
            ("192.0.2.1", 80, true, (None, false)),
        ] {
            assert_eq!(
                net.connect(host, port, is_instance).await,
                expected,
                "{host}:{port}"
            );
        }
        net.remove_endpoint(5022);
        let port = open.port;
        drop(open);
        tokio::task::yield_now().await;
        assert!(!net.connect("localhost", port, false).await.1);
    }
}
