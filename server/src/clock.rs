//! The wall clock, injected. Deadlines do not use it: they are monotonic (`runs/deadlines.rs`).

use chrono::{DateTime, Utc};
use std::sync::Mutex;
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time of day.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Makes ids that sort by the clock they are made by, and by order within one millisecond.
#[derive(Debug, Default)]
pub struct Ids {
    context: Mutex<ContextV7>,
}

impl Ids {
    /// A new id, UUIDv7.
    #[must_use]
    pub fn make(&self, now: DateTime<Utc>) -> Uuid {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self
            .context
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(
            &*context,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Ids, SystemClock};

    #[test]
    fn ids_ascend_within_one_instant() {
        let ids = Ids::default();
        let now = SystemClock.now();
        let made: Vec<_> = (0..1_000).map(|_| ids.make(now)).collect();
        assert!(made.is_sorted() && made.first() != made.last());
    }
}
