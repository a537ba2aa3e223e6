//! What the connects came to: failures, gaps and changes as they come, all of it once a minute. The minute that is
//! under way is told when the connects end, however they end.

use crate::lasting::lag::Lag;
use crate::record::StepLog;
use model::lasting::{
    Clocked, ConnectFailed, FailedAlike, LinkChange, ReplicaFact, ReplicaMinute, SessionGap,
};
use model::{FailureCode, Observation};
use tokio::time::Instant;

/// Failures, gaps and changes that are told in full.
const MOST_TOLD: u32 = 5_000;
/// Ways to fail that a minute tells apart; the last takes the rest.
const MOST_ALIKE: usize = 20;

pub(super) struct Book<'h, 'a> {
    step: StepLog<'a>,
    lag: &'h Lag,
    minute: ReplicaMinute,
    begun: Instant,
    told: u32,
}

impl<'h, 'a> Book<'h, 'a> {
    pub(super) fn new(step: StepLog<'a>, lag: &'h Lag) -> Self {
        Self {
            step,
            lag,
            minute: ReplicaMinute {
                from_us: step.now_us(),
                ..ReplicaMinute::default()
            },
            begun: Instant::now(),
            told: 0,
        }
    }

    /// A connect was established; `again`: only after its first packet was sent again.
    pub(super) fn established(&mut self, started_us: u64, elapsed_us: u64, again: bool) {
        let minute = &mut self.minute;
        minute.established.push(started_us, elapsed_us);
        minute.again = minute.again.saturating_add(u32::from(again));
    }

    /// One came to nothing.
    pub(super) fn failed(&mut self, failed: ConnectFailed) {
        let alike = &mut self.minute.failed;
        let known = alike.iter().position(|one| one.code == failed.code);
        let place = known.unwrap_or_else(|| {
            if alike.len() < MOST_ALIKE {
                alike.push(FailedAlike {
                    code: failed.code.clone(),
                    number: None,
                    times: Clocked::default(),
                });
            }
            alike.len().saturating_sub(1)
        });
        if let Some(alike) = alike.get_mut(place) {
            alike.times.push(failed.started_us, failed.elapsed_us);
        }
        self.tell(ReplicaFact::Failed(failed));
    }

    /// Beats that fell into a wait of this host's.
    pub(super) fn passed_over(&mut self, beats: u32) {
        self.minute.passed_over = self.minute.passed_over.saturating_add(beats);
    }

    pub(super) fn gap(&mut self, gap: SessionGap) {
        self.tell(ReplicaFact::Gap(gap));
    }

    pub(super) fn changed(&mut self, change: LinkChange) {
        self.tell(ReplicaFact::Change(change));
    }

    fn tell(&mut self, fact: ReplicaFact) {
        if self.told >= MOST_TOLD {
            self.minute.left_out = self.minute.left_out.saturating_add(1);
            return;
        }
        self.told += 1;
        self.step.observe(None, Observation::Replica(fact));
    }

    /// The minute is over.
    pub(super) fn turn(&mut self) {
        let until_us = self.step.now_us();
        let lag_max_us = self.lag.since(self.begun).worst_us;
        self.begun = Instant::now();
        let next = ReplicaMinute {
            from_us: until_us,
            ..ReplicaMinute::default()
        };
        let minute = std::mem::replace(&mut self.minute, next);
        let minute = ReplicaMinute {
            until_us,
            lag_max_us,
            ..minute
        };
        let fact = ReplicaFact::Minute(minute);
        self.step.observe(None, Observation::Replica(fact));
    }
}

impl Drop for Book<'_, '_> {
    fn drop(&mut self) {
        let ReplicaMinute {
            established,
            failed,
            passed_over,
            ..
        } = &self.minute;
        if !established.is_empty() || !failed.is_empty() || *passed_over > 0 {
            self.turn();
        }
    }
}

/// Whether an error says why: somebody refused, reset, or said that there is no way. Silence does not.
pub(super) fn says_why(code: &FailureCode) -> bool {
    !matches!(code, FailureCode::TcpTimeout)
}
