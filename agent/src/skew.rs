//! How far this host's wall clock is off the portal's while one run is made.
//!
//! When the two differ by more than a slow answer explains, the run's events carry the portal's time, so that logs from
//! several hosts can be read side by side; by how much it was off is told in the run's first event.

use chrono::{DateTime, TimeDelta, Utc};
use model::{AgentEvent, EventBody, Observation};

/// Less may be an answer that was long on its way: a poll's is waited for 35 s.
const LEAST: TimeDelta = TimeDelta::seconds(60);

/// One run's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skew {
    /// This host's clock is ahead by so much; 0 when it is near enough.
    ahead_ms: i64,
}

impl Skew {
    /// From this host's clock and the time that is believed, at one moment.
    pub(crate) fn between(own: DateTime<Utc>, believed: DateTime<Utc>) -> Self {
        let ahead = own.signed_duration_since(believed);
        let counts = ahead.abs() >= LEAST;
        Self::of(if counts { ahead.num_milliseconds() } else { 0 })
    }

    /// One that was written down.
    pub(crate) fn of(ahead_ms: i64) -> Self {
        Self { ahead_ms }
    }

    /// What to write down.
    pub(crate) fn ahead_ms(self) -> i64 {
        self.ahead_ms
    }

    /// A time of this host's, as the portal would tell it.
    pub(crate) fn corrected(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_sub_signed(TimeDelta::milliseconds(self.ahead_ms))
            .unwrap_or(at)
    }

    /// An event, as the portal's clock would tell it.
    pub(crate) fn tell(self, mut event: AgentEvent) -> AgentEvent {
        if self.ahead_ms == 0 {
            return event;
        }
        event.at = self.corrected(event.at);
        match &mut event.body {
            EventBody::RunStarted { clock_ahead_ms, .. } => *clock_ahead_ms = Some(self.ahead_ms),
            EventBody::Observed {
                observation: Observation::TraceId { at, .. },
                ..
            } => *at = self.corrected(*at),
            _ => {}
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use super::Skew;
    use chrono::{DateTime, TimeDelta, Utc};
    use model::{AgentEvent, EventBody};

    #[test]
    fn a_clock_that_is_plainly_wrong_is_corrected_and_told_of() {
        let noon: DateTime<Utc> = DateTime::from_timestamp(1_764_000_000, 0).expect("a time");
        for (off, taken) in [
            (TimeDelta::zero(), 0),
            (TimeDelta::seconds(35), 0),
            (TimeDelta::seconds(-35), 0),
            (TimeDelta::hours(2), 7_200_000),
            (TimeDelta::hours(-2), -7_200_000),
        ] {
            let here = noon + off;
            let skew = Skew::between(here, noon);
            assert_eq!(skew.ahead_ms(), taken, "{off}");
            let told = skew.tell(AgentEvent {
                at: here,
                elapsed_us: 1,
                body: EventBody::RunStarted {
                    agent_version: "1".to_owned(),
                    clock_ahead_ms: None,
                },
            });
            let corrected = taken != 0;
            assert_eq!(told.at, if corrected { noon } else { here }, "{off}");
            let EventBody::RunStarted { clock_ahead_ms, .. } = told.body else {
                panic!("another event");
            };
            assert_eq!(clock_ahead_ms, corrected.then_some(taken), "{off}");
        }
    }
}
