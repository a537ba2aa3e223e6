//! What the loop came to: each failure as it comes, all of it once a minute. The minute that is under way is told
//! when the loop ends, however it ends.

use crate::lasting::trouble::Trouble;
use crate::record::StepLog;
use model::Observation;
use model::lasting::{
    Clocked, FailedAlike, ListenerFailure, ListenerMinute, LoopFailure, LoopMinute, ReplicaFact,
};
use std::collections::BTreeMap;

/// Failures that are told in full; all are in the minutes.
const MOST_TOLD: u64 = 5_000;
/// Ways to fail that a minute tells apart; the last takes the rest.
const MOST_ALIKE: usize = 50;
/// Endpoints of one minute that are told apart.
const MOST_ENDPOINTS: usize = 16;

/// One operation that is over.
pub(super) struct Done {
    pub(super) operation: u64,
    pub(super) started_us: u64,
    pub(super) elapsed_us: u64,
    /// How late this process was at most meanwhile.
    pub(super) lag_max_us: u64,
    pub(super) trouble: Option<Trouble>,
    /// Where it went, when it worked.
    pub(super) endpoint: Option<String>,
}

/// Whose loop it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The loop of logins.
    Loop,
    /// Logins at a listener: all its addresses at once, or one after the other.
    Listener { at_once: bool },
}

pub(super) struct Book<'a> {
    step: StepLog<'a>,
    voice: Voice,
    minute: LoopMinute,
    /// Where those of this minute went that worked.
    endpoints: BTreeMap<String, u32>,
    told: u64,
}

impl<'a> Book<'a> {
    pub(super) fn new(step: StepLog<'a>, voice: Voice) -> Self {
        Self {
            step,
            voice,
            endpoints: BTreeMap::new(),
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
            self.went_to(done.endpoint.as_deref());
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
            let failure = LoopFailure {
                operation: done.operation,
                started_us: done.started_us,
                elapsed_us: done.elapsed_us,
                phase: trouble.phase,
                code: trouble.code.clone(),
                endpoint: trouble.endpoint.clone(),
                local: trouble.local.clone(),
                errors: trouble.errors.clone(),
                lag_max_us: done.lag_max_us,
                detail: trouble.detail.clone(),
            };
            let fact = match self.voice {
                Voice::Loop => Observation::LoopFailure(failure),
                Voice::Listener { at_once } => {
                    let login = failure;
                    let failure = ListenerFailure { at_once, login };
                    Observation::Replica(ReplicaFact::ListenerFailure(failure))
                }
            };
            self.step.observe(None, fact);
        }
    }

    fn went_to(&mut self, endpoint: Option<&str>) {
        let Some(endpoint) = endpoint else { return };
        if self.endpoints.len() < MOST_ENDPOINTS || self.endpoints.contains_key(endpoint) {
            let count = self.endpoints.entry(endpoint.to_owned()).or_default();
            *count = count.saturating_add(1);
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
        let minute = LoopMinute { until_us, ..minute };
        let endpoints = std::mem::take(&mut self.endpoints);
        let fact = match self.voice {
            Voice::Loop => Observation::LoopMinute(minute),
            Voice::Listener { at_once } => {
                let minute = ListenerMinute {
                    at_once,
                    logins: minute,
                    endpoints: endpoints.into_iter().collect(),
                };
                Observation::Replica(ReplicaFact::ListenerMinute(minute))
            }
        };
        self.step.observe(None, fact);
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
