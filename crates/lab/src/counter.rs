//! What clients did to a scenario, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What clients did to a scenario since the lab started, its second port included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counter {
    /// TCP connections accepted.
    pub connections: u64,
    /// PRELOGIN requests read.
    pub prelogins: u64,
    /// TLS handshakes finished.
    pub tls_handshakes: u64,
    /// LOGIN7 messages read, in clear or not, well-formed or not.
    pub logins: u64,
    /// Logins that were let in.
    pub accepted: u64,
    /// SQL batches and remote calls read.
    pub requests: u64,
    /// Connections cut off for going past a limit or for making no sense.
    pub cut_off: u64,
}

/// The same while it is being counted.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) connections: AtomicU64,
    pub(crate) prelogins: AtomicU64,
    pub(crate) tls_handshakes: AtomicU64,
    pub(crate) logins: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) cut_off: AtomicU64,
}

/// One more.
pub(crate) fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Relaxed);
}

impl Counting {
    pub(crate) fn read(&self) -> Counter {
        let get = |what: &AtomicU64| what.load(Ordering::Relaxed);
        Counter {
            connections: get(&self.connections),
            prelogins: get(&self.prelogins),
            tls_handshakes: get(&self.tls_handshakes),
            logins: get(&self.logins),
            accepted: get(&self.accepted),
            requests: get(&self.requests),
            cut_off: get(&self.cut_off),
        }
    }
}
