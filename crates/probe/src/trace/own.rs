//! Which packets are the run's own: of its sockets, by both ends, and its questions to resolvers, by their name.
//!
//! The engine says what it is about to reach before it does, and which socket it was as soon as the system has
//! given it a port. In between, packets of that peer are undecided: they may be another program's.

use super::packet::{Flow, Load, Packet};
use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sockets of one run.
const MOST_SOCKETS: usize = 8_192;
/// Peers, resolvers and names of one run.
const MOST_PEERS: usize = 2_048;

/// Is told every address that the run talks to from now on.
pub(crate) type Tell = Box<dyn Fn(&BTreeSet<IpAddr>) + Send + Sync>;

/// Whose packet it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Of this connection of ours, named from our end.
    Socket {
        flow: Flow,
        outgoing: bool,
    },
    /// A question of ours to a resolver, or its answer.
    Name,
    /// Nobody knows yet.
    Undecided,
    Foreign,
}

/// What a run talks to. Knows nothing as long as nobody records.
#[derive(Default)]
pub(crate) struct Own(Mutex<Known>);

#[derive(Default)]
struct Known {
    tell: Option<Tell>,
    addresses: BTreeSet<IpAddr>,
    peers: HashSet<SocketAddr>,
    sockets: HashSet<Flow>,
    resolvers: HashSet<SocketAddr>,
    names: HashSet<String>,
    /// Counts what became known.
    news: u64,
}

impl Own {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is recorded.
    pub(crate) fn record(&self, tell: Tell) {
        let mut known = self.known();
        tell(&known.addresses);
        known.tell = Some(tell);
    }

    /// Nothing is recorded any more.
    pub(crate) fn end(&self) {
        self.known().tell = None;
    }

    /// Whether anybody records.
    pub(crate) fn is_recorded(&self) -> bool {
        self.known().tell.is_some()
    }

    /// A connect to that endpoint is about to begin.
    pub(crate) fn reaches(&self, endpoint: SocketAddr) {
        let mut known = self.known();
        if known.tell.is_some() && known.peers.len() < MOST_PEERS {
            known.peers.insert(endpoint);
            known.talks_to(endpoint.ip());
        }
    }

    /// A socket of ours has this end.
    pub(crate) fn has(&self, local: SocketAddr, endpoint: SocketAddr) {
        let mut known = self.known();
        if known.tell.is_some() && known.sockets.len() < MOST_SOCKETS {
            known.sockets.insert(Flow {
                from: local,
                to: endpoint,
            });
            known.news += 1;
        }
    }

    /// That resolver is about to be asked.
    pub(crate) fn asks(&self, resolver: SocketAddr) {
        let mut known = self.known();
        if known.tell.is_some() && known.resolvers.len() < MOST_PEERS {
            known.resolvers.insert(resolver);
            known.talks_to(resolver.ip());
        }
    }

    /// That name is about to be asked for.
    pub(crate) fn looks_up(&self, name: &str) {
        let mut known = self.known();
        if known.tell.is_some() && known.names.len() < MOST_PEERS {
            let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
            known.names.insert(name);
        }
    }

    /// Changes when a packet that was undecided may be decided.
    pub(crate) fn news(&self) -> u64 {
        self.known().news
    }

    pub(crate) fn whose(&self, packet: &Packet<'_>) -> Whose {
        let known = self.known();
        match &packet.load {
            Load::Tcp(segment) => known.of_flow(segment.flow),
            Load::Udp { flow, payload } => match known.of_flow(*flow) {
                Whose::Socket { flow, outgoing } => Whose::Socket { flow, outgoing },
                _ if known.is_name(*flow, payload) => Whose::Name,
                _ => Whose::Foreign,
            },
            Load::Icmp(icmp) => match icmp.about.map(|about| known.of_flow(about)) {
                Some(Whose::Socket { flow, outgoing }) => Whose::Socket {
                    flow,
                    outgoing: !outgoing,
                },
                Some(Whose::Undecided) => Whose::Undecided,
                _ => Whose::Foreign,
            },
            Load::Other => Whose::Foreign,
        }
    }
}

impl Known {
    fn talks_to(&mut self, address: IpAddr) {
        if self.addresses.insert(address)
            && let Some(tell) = &self.tell
        {
            tell(&self.addresses);
        }
    }

    fn of_flow(&self, flow: Flow) -> Whose {
        if self.sockets.contains(&flow) {
            return Whose::Socket {
                flow,
                outgoing: true,
            };
        }
        if self.sockets.contains(&flow.reversed()) {
            return Whose::Socket {
                flow: flow.reversed(),
                outgoing: false,
            };
        }
        if self.peers.contains(&flow.to) || self.peers.contains(&flow.from) {
            return Whose::Undecided;
        }
        Whose::Foreign
    }

    fn is_name(&self, flow: Flow, payload: &[u8]) -> bool {
        let known = self.resolvers.contains(&flow.to) || self.resolvers.contains(&flow.from);
        known
            && question(payload).is_some_and(|asked| self.names.iter().any(|name| is(&asked, name)))
    }
}

/// Whether that name was asked for, as it is or with a suffix of the system's.
fn is(asked: &str, name: &str) -> bool {
    asked
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The name that a message of DNS asks for, in lower case.
fn question(message: &[u8]) -> Option<String> {
    let mut rest = message.get(12..)?;
    let mut name = String::new();
    while let [length @ 1..=63, after @ ..] = rest {
        let label = after.get(..usize::from(*length))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
        if name.len() > 512 {
            return None;
        }
        rest = after.get(usize::from(*length)..)?;
    }
    (rest.first() == Some(&0)).then_some(name)
}
