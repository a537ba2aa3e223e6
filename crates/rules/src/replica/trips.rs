//! Would a session have been lost, with a session time-out of one's own choice?

use model::lasting::{Loss, SessionGap};

/// A session that would have been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// When, since the run's start.
    pub at_us: u64,
    /// When another connect was established; absent when none was.
    pub until_us: Option<u64>,
    /// By an error that somebody reported, or by silence alone.
    pub loss: Loss,
    /// How long nothing was established in all.
    pub gap_us: u64,
    /// How much of that this host itself did not run.
    pub lag_us: u64,
}

impl Trip {
    /// How long the session would have been gone.
    #[must_use]
    pub fn lasts_us(&self) -> Option<u64> {
        Some(self.until_us?.saturating_sub(self.at_us))
    }
}

/// Each time that a session with this time-out would have been lost, in order. An error that was reported ends it at
/// once, silence after the time-out; what this host itself slept through is no silence.
#[must_use]
pub fn trips(gaps: &[SessionGap], timeout_us: u64) -> Vec<Trip> {
    gaps.iter()
        .filter_map(|gap| trip(gap, timeout_us))
        .collect()
}

fn trip(gap: &SessionGap, timeout_us: u64) -> Option<Trip> {
    let gap_us = gap.until_us.saturating_sub(gap.from_us);
    let silent_us = gap_us.saturating_sub(gap.lag_whole_us);
    let due_us = gap
        .from_us
        .saturating_add(timeout_us)
        .saturating_add(gap.lag_whole_us);
    let soft = (silent_us >= timeout_us).then_some((due_us, Loss::Soft));
    let hard = gap.said_us.map(|said| (said, Loss::Hard));
    let (at_us, loss) = [hard, soft]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)?;
    Some(Trip {
        at_us,
        until_us: (!gap.open).then_some(gap.until_us),
        loss,
        gap_us,
        lag_us: gap.lag_whole_us,
    })
}

#[cfg(test)]
mod tests {
    use super::trips;
    use model::FailureCode;
    use model::lasting::{Loss, SessionGap};
    use proptest::prelude::*;

    fn gap(from_us: u64, until_us: u64) -> SessionGap {
        SessionGap {
            from_us,
            until_us,
            open: false,
            failed: 1,
            code: Some(FailureCode::TcpTimeout),
            said_us: None,
            lag_max_us: 0,
            lag_whole_us: 0,
        }
    }

    #[test]
    fn silence_trips_at_the_time_out_and_not_before() {
        let gaps = [gap(1_000, 9_000), gap(20_000, 35_000)];
        assert!(trips(&gaps, 15_001).is_empty());
        let tripped = trips(&gaps, 10_000);
        assert_eq!(tripped.len(), 1);
        assert_eq!((tripped[0].at_us, tripped[0].loss), (30_000, Loss::Soft));
        assert_eq!(tripped[0].lasts_us(), Some(5_000));
        assert_eq!(trips(&gaps, 8_000).len(), 2);
    }

    #[test]
    fn what_is_reported_trips_at_once_and_what_was_slept_through_is_no_silence() {
        let said = SessionGap {
            said_us: Some(2_000),
            open: true,
            ..gap(1_000, 50_000)
        };
        let tripped = trips(&[said], 10_000);
        assert_eq!((tripped[0].at_us, tripped[0].loss), (2_000, Loss::Hard));
        assert_eq!(tripped[0].lasts_us(), None);
        let asleep = SessionGap {
            lag_whole_us: 6_000,
            ..gap(0, 15_000)
        };
        assert!(trips(std::slice::from_ref(&asleep), 10_000).is_empty());
        assert_eq!(trips(&[asleep], 9_000)[0].at_us, 15_000);
    }

    proptest! {
        #[test]
        fn a_longer_time_out_never_trips_more_nor_earlier(
            length in 0_u64..1_000,
            lag in 0_u64..1_000,
            said in prop::option::of(0_u64..1_000),
            short in 1_u64..1_000,
            more in 0_u64..1_000,
        ) {
            let one = [SessionGap {
                said_us: said.map(|after| after.min(length)),
                lag_whole_us: lag.min(length),
                ..gap(0, length)
            }];
            let (short, long) = (trips(&one, short), trips(&one, short + more));
            prop_assert!(long.len() <= short.len());
            if let Some(late) = long.first() {
                prop_assert!(short[0].at_us <= late.at_us);
                prop_assert!(late.at_us <= length);
            }
        }
    }
}
