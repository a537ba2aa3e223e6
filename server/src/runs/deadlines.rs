//! What is due when: runs that nobody claims, leases that nobody renews, cancels that nobody follows.
//!
//! Deadlines live in memory, on the monotonic clock: a portal that was down, or whose wall clock jumped, has
//! them start again ([`Deadlines::set`] at start-up), so its downtime counts against nobody.

use super::lifecycle::Input;
use model::RunId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Which deadline of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// Nobody claimed it.
    Claim,
    /// The lease was not renewed.
    Renewal,
    /// The agent did not end it after a cancel.
    Cancel,
}

impl Due {
    /// What it is to the run's life.
    #[must_use]
    pub fn input(self) -> Input {
        match self {
            Self::Claim => Input::NoAgent,
            Self::Renewal => Input::LeaseExpired,
            Self::Cancel => Input::CancelOverdue,
        }
    }
}

/// All deadlines.
#[derive(Debug, Default)]
pub struct Deadlines {
    at: Mutex<HashMap<(RunId, Due), Instant>>,
    sooner: Notify,
}

impl Deadlines {
    fn lock(&self) -> MutexGuard<'_, HashMap<(RunId, Due), Instant>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Due after this long, instead of when it was due before.
    pub fn set(&self, run: RunId, due: Due, after: Duration) {
        self.lock().insert((run, due), Instant::now() + after);
        self.sooner.notify_one();
    }

    /// Due after this long, unless it is already due at some time.
    pub fn start(&self, run: RunId, due: Due, after: Duration) {
        self.lock()
            .entry((run, due))
            .or_insert_with(|| Instant::now() + after);
        self.sooner.notify_one();
    }

    /// Not due any more.
    pub fn clear(&self, run: RunId, due: Due) {
        self.lock().remove(&(run, due));
    }

    /// How long until then; zero when it is not set.
    #[must_use]
    pub fn left(&self, run: RunId, due: Due) -> Duration {
        self.lock().get(&(run, due)).map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(Instant::now())
        })
    }

    /// Waits for the next one and takes it out.
    pub async fn next(&self) -> (RunId, Due) {
        loop {
            let soonest = self
                .lock()
                .iter()
                .min_by_key(|(_, at)| **at)
                .map(|(key, at)| (*key, *at));
            match soonest {
                None => self.sooner.notified().await,
                Some((key, at)) if at <= Instant::now() => {
                    // Only when it was not moved meanwhile.
                    let mut all = self.lock();
                    if all.get(&key) == Some(&at) {
                        all.remove(&key);
                        return key;
                    }
                }
                Some((_, at)) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = self.sooner.notified() => {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadlines, Due};
    use model::RunId;
    use std::time::Duration;

    fn run(number: u128) -> RunId {
        RunId(uuid::Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn the_soonest_comes_first_and_a_renewed_one_waits_anew() {
        let ms = Duration::from_millis;
        let deadlines = Deadlines::default();
        deadlines.set(run(1), Due::Renewal, ms(30));
        deadlines.set(run(2), Due::Claim, ms(20));
        deadlines.set(run(3), Due::Cancel, ms(10));
        deadlines.clear(run(3), Due::Cancel);
        deadlines.set(run(2), Due::Claim, ms(60));
        deadlines.start(run(2), Due::Claim, ms(1));
        assert!(deadlines.left(run(2), Due::Claim) > ms(30));
        assert_eq!(deadlines.next().await, (run(1), Due::Renewal));
        assert_eq!(deadlines.next().await, (run(2), Due::Claim));
        assert_eq!(deadlines.left(run(2), Due::Claim), Duration::ZERO);
    }

    #[tokio::test]
    async fn one_that_is_set_while_waiting_is_noticed() {
        let deadlines = Deadlines::default();
        let waiting = deadlines.next();
        let setting = async { deadlines.set(run(9), Due::Claim, Duration::from_millis(5)) };
        let (due, ()) = tokio::join!(waiting, setting);
        assert_eq!(due, (run(9), Due::Claim));
    }
}
