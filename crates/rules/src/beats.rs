//! What a retry loop and a heartbeat came to, folded from their facts: constant time for each, bounded in all.

use crate::replay::{Timeline, is_throttling};
use model::lasting::{
    BeatMinute, FreshLoginFailed, LinkChange, LinkState, LoopFailure, LoopMinute,
};
use model::{FailureCode, Observation, StepId};
use std::collections::BTreeMap;

/// Outages that are kept; more are counted.
const MOST_OUTAGES: usize = 500;
/// Ways to fail that are told apart.
const MOST_KINDS: usize = 100;
/// Fresh logins that failed, kept one by one.
const MOST_LOGINS: usize = 200;
/// Numbers that are kept of one outage.
const MOST_NUMBERS: usize = 10;
/// Minutes that are cited.
const MOST_MINUTES: usize = 20;

/// A way in which operations of the loop failed.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) code: FailureCode,
    pub(crate) number: Option<i32>,
    pub(crate) count: u64,
    /// How many of them ran out of time while this host did not run, and how late it was at most.
    pub(crate) starved: u64,
    pub(crate) lag_us: u64,
    /// First of them.
    pub(crate) seq: u64,
    pub(crate) first_us: u64,
    pub(crate) last_us: u64,
}

impl Kind {
    /// Those that this host has no part in.
    pub(crate) fn real(&self) -> u64 {
        self.count.saturating_sub(self.starved)
    }

    /// Whether its number says that the service is asked too much.
    pub(crate) fn is_throttling(&self) -> bool {
        self.number.is_some_and(is_throttling)
    }
}

/// What the loop came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loop {
    pub(crate) step: Option<StepId>,
    pub(crate) timeline: Timeline,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) minutes: Vec<u64>,
    pub(crate) passed_over: u64,
}

/// A loss of the held connection, and what came after it.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) lost: LinkChange,
    pub(crate) seq: u64,
    pub(crate) back: Option<(u64, LinkChange)>,
    /// The server's numbers and the codes of the logins that failed meanwhile.
    pub(crate) numbers: Vec<i32>,
    pub(crate) codes: Vec<FailureCode>,
}

impl Outage {
    /// First sign to the next answer; absent while it lasts.
    pub(crate) fn length_us(&self) -> Option<u64> {
        self.back.as_ref()?.1.outage_us
    }

    /// Whether this host itself did not run for most of what it took to notice.
    pub(crate) fn is_of_this_host(&self) -> bool {
        is_of_this_host(self.lost.lag_max_us, self.lost.detect_us)
    }

    pub(crate) fn seqs(&self) -> impl Iterator<Item = u64> + use<> {
        std::iter::once(self.seq).chain(self.back.as_ref().map(|(seq, _)| *seq))
    }
}

/// A fresh login that failed.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) seq: u64,
    pub(crate) code: FailureCode,
    pub(crate) number: Option<i32>,
    from_us: u64,
    until_us: u64,
}

/// A timer that is later than this belongs to a host that does not get to its work.
pub(crate) const STARVED_US: u64 = 500_000;

/// Whether this host did not run for most of so long.
fn is_of_this_host(lag_us: u64, elapsed_us: u64) -> bool {
    lag_us >= STARVED_US && lag_us.saturating_mul(2) >= elapsed_us
}

/// What the heartbeat came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beats {
    pub(crate) step: Option<StepId>,
    pub(crate) beats: u64,
    pub(crate) answered: u64,
    pub(crate) passed_over: u64,
    pub(crate) logins: u64,
    pub(crate) logins_failed: u64,
    pub(crate) slowest_us: u64,
    pub(crate) retransmitted: Option<u64>,
    /// The latest timer, and the event that says so.
    pub(crate) lag: Option<(u64, u64)>,
    pub(crate) minutes: Vec<u64>,
    pub(crate) outages: Vec<Outage>,
    /// Outages that are not kept.
    pub(crate) further_outages: u64,
    failed: Vec<Login>,
}

impl Beats {
    /// The worst lateness, and the event that says so, when it is more than a host at its work has.
    pub(crate) fn starved(&self) -> Option<(u64, u64)> {
        self.lag.filter(|(us, _)| *us >= STARVED_US)
    }

    /// Fresh logins that failed while the held connection was not lost.
    pub(crate) fn failed_alone(&self) -> impl Iterator<Item = &Login> {
        self.failed.iter().filter(|login| {
            !self.outages.iter().any(|outage| {
                let until_us = outage
                    .back
                    .as_ref()
                    .map_or(u64::MAX, |(_, back)| back.at_us);
                login.until_us >= outage.lost.lost_us && login.from_us <= until_us
            })
        })
    }
}

/// Both.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lasted {
    pub(crate) retry_loop: Loop,
    pub(crate) heartbeat: Beats,
}

impl Lasted {
    pub(crate) fn apply(&mut self, step: StepId, seq: u64, seen: &Observation) {
        match seen {
            Observation::LoopFailure(failure) => self.retry_loop.failure(step, seq, failure),
            Observation::LoopMinute(minute) => self.retry_loop.minute(step, seq, minute),
            Observation::BeatMinute(minute) => self.heartbeat.minute(step, seq, minute),
            Observation::LinkChange(change) => self.heartbeat.change(step, seq, change),
            Observation::FreshLoginFailed(failed) => self.heartbeat.login(seq, failed),
            _ => {}
        }
    }
}

impl Loop {
    fn failure(&mut self, step: StepId, seq: u64, failure: &LoopFailure) {
        self.step.get_or_insert(step);
        let mut numbers = failure.errors.iter().map(|error| error.number);
        let first = numbers.clone().next();
        let number = numbers.find(|number| *number != 18_456).or(first);
        let at_us = failure.started_us;
        self.count(&failure.code, number, 0, (at_us, at_us), seq);
        let lag_us = failure.lag_max_us;
        if number.is_some() || !is_of_this_host(lag_us, failure.elapsed_us) {
            return;
        }
        let same = |kind: &&mut Kind| kind.code == failure.code && kind.number == number;
        if let Some(kind) = self.kinds.iter_mut().find(same) {
            kind.starved += 1;
            kind.lag_us = kind.lag_us.max(lag_us);
        }
    }

    fn minute(&mut self, step: StepId, seq: u64, minute: &LoopMinute) {
        self.step.get_or_insert(step);
        self.timeline.take(minute);
        self.passed_over += u64::from(minute.passed_over);
        if self.minutes.len() < MOST_MINUTES {
            self.minutes.push(seq);
        }
        for alike in &minute.failed {
            let us = |ms: Option<&u64>| ms.copied().unwrap_or_default().saturating_mul(1_000);
            let starts = &alike.times.started_ms;
            let span = (us(starts.iter().min()), us(starts.iter().max()));
            let count = alike.times.len() as u64;
            self.count(&alike.code, alike.number, count, span, seq);
        }
    }

    /// The failures in full tell which event to cite, the minutes how many there were.
    fn count(
        &mut self,
        code: &FailureCode,
        number: Option<i32>,
        count: u64,
        (from_us, until_us): (u64, u64),
        seq: u64,
    ) {
        let same = |kind: &&mut Kind| kind.code == *code && kind.number == number;
        if let Some(kind) = self.kinds.iter_mut().find(same) {
            kind.count += count;
            kind.first_us = kind.first_us.min(from_us);
            kind.last_us = kind.last_us.max(until_us);
        } else if self.kinds.len() < MOST_KINDS {
            self.kinds.push(Kind {
                code: code.clone(),
                number,
                count,
                starved: 0,
                lag_us: 0,
                seq,
                first_us: from_us,
                last_us: until_us,
            });
        }
    }

    /// How many failed by each number or, without one, code.
    pub(crate) fn by_name(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| kind.count > 0) {
            let name = match kind.number {
                Some(number) => number.to_string(),
                None => kind.code.as_str().replace('_', " "),
            };
            *all.entry(name).or_default() += kind.count;
        }
        all
    }
}

impl Beats {
    fn minute(&mut self, step: StepId, seq: u64, minute: &BeatMinute) {
        self.step.get_or_insert(step);
        self.beats += u64::from(minute.beats);
        self.answered += u64::from(minute.answered);
        self.passed_over += u64::from(minute.passed_over);
        self.logins += u64::from(minute.logins);
        let worked = minute.logins_worked.map_or(0, |worked| worked.count);
        self.logins_failed += u64::from(minute.logins.saturating_sub(worked));
        let slowest = minute.answers.map_or(0, |answers| answers.max_us);
        self.slowest_us = self.slowest_us.max(slowest);
        if let Some(again) = minute.retransmitted {
            *self.retransmitted.get_or_insert(0) += u64::from(again);
        }
        self.further_outages += u64::from(minute.changes_left_out / 2);
        self.late(minute.lag_max_us, seq);
        if self.minutes.len() < MOST_MINUTES {
            self.minutes.push(seq);
        }
    }

    fn change(&mut self, step: StepId, seq: u64, change: &LinkChange) {
        self.step.get_or_insert(step);
        match change.now {
            LinkState::Disconnected => {
                self.late(change.lag_max_us, seq);
                if self.outages.len() >= MOST_OUTAGES {
                    self.further_outages += 1;
                    return;
                }
                self.outages.push(Outage {
                    lost: change.clone(),
                    seq,
                    back: None,
                    numbers: Vec::new(),
                    codes: Vec::new(),
                });
            }
            LinkState::Connected => {
                if let Some(outage) = self.outages.last_mut() {
                    outage.back.get_or_insert((seq, change.clone()));
                }
            }
        }
    }

    fn login(&mut self, seq: u64, failed: &FreshLoginFailed) {
        if self.failed.len() < MOST_LOGINS {
            self.failed.push(Login {
                seq,
                code: failed.code.clone(),
                number: failed.number,
                from_us: failed.started_us,
                until_us: failed.started_us.saturating_add(failed.elapsed_us),
            });
        }
        let Some(outage) = self
            .outages
            .last_mut()
            .filter(|outage| outage.back.is_none())
        else {
            return;
        };
        if let Some(number) = failed.number
            && !outage.numbers.contains(&number)
            && outage.numbers.len() < MOST_NUMBERS
        {
            outage.numbers.push(number);
        }
        if !outage.codes.contains(&failed.code) && outage.codes.len() < MOST_NUMBERS {
            outage.codes.push(failed.code.clone());
        }
    }

    fn late(&mut self, us: u64, seq: u64) {
        if self.lag.is_none_or(|(worst, _)| us > worst) {
            self.lag = Some((us, seq));
        }
    }
}
