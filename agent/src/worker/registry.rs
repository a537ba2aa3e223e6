//! The leases that are not yet wholly with the portal.
//!
//! ```text
//! enter ──▶ probing ──probe over──▶ handing over ──last event stored──▶ gone
//!              └────────cancel (once)────┘      └──portal refuses──▶ given up: known, so never made again
//! ```

use model::LeaseId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Leases remembered after their end, so that a late word about them is not news.
const REMEMBERED: usize = 256;

#[derive(Debug)]
struct Held {
    cancel: CancellationToken,
    probing: bool,
}

#[derive(Debug, Default)]
struct State {
    held: BTreeMap<LeaseId, Held>,
    given_up: VecDeque<LeaseId>,
    cancelled: VecDeque<LeaseId>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    state: Mutex<State>,
    freed: Notify,
}

impl Registry {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lease in; `None` when it is known already.
    pub(crate) fn enter(&self, lease: LeaseId, probing: bool) -> Option<CancellationToken> {
        let mut state = self.state();
        if state.held.contains_key(&lease) || state.given_up.contains(&lease) {
            return None;
        }
        let cancel = CancellationToken::new();
        let held = Held {
            cancel: cancel.clone(),
            probing,
        };
        state.held.insert(lease, held);
        Some(cancel)
    }

    /// Every run is to end.
    pub(crate) fn cancel_all(&self) {
        for lease in self.held() {
            self.cancel(lease);
        }
    }

    /// Its probe is over; another run can be taken.
    pub(crate) fn probed(&self, lease: LeaseId) {
        if let Some(held) = self.state().held.get_mut(&lease) {
            held.probing = false;
        }
        self.freed.notify_one();
    }

    /// Its last event is stored.
    pub(crate) fn leave(&self, lease: LeaseId) {
        self.state().held.remove(&lease);
        self.freed.notify_one();
    }

    /// The portal will not have its events, or the disk will not take them.
    pub(crate) fn give_up(&self, lease: LeaseId) {
        let mut state = self.state();
        if let Some(held) = state.held.remove(&lease) {
            held.cancel.cancel();
        }
        remember(&mut state.given_up, lease);
        drop(state);
        self.freed.notify_one();
    }

    /// The portal wants its run to end.
    pub(crate) fn cancel(&self, lease: LeaseId) {
        let mut state = self.state();
        if let Some(held) = state.held.get(&lease) {
            held.cancel.cancel();
        }
        remember(&mut state.cancelled, lease);
    }

    /// Leases to renew.
    pub(crate) fn held(&self) -> Vec<LeaseId> {
        self.state().held.keys().copied().collect()
    }

    /// Leases that need not be claimed again.
    pub(crate) fn known(&self) -> Vec<LeaseId> {
        let state = self.state();
        state.held.keys().chain(&state.given_up).copied().collect()
    }

    /// Leases whose cancel is known.
    pub(crate) fn cancelled(&self) -> Vec<LeaseId> {
        self.state().cancelled.iter().copied().collect()
    }

    /// Runs being made now.
    pub(crate) fn probing(&self) -> usize {
        self.state()
            .held
            .values()
            .filter(|held| held.probing)
            .count()
    }

    /// Returns when a lease was freed since the last time.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }
}

fn remember(leases: &mut VecDeque<LeaseId>, lease: LeaseId) {
    if leases.contains(&lease) {
        return;
    }
    if leases.len() == REMEMBERED {
        leases.pop_front();
    }
    leases.push_back(lease);
}

#[cfg(test)]
mod tests {
    use super::Registry;
    use model::LeaseId;
    use uuid::Uuid;

    #[test]
    fn a_lease_is_taken_once_cancelled_and_left() {
        let registry = Registry::default();
        let [one, two] = [1, 2].map(|number| LeaseId(Uuid::from_u128(number)));
        let token = registry.enter(one, true).expect("new");
        assert!(registry.enter(one, true).is_none());
        registry.enter(two, true).expect("new");
        assert_eq!(registry.probing(), 2);
        registry.cancel(one);
        registry.cancel(one);
        assert!(token.is_cancelled());
        assert_eq!(registry.cancelled(), [one]);
        registry.probed(one);
        assert_eq!((registry.probing(), registry.held().len()), (1, 2));
        registry.leave(one);
        registry.give_up(two);
        assert!(registry.held().is_empty());
        assert_eq!(registry.known(), [two]);
        assert!(registry.enter(two, true).is_none(), "never made again");
    }
}
