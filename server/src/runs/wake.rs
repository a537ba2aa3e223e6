//! Who waits for what: readers for a run's next event, agents for work.
//!
//! A wake-up carries no data. Whoever is woken reads the store again, so a wake-up that comes twice or in
//! vain does no harm, and several portals could share one database by waking each other.

use model::{AgentId, RunId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

type Waiting<K> = Arc<Mutex<HashMap<K, watch::Sender<u64>>>>;

/// The waiting rooms.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    runs: Waiting<RunId>,
    agents: Waiting<AgentId>,
}

impl Wake {
    /// From now on, every change of this run's log is noticed.
    #[must_use]
    pub fn reader(&self, run: RunId) -> Waiter<RunId> {
        Waiter::new(&self.runs, run)
    }

    /// From now on, all work for this agent is noticed.
    #[must_use]
    pub fn worker(&self, agent: AgentId) -> Waiter<AgentId> {
        Waiter::new(&self.agents, agent)
    }

    /// A run's log or state changed.
    pub fn run_changed(&self, run: RunId) {
        wake(&self.runs, run);
    }

    /// There is work for an agent, or a cancel.
    pub fn agent_has_work(&self, agent: AgentId) {
        wake(&self.agents, agent);
    }
}

fn lock<K>(waiting: &Waiting<K>) -> MutexGuard<'_, HashMap<K, watch::Sender<u64>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake<K: Eq + Hash>(waiting: &Waiting<K>, key: K) {
    if let Some(sender) = lock(waiting).get(&key) {
        sender.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// A place in a waiting room; given back when dropped.
#[derive(Debug)]
pub struct Waiter<K: Eq + Hash + Copy> {
    receiver: watch::Receiver<u64>,
    room: Waiting<K>,
    key: K,
}

impl<K: Eq + Hash + Copy> Waiter<K> {
    fn new(room: &Waiting<K>, key: K) -> Self {
        let receiver = lock(room)
            .entry(key)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe();
        Self {
            receiver,
            room: Arc::clone(room),
            key,
        }
    }

    /// Whether [`Waiter::changed`] would return at once; the change stays due.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.receiver.has_changed().unwrap_or_default()
    }

    /// What has come so far is known.
    pub fn seen(&mut self) {
        self.receiver.mark_unchanged();
    }

    /// Returns after the next change since the last call (or since the start); at once, when it has
    /// already come.
    pub async fn changed(&mut self) {
        // The sender lives in the room for as long as this place is taken.
        let _ = self.receiver.changed().await;
    }
}

impl<K: Eq + Hash + Copy> Drop for Waiter<K> {
    fn drop(&mut self) {
        let mut room = lock(&self.room);
        let last = room
            .get(&self.key)
            .is_some_and(|sender| sender.receiver_count() <= 1);
        if last {
            room.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wake, lock};
    use futures::FutureExt;
    use model::RunId;

    #[test]
    fn a_change_before_the_wait_is_not_missed_and_an_empty_room_is_closed() {
        let wake = Wake::default();
        let run = RunId(uuid::Uuid::from_u128(7));
        let mut first = wake.reader(run);
        let mut second = wake.reader(run);
        wake.run_changed(run);
        assert!(first.changed().now_or_never().is_some());
        assert!(first.changed().now_or_never().is_none(), "only once");
        assert!(second.changed().now_or_never().is_some());
        drop(first);
        assert_eq!(lock(&wake.runs).len(), 1);
        drop(second);
        assert!(lock(&wake.runs).is_empty());
        wake.run_changed(run);
    }
}
