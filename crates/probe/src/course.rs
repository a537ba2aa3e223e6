//! What the run's own login came to, noted for the steps that come after it.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the last login of the run's own path ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Accepted.
    In,
    /// Refused: number and state of each ERROR token, in order.
    Refused(Vec<(i32, u8)>),
    /// The connection failed, or the token was not to be had.
    ToNothing,
}

/// How far the run's own path has got.
#[derive(Default)]
pub(crate) struct Course(Mutex<State>);

#[derive(Default)]
struct State {
    reached: Option<SocketAddr>,
    came: Option<Came>,
}

impl Course {
    /// An endpoint took a connection.
    pub(crate) fn note_reached(&self, endpoint: SocketAddr) {
        self.state().reached.get_or_insert(endpoint);
    }

    /// A login ended.
    pub(crate) fn note(&self, came: Came) {
        self.state().came = Some(came);
    }

    /// The first endpoint that took a connection.
    pub(crate) fn reached(&self) -> Option<SocketAddr> {
        self.state().reached
    }

    /// How the last login ended; `None` when there was none.
    pub(crate) fn came(&self) -> Option<Came> {
        self.state().came.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
