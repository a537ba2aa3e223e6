//! What the loop came to: each failure as it comes, all of it once a minute. The minute that is under way is told
//! when the loop ends, however it ends.

use crate::lasting::trouble::Trouble;
use crate::record::StepLog;
use model::Observation;
use model::lasting::{Clocked, FailedAlike, LoopFailure, LoopMinute};

/// Failures that are told in full; all are in the minutes.
const MOST_TOLD: u64 = 5_000;
/// Ways to fail that a minute tells apart; the last takes the rest.
const MOST_ALIKE: usize = 50;

/// One operation that is over.
pub(super) struct Done {
    pub(super) operation: u64,
    pub(super) started_us: u64,
    pub(super) elapsed_us: u64,
    pub(super) trouble: Option<Trouble>,
}

pub(super) struct Book<'a> {
    step: StepLog<'a>,
    minute: LoopMinute,
    told: u64,
}

impl<'a> Book<'a> {
    pub(super) fn new(step: StepLog<'a>) -> Self {
        Self {
            step,
            minute: LoopMinute {
                from_us: step.now_us(),
                ..LoopMinute::default()
            },
            told: 0,
        }
    }

    pub(super) fn take(&mut self, done: &Done) {
        let Some(trouble) = &done.trouble else {
            self.minute.worked.push(done.started_us, done.elapsed_us);
            return;
        };
        let number = trouble.number();
        let failed = &mut self.minute.failed;
        let same = |known: &FailedAlike| known.code == trouble.code && known.number == number;
        let place = failed.iter().position(same);
        let place = place.unwrap_or_else(|| {
            if failed.len() < MOST_ALIKE {
                failed.push(FailedAlike {
                    code: trouble.code.clone(),
                    number,
                    times: Clocked::default(),
                });
            }
            failed.len().saturating_sub(1)
        });
        if let Some(alike) = failed.get_mut(place) {
            alike.times.push(done.started_us, done.elapsed_us);
        }
        if self.told < MOST_TOLD {
            self.told += 1;
            self.step.observe(
                None,
                Observation::LoopFailure(LoopFailure {
                    operation: done.operation,
                    started_us: done.started_us,
                    elapsed_us: done.elapsed_us,
                    phase: trouble.phase,
                    code: trouble.code.clone(),
                    endpoint: trouble.endpoint.clone(),
                    local: trouble.local.clone(),
                    errors: trouble.errors.clone(),
                    detail: trouble.detail.clone(),
                }),
            );
        }
    }

    /// One was not begun, because as many as allowed were under way.
    pub(super) fn passed_over(&mut self) {
        self.minute.passed_over = self.minute.passed_over.saturating_add(1);
    }

    /// So many are under way.
    pub(super) fn at_once(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.minute.most_at_once = self.minute.most_at_once.max(count);
    }

    /// The minute is over.
    pub(super) fn turn(&mut self) {
        let until_us = self.step.now_us();
        let next = LoopMinute {
            from_us: until_us,
            ..LoopMinute::default()
        };
        let minute = std::mem::replace(&mut self.minute, next);
        self.step.observe(
            None,
            Observation::LoopMinute(LoopMinute { until_us, ..minute }),
        );
    }
}

impl Drop for Book<'_> {
    fn drop(&mut self) {
        let LoopMinute {
            worked,
            failed,
            passed_over,
            ..
        } = &self.minute;
        if !worked.is_empty() || !failed.is_empty() || *passed_over > 0 {
            self.turn();
        }
    }
}
