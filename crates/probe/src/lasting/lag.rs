//! How late this process runs: a timer that should have fired by now. What a host does not give to this process, no
//! network took.
//!
//! The timer shares its task with what it stands beside, so whatever delays the one delays the other.

use crate::record::micros_between;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often the timer fires: 20 times a second cost next to nothing.
const TICK: Duration = Duration::from_millis(50);
/// Less is the timer's own coarseness.
const LEAST_US: u64 = 20_000;
/// So many latenesses are remembered, and for so long at most.
const MOST: usize = 4_096;

/// What was late, and when it was noticed.
pub(crate) struct Lag(Mutex<State>);

struct State {
    due: Instant,
    late: VecDeque<(Instant, u64)>,
}

impl Lag {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::begun(Instant::now())))
    }

    /// Measures for ever.
    pub(crate) async fn watch(&self) -> ! {
        loop {
            let due = self.state().due;
            sleep_until(due).await;
            self.state().fired(Instant::now());
        }
    }

    /// The worst since then, and all of it together; what is late right now included.
    pub(crate) fn since(&self, then: Instant) -> Late {
        self.state().since(then, Instant::now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begun(now: Instant) -> Self {
        Self {
            due: now + TICK,
            late: VecDeque::new(),
        }
    }

    fn since(&mut self, then: Instant, now: Instant) -> Late {
        if now >= self.due + Duration::from_micros(LEAST_US) {
            self.fired(now);
        }
        let late = self.late.iter().filter(|(at, _)| *at >= then);
        // What began before is not counted as a whole.
        let late = late.map(|(at, us)| (*us).min(micros_between(then, *at)));
        late.fold(Late::default(), |all, us| Late {
            worst_us: all.worst_us.max(us),
            whole_us: all.whole_us.saturating_add(us),
        })
    }

    fn fired(&mut self, now: Instant) {
        let late_us = micros_between(self.due, now);
        if late_us >= LEAST_US {
            if self.late.len() >= MOST {
                self.late.pop_front();
            }
            self.late.push_back((now, late_us));
        }
        self.due = now + TICK;
    }
}

/// How late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) worst_us: u64,
    pub(crate) whole_us: u64,
}

#[cfg(test)]
mod tests {
    use super::{Late, State, TICK};
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn a_timer_in_time_is_not_late() {
        let then = Instant::now();
        let mut lag = State::begun(then);
        let mut now = then;
        for _ in 0..40 {
            now = lag.due + Duration::from_millis(1);
            lag.fired(now);
        }
        assert_eq!(lag.since(then, now + TICK), Late::default());
    }

    #[test]
    fn what_did_not_run_is_late_even_before_the_timer_says_so() {
        let then = Instant::now();
        let mut lag = State::begun(then);
        let later = then + Duration::from_secs(3);
        assert_eq!(lag.since(then, later).worst_us, 2_950_000);
        let later = later + Duration::from_secs(1);
        assert_eq!(lag.since(then, later).whole_us, 2_950_000 + 950_000);
        // Of what began before the question, only the part after it counts.
        assert_eq!(lag.since(later, later), Late::default());
    }
}
