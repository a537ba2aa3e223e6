//! What was recorded: when each operation began, how long it took, how it ended.

use super::transient::number_of;
use model::FailureCode;
use model::lasting::{Clocked, LoopMinute};

/// More operations than this are counted and not kept.
pub const MOST_OPERATIONS: usize = 250_000;
/// More ways to fail than this are not told apart.
const MOST_KINDS: usize = 500;

/// A way to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// As the loop saw it.
    pub code: FailureCode,
    /// As an application sees it; absent when it has none.
    pub number: Option<i32>,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Start, since the run's start.
    pub started_us: u64,
    /// To its end, however it ended.
    pub elapsed_us: u64,
    /// Place in [`Timeline::kinds`]; absent when it worked.
    pub failed: Option<u32>,
}

impl Operation {
    pub(super) fn ended_us(&self) -> u64 {
        self.started_us.saturating_add(self.elapsed_us)
    }
}

/// Every operation, in the order they began.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    operations: Vec<Operation>,
    kinds: Vec<Failed>,
    until_us: u64,
    left_out: u64,
}

impl Timeline {
    /// Takes what one minute of a loop came to.
    pub fn take(&mut self, minute: &LoopMinute) {
        let from = self.operations.len();
        self.add(&minute.worked, None);
        for alike in &minute.failed {
            let kind = self.kind(&alike.code, alike.number);
            self.add(&alike.times, Some(kind));
        }
        self.settle(from);
    }

    /// Takes one operation.
    pub fn push(&mut self, started_us: u64, elapsed_us: u64, failed: Option<Failed>) {
        let from = self.operations.len();
        let failed = failed.map(|failed| self.kind(&failed.code, failed.number));
        self.keep(Operation {
            started_us,
            elapsed_us,
            failed,
        });
        self.settle(from);
    }

    fn add(&mut self, times: &Clocked, failed: Option<u32>) {
        for (started_ms, elapsed_us) in times.started_ms.iter().zip(&times.elapsed_us) {
            self.keep(Operation {
                started_us: started_ms.saturating_mul(1_000),
                elapsed_us: *elapsed_us,
                failed,
            });
        }
    }

    fn keep(&mut self, operation: Operation) {
        if self.operations.len() >= MOST_OPERATIONS {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.until_us = self.until_us.max(operation.ended_us());
        self.operations.push(operation);
    }

    fn kind(&mut self, code: &FailureCode, server: Option<i32>) -> u32 {
        let number = number_of(code, server);
        let same = |kind: &Failed| kind.code == *code && kind.number == number;
        let found = self.kinds.iter().position(same);
        let place = found.unwrap_or_else(|| {
            if self.kinds.len() < MOST_KINDS {
                self.kinds.push(Failed {
                    code: code.clone(),
                    number,
                });
            }
            self.kinds.len().saturating_sub(1)
        });
        u32::try_from(place).unwrap_or(0)
    }

    /// Puts what came since `from` where it belongs: a minute's operations may have begun in the one before.
    fn settle(&mut self, from: usize) {
        let begun = |operation: &Operation| operation.started_us;
        let first = self.operations.get(from..).unwrap_or_default();
        let Some(first) = first.iter().map(begun).min() else {
            return;
        };
        let place = self
            .operations
            .partition_point(|known| known.started_us <= first);
        if let Some(tail) = self.operations.get_mut(place.min(from)..) {
            tail.sort_by_key(begun);
        }
    }

    /// In the order they began.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The ways to fail that occurred.
    #[must_use]
    pub fn kinds(&self) -> &[Failed] {
        &self.kinds
    }

    /// How an operation failed; `None` when it worked.
    #[must_use]
    pub fn failure(&self, operation: &Operation) -> Option<&Failed> {
        self.kinds.get(operation.failed? as usize)
    }

    /// When the last operation ended.
    #[must_use]
    pub fn until_us(&self) -> u64 {
        self.until_us
    }

    /// Operations beyond [`MOST_OPERATIONS`].
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What an attempt at this moment would have met: what the operation met that began nearest to it. `None` after
    /// the record's end.
    pub(super) fn met_at(&self, at_us: u64) -> Option<&Operation> {
        if at_us > self.until_us {
            return None;
        }
        let next = self
            .operations
            .partition_point(|known| known.started_us <= at_us);
        let before = next
            .checked_sub(1)
            .and_then(|place| self.operations.get(place));
        match (before, self.operations.get(next)) {
            (Some(before), Some(after)) => {
                let nearer = after.started_us.saturating_sub(at_us)
                    < at_us.saturating_sub(before.started_us);
                Some(if nearer { after } else { before })
            }
            (before, after) => before.or(after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failed, MOST_OPERATIONS, Timeline};
    use model::FailureCode;
    use model::lasting::{Clocked, FailedAlike, LoopMinute};

    #[test]
    fn a_minute_is_put_in_order_and_its_failures_keep_their_kind() {
        let mut timeline = Timeline::default();
        let minute = |worked: &[u64], failed: &[u64]| LoopMinute {
            worked: Clocked {
                started_ms: worked.to_vec(),
                elapsed_us: vec![1_000; worked.len()],
            },
            failed: vec![FailedAlike {
                code: FailureCode::LoginRejected,
                number: Some(40_613),
                times: Clocked {
                    started_ms: failed.to_vec(),
                    elapsed_us: vec![2_000; failed.len()],
                },
            }],
            ..LoopMinute::default()
        };
        timeline.take(&minute(&[0, 2_000], &[1_000]));
        timeline.take(&minute(&[3_000], &[1_500]));
        let begun: Vec<_> = timeline
            .operations()
            .iter()
            .map(|o| (o.started_us, o.failed))
            .collect();
        assert_eq!(
            begun,
            [
                (0, None),
                (1_000_000, Some(0)),
                (1_500_000, Some(0)),
                (2_000_000, None),
                (3_000_000, None)
            ]
        );
        assert_eq!(timeline.kinds().len(), 1);
        assert_eq!(timeline.until_us(), 3_001_000);
    }

    #[test]
    fn an_attempt_meets_what_the_nearest_operation_met() {
        let mut timeline = Timeline::default();
        timeline.push(1_000_000, 10, None);
        timeline.push(
            2_000_000,
            900_000,
            Some(Failed {
                code: FailureCode::TcpTimeout,
                number: None,
            }),
        );
        for (at, began) in [
            (0, 1_000_000),
            (1_499_999, 1_000_000),
            (1_500_001, 2_000_000),
            (2_900_000, 2_000_000),
        ] {
            assert_eq!(
                timeline.met_at(at).map(|met| met.started_us),
                Some(began),
                "{at}"
            );
        }
        assert!(timeline.met_at(2_900_001).is_none());
        assert_eq!(
            timeline.kinds().first().and_then(|kind| kind.number),
            Some(10_060)
        );
    }

    #[test]
    fn it_is_bounded() {
        let mut timeline = Timeline::default();
        let many = MOST_OPERATIONS as u64 + 7;
        timeline.take(&LoopMinute {
            worked: Clocked {
                started_ms: (0..many).collect(),
                elapsed_us: vec![1; many as usize],
            },
            ..LoopMinute::default()
        });
        assert_eq!(timeline.operations().len(), MOST_OPERATIONS);
        assert_eq!(timeline.left_out(), 7);
    }
}
