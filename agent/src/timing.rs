//! Every wait of the agent, in one place, so that tests can make them short.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

/// The agent's waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From one heartbeat to the next.
    pub heartbeat: Duration,
    /// Longest wait for the answer to a poll; the portal holds it open for 25 s.
    pub poll_longest: Duration,
    /// Bound of the first wait before a call is tried again.
    pub retry_first: Duration,
    /// Bound of every later one; it doubles from the first to here.
    pub retry_longest: Duration,
    /// How long a run that was told to end may take to say so, before it is dropped.
    pub cancel_grace: Duration,
    /// How long a failed login counts against the budget.
    pub login_window: Duration,
    /// How long it is tried to take away what a run left on a server; the secret is kept no longer.
    pub clean_longest: Duration,
    /// From one such try to the next.
    pub clean_again: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(3),
            poll_longest: Duration::from_secs(35),
            retry_first: Duration::from_millis(100),
            retry_longest: Duration::from_secs(10),
            cancel_grace: Duration::from_millis(1_500),
            login_window: Duration::from_secs(600),
            clean_longest: Duration::from_secs(24 * 3_600),
            clean_again: Duration::from_secs(60),
        }
    }
}

/// Waits between tries: each is anything between nothing and a bound that doubles (full jitter), so that many
/// agents that lost one portal do not come back together.
#[derive(Debug)]
pub(crate) struct Retry {
    builder: ExponentialBuilder,
    bounds: ExponentialBackoff,
}

impl Retry {
    pub(crate) fn new(timing: &Timing) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(timing.retry_first)
            .with_max_delay(timing.retry_longest)
            .without_max_times();
        Self {
            builder,
            bounds: builder.build(),
        }
    }

    /// It worked: the next wait is a first one again.
    pub(crate) fn reset(&mut self) {
        self.bounds = self.builder.build();
    }

    /// The next wait.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let bound = self.bounds.next().unwrap_or_default();
        bound.mul_f64(rand::random::<f64>())
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.next_wait()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Retry, Timing};
    use std::time::Duration;

    #[test]
    fn waits_stay_under_a_bound_that_doubles_and_start_again() {
        let timing = Timing {
            retry_first: Duration::from_millis(100),
            retry_longest: Duration::from_millis(800),
            ..Timing::default()
        };
        let mut retry = Retry::new(&timing);
        for _ in 0..2 {
            for bound in [100, 200, 400, 800, 800, 800] {
                assert!(retry.next_wait() <= Duration::from_millis(bound));
            }
            retry.reset();
        }
    }
}
