//! Facts about availability replicas, folded: constant time for each, bounded in all.

use model::lasting::{
    Clocked, EndpointRow, FailedAlike, LinkChange, LinkState, ListenerMinute, LogLine, PeerName,
    ReplicaFact, ReplicaMinute, ReplicaRow, ReplicaServer, ReplicaWatch, ServerClock, SessionGap,
    Untold,
};
use model::{FailureCode, StepId};
use std::collections::BTreeMap;

const MOST_GAPS: usize = 500;
const MOST_NAMES: usize = 100;
const MOST_LINES: usize = 300;
const MOST_ROWS: usize = 64;
const MOST_KINDS: usize = 30;
const MOST_SEQS: usize = 20;

/// What is known of them. Every fact stands with the number of its event.
#[derive(Clone, Debug, Default)]
pub struct Replicas {
    /// The step that connects.
    pub step: Option<StepId>,
    /// The step that asks the own server.
    pub catalog_step: Option<StepId>,
    /// How the connects are made.
    pub watch: Option<(u64, ReplicaWatch)>,
    /// What the peer's name led to, each time that changed.
    pub names: Vec<(u64, PeerName)>,
    /// Connects that were established.
    pub established: u64,
    /// How many of them needed their first packet sent again.
    pub again: u64,
    /// Those that failed, by how.
    pub failed: BTreeMap<String, u64>,
    /// Connects that this host did not get to.
    pub passed_over: u64,
    /// The latest timer, and the event that says so.
    pub lag: Option<(u64, u64)>,
    /// Events of the first minutes.
    pub minutes: Vec<u64>,
    /// Times when nothing was established.
    pub gaps: Vec<(u64, SessionGap)>,
    /// How the session would stand, with the time-out in force.
    pub changes: Vec<(u64, LinkChange)>,
    /// The own server.
    pub server: Option<(u64, ReplicaServer)>,
    /// Its clock.
    pub clock: Option<(u64, ServerClock)>,
    /// Each replica as it was first and last seen, by group and server.
    pub rows: BTreeMap<(String, String), (u64, ReplicaRow)>,
    /// Every state that was told, in order.
    pub states: Vec<(u64, ReplicaRow)>,
    /// Endpoints of the own server.
    pub endpoints: Vec<(u64, EndpointRow)>,
    /// Lines of its error log.
    pub log: Vec<(u64, LogLine)>,
    /// What it did not tell.
    pub untold: Vec<(u64, Untold)>,
    /// The step that logs in at the listener.
    pub listener_step: Option<StepId>,
    /// Addresses one after the other.
    pub in_turn: Listener,
    /// All addresses at once.
    pub at_once: Listener,
    /// Facts that were too many to keep.
    pub left_out: u64,
}

/// Logins at a listener, in one of the two ways.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// Those that worked.
    pub worked: u64,
    /// The slowest of them.
    pub slowest_us: u64,
    /// Those that failed: code, number, how many, first and last start, and the event to cite.
    pub failed: Vec<Failed>,
    /// Starts of all, and whether they worked, in the order they were told; bounded.
    pub times: Vec<(u64, bool)>,
    /// Where those that worked went.
    pub endpoints: BTreeMap<String, u64>,
    /// Events of the first minutes.
    pub minutes: Vec<u64>,
}

/// Logins that failed alike.
#[derive(Clone, Debug)]
pub struct Failed {
    /// How.
    pub code: FailureCode,
    /// The server's number.
    pub number: Option<i32>,
    /// How many.
    pub count: u64,
    /// Start of the first.
    pub first_ms: u64,
    /// Start of the last.
    pub last_ms: u64,
    /// The event to cite.
    pub seq: u64,
}

impl Replicas {
    /// Whether there is nothing about them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.step.is_none() && self.catalog_step.is_none() && self.listener_step.is_none()
    }

    /// The session time-out in force.
    #[must_use]
    pub fn timeout_us(&self) -> Option<u64> {
        let (_, watch) = self.watch.as_ref()?;
        Some(watch.timeout_ms.saturating_mul(1_000))
    }

    /// The gaps alone.
    #[must_use]
    pub fn all_gaps(&self) -> Vec<SessionGap> {
        self.gaps.iter().map(|(_, gap)| gap.clone()).collect()
    }

    /// Connects that were tried.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.established.saturating_add(self.failed.values().sum())
    }

    /// The own replica's rows, one for each group.
    pub fn own(&self) -> impl Iterator<Item = &(u64, ReplicaRow)> {
        self.rows.values().filter(|(_, row)| row.local)
    }

    /// The other replicas' rows.
    pub fn others(&self) -> impl Iterator<Item = &(u64, ReplicaRow)> {
        self.rows.values().filter(|(_, row)| !row.local)
    }

    /// Takes a fact.
    pub fn apply(&mut self, step: StepId, seq: u64, fact: &ReplicaFact) {
        let kept = match fact {
            ReplicaFact::Watch(watch) => {
                self.step = Some(step);
                self.watch = Some((seq, watch.clone()));
                true
            }
            ReplicaFact::Named(name) => {
                self.step.get_or_insert(step);
                keep(&mut self.names, seq, name, MOST_NAMES)
            }
            ReplicaFact::Minute(minute) => {
                self.step.get_or_insert(step);
                self.minute(seq, minute);
                true
            }
            ReplicaFact::Gap(gap) => {
                self.step.get_or_insert(step);
                keep(&mut self.gaps, seq, gap, MOST_GAPS)
            }
            ReplicaFact::Change(change) => {
                self.step.get_or_insert(step);
                keep(&mut self.changes, seq, change, MOST_GAPS)
            }
            // Their minutes have them all.
            ReplicaFact::Failed(_) => true,
            ReplicaFact::Server(server) => {
                self.catalog_step = Some(step);
                self.server = Some((seq, server.clone()));
                true
            }
            ReplicaFact::Clock(clock) => {
                self.catalog_step.get_or_insert(step);
                self.clock = Some((seq, *clock));
                true
            }
            ReplicaFact::Replica(row) => {
                self.catalog_step.get_or_insert(step);
                let key = (row.group.clone(), row.replica.clone());
                if self.rows.len() < MOST_ROWS || self.rows.contains_key(&key) {
                    self.rows.insert(key, (seq, row.as_ref().clone()));
                }
                keep(&mut self.states, seq, row.as_ref(), MOST_GAPS)
            }
            ReplicaFact::Endpoint(row) => {
                self.catalog_step.get_or_insert(step);
                keep(&mut self.endpoints, seq, row.as_ref(), MOST_ROWS)
            }
            ReplicaFact::Log(line) => keep(&mut self.log, seq, line, MOST_LINES),
            ReplicaFact::Untold(untold) => {
                self.catalog_step.get_or_insert(step);
                keep(&mut self.untold, seq, untold, MOST_ROWS)
            }
            ReplicaFact::ListenerMinute(minute) => {
                self.listener_step.get_or_insert(step);
                self.listener(minute.at_once).minute(seq, minute);
                true
            }
            ReplicaFact::ListenerFailure(failure) => {
                self.listener_step.get_or_insert(step);
                let login = &failure.login;
                let mut numbers = login.errors.iter().map(|error| error.number);
                let first = numbers.clone().next();
                let number = numbers.find(|number| *number != 18_456).or(first);
                let at_ms = login.started_us / 1_000;
                let listener = self.listener(failure.at_once);
                listener.count(&login.code, number, 0, (at_ms, at_ms), seq);
                true
            }
        };
        self.left_out = self.left_out.saturating_add(u64::from(!kept));
    }

    fn listener(&mut self, at_once: bool) -> &mut Listener {
        if at_once {
            &mut self.at_once
        } else {
            &mut self.in_turn
        }
    }

    fn minute(&mut self, seq: u64, minute: &ReplicaMinute) {
        self.established = self
            .established
            .saturating_add(minute.established.len() as u64);
        self.again = self.again.saturating_add(u64::from(minute.again));
        self.passed_over = self
            .passed_over
            .saturating_add(u64::from(minute.passed_over));
        for alike in &minute.failed {
            let name = alike.code.as_str();
            if self.failed.len() < MOST_KINDS || self.failed.contains_key(name) {
                *self.failed.entry(name.to_owned()).or_default() += alike.times.len() as u64;
            }
        }
        if self.lag.is_none_or(|(worst, _)| minute.lag_max_us > worst) {
            self.lag = Some((minute.lag_max_us, seq));
        }
        if self.minutes.len() < MOST_SEQS {
            self.minutes.push(seq);
        }
    }

    /// The changes by which the session was lost.
    pub(crate) fn losses(&self) -> impl Iterator<Item = &(u64, LinkChange)> {
        self.changes
            .iter()
            .filter(|(_, change)| change.now == LinkState::Disconnected)
    }
}

/// Logins whose times are kept.
const MOST_TIMES: usize = 20_000;

impl Listener {
    fn minute(&mut self, seq: u64, minute: &ListenerMinute) {
        let logins = &minute.logins;
        self.worked = self.worked.saturating_add(logins.worked.len() as u64);
        let slowest = logins.worked.elapsed_us.iter().copied().max();
        self.slowest_us = self.slowest_us.max(slowest.unwrap_or_default());
        self.starts(&logins.worked, true);
        for FailedAlike {
            code,
            number,
            times,
        } in &logins.failed
        {
            self.starts(times, false);
            let starts = times.started_ms.iter().copied();
            let span = (
                starts.clone().min().unwrap_or_default(),
                starts.max().unwrap_or_default(),
            );
            self.count(code, *number, times.len() as u64, span, seq);
        }
        for (endpoint, times) in &minute.endpoints {
            if self.endpoints.len() < MOST_KINDS || self.endpoints.contains_key(endpoint) {
                *self.endpoints.entry(endpoint.clone()).or_default() += u64::from(*times);
            }
        }
        if self.minutes.len() < MOST_SEQS {
            self.minutes.push(seq);
        }
    }

    fn starts(&mut self, times: &Clocked, worked: bool) {
        let room = MOST_TIMES.saturating_sub(self.times.len());
        let starts = times.started_ms.iter().take(room);
        self.times.extend(starts.map(|start| (*start, worked)));
    }

    fn count(
        &mut self,
        code: &FailureCode,
        number: Option<i32>,
        count: u64,
        (first_ms, last_ms): (u64, u64),
        seq: u64,
    ) {
        let same = |one: &&mut Failed| one.code == *code && one.number == number;
        if let Some(one) = self.failed.iter_mut().find(same) {
            one.count = one.count.saturating_add(count);
            one.first_ms = one.first_ms.min(first_ms);
            one.last_ms = one.last_ms.max(last_ms);
        } else if self.failed.len() < MOST_KINDS {
            self.failed.push(Failed {
                code: code.clone(),
                number,
                count,
                first_ms,
                last_ms,
                seq,
            });
        }
    }

    /// Logins that failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.iter().map(|one| one.count).sum()
    }

    /// Spans in which logins failed: start of the first that did, start of the next that worked; that one is absent
    /// when none did.
    #[must_use]
    pub fn outages_ms(&self) -> Vec<(u64, Option<u64>)> {
        let mut times = self.times.clone();
        times.sort_unstable();
        let mut outages: Vec<(u64, Option<u64>)> = Vec::new();
        for (start, worked) in times {
            let open = outages.last_mut().filter(|(_, end)| end.is_none());
            match (open, worked) {
                (Some((_, end)), true) => *end = Some(start),
                (None, false) => outages.push((start, None)),
                _ => {}
            }
        }
        outages
    }
}

fn keep<T: Clone>(all: &mut Vec<(u64, T)>, seq: u64, one: &T, most: usize) -> bool {
    let has_room = all.len() < most;
    if has_room {
        all.push((seq, one.clone()));
    }
    has_room
}
