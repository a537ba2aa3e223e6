//! What the heartbeat came to: each change and each login that failed as it comes, the beats once a minute. The
//! minute that is under way is told when the heartbeat ends, however it ends.

use super::beats::{Beats, What};
use crate::files::Files;
use crate::lasting::lag::Lag;
use crate::lasting::link::Change;
use crate::lasting::trouble::Trouble;
use crate::record::StepLog;
use model::Observation;
use model::lasting::{BeatMinute, FreshLoginFailed, LinkChange, Spread, TcpCounters};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Changes and failed logins that are told in full.
const MOST_TOLD: u32 = 5_000;
/// Durations of one minute: as many as fit at the fastest rate.
const MOST_DURATIONS: usize = 6_000;

pub(super) struct Book<'a> {
    step: StepLog<'a>,
    lag: &'a Lag,
    beats: Beats<'a>,
    page: Mutex<Page>,
}

struct Page {
    begun: Instant,
    minute: BeatMinute,
    answers: Vec<u64>,
    logins: Vec<u64>,
    /// Of the held connection, when it was last asked.
    retransmitted: u32,
    told: u32,
}

impl Page {
    fn new(from_us: u64) -> Self {
        Self {
            begun: Instant::now(),
            minute: BeatMinute {
                from_us,
                ..BeatMinute::default()
            },
            answers: Vec::new(),
            logins: Vec::new(),
            retransmitted: 0,
            told: 0,
        }
    }

    /// Whether one more may be told in full.
    fn may_tell(&mut self) -> bool {
        if self.told >= MOST_TOLD {
            return false;
        }
        self.told += 1;
        true
    }
}

impl<'a> Book<'a> {
    pub(super) fn new(step: StepLog<'a>, lag: &'a Lag, files: &Files) -> Self {
        Self {
            step,
            lag,
            beats: Beats::new(step, files),
            page: Mutex::new(Page::new(step.now_us())),
        }
    }

    /// A query goes out.
    pub(super) fn asked(&self) {
        let minute = &mut self.page().minute;
        minute.beats = minute.beats.saturating_add(1);
    }

    /// Its answer came.
    pub(super) fn answered(&self, elapsed_us: u64) {
        self.beats.worked(What::Beat, elapsed_us);
        let mut page = self.page();
        page.minute.answered = page.minute.answered.saturating_add(1);
        if page.answers.len() < MOST_DURATIONS {
            page.answers.push(elapsed_us);
        }
    }

    /// None came: the connection is lost.
    pub(super) fn unanswered(&self, elapsed_us: u64, why: &Trouble) {
        self.beats.failed(What::Beat, elapsed_us, why);
    }

    /// Beats that were not sent.
    pub(super) fn passed_over(&self, beats: u32) {
        let minute = &mut self.page().minute;
        minute.passed_over = minute.passed_over.saturating_add(beats);
    }

    /// A fresh login goes out.
    pub(super) fn logs_in(&self) {
        let minute = &mut self.page().minute;
        minute.logins = minute.logins.saturating_add(1);
    }

    /// It worked.
    pub(super) fn logged_in(&self, elapsed_us: u64) {
        self.beats.worked(What::Login, elapsed_us);
        let mut page = self.page();
        if page.logins.len() < MOST_DURATIONS {
            page.logins.push(elapsed_us);
        }
    }

    /// It did not.
    pub(super) fn not_logged_in(&self, beat: u64, started_us: u64, elapsed_us: u64, why: &Trouble) {
        self.beats.failed(What::Login, elapsed_us, why);
        self.tell_not_logged_in(beat, started_us, elapsed_us, why);
    }

    /// Another connection to hold was not to be had.
    pub(super) fn not_opened(&self, beat: u64, started_us: u64, elapsed_us: u64, why: &Trouble) {
        self.beats.failed(What::Open, elapsed_us, why);
        self.tell_not_logged_in(beat, started_us, elapsed_us, why);
    }

    fn tell_not_logged_in(&self, beat: u64, started_us: u64, elapsed_us: u64, why: &Trouble) {
        if !self.page().may_tell() {
            return;
        }
        self.step.observe(
            None,
            Observation::FreshLoginFailed(FreshLoginFailed {
                beat,
                started_us,
                elapsed_us,
                code: why.code.clone(),
                number: why.number(),
                endpoint: why.endpoint.clone(),
                detail: why.detail.clone(),
            }),
        );
    }

    /// Another connection is held now.
    pub(super) fn opened(&self, elapsed_us: u64) {
        self.beats.worked(What::Open, elapsed_us);
        self.page().retransmitted = 0;
    }

    /// What the system counted of the held connection.
    pub(super) fn counted(&self, counters: Option<TcpCounters>) {
        let Some(counters) = counters else {
            return;
        };
        let mut page = self.page();
        let more = counters.retransmitted.saturating_sub(page.retransmitted);
        page.retransmitted = counters.retransmitted;
        let all = page.minute.retransmitted.unwrap_or_default();
        page.minute.retransmitted = Some(all.saturating_add(more));
    }

    /// It changed.
    pub(super) fn changed(&self, change: &Change, why: &Trouble, beside: Beside) {
        let mut page = self.page();
        if !page.may_tell() {
            page.minute.changes_left_out = page.minute.changes_left_out.saturating_add(1);
            return;
        }
        drop(page);
        self.step.observe(
            None,
            Observation::LinkChange(LinkChange {
                at_us: change.at_us,
                now: change.now,
                last_answer_us: change.last_answer_us,
                lost_us: change.lost_us,
                loss: change.loss,
                code: why.code.clone(),
                detail: why.detail.clone(),
                detect_us: change.detect_us,
                recover_us: change.recover_us,
                outage_us: change.outage_us,
                tries: change.tries,
                endpoint: why.endpoint.clone(),
                local: why.local.clone(),
                lag_max_us: beside.lag_max_us,
                counters: beside.counters,
            }),
        );
    }

    /// The minute is over.
    pub(super) fn turn(&self) {
        let until_us = self.step.now_us();
        let mut page = self.page();
        let next = Page {
            retransmitted: page.retransmitted,
            told: page.told,
            ..Page::new(until_us)
        };
        let mut page = std::mem::replace(&mut *page, next);
        self.step.observe(
            None,
            Observation::BeatMinute(BeatMinute {
                until_us,
                answers: Spread::of(&mut page.answers),
                logins_worked: Spread::of(&mut page.logins),
                lag_max_us: self.lag.since(page.begun).worst_us,
                ..page.minute
            }),
        );
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Book<'_> {
    fn drop(&mut self) {
        let BeatMinute {
            beats,
            passed_over,
            logins,
            ..
        } = self.page().minute;
        if beats > 0 || passed_over > 0 || logins > 0 {
            self.turn();
        }
    }
}

/// What stood beside a change.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside {
    pub(super) lag_max_us: u64,
    pub(super) counters: Option<TcpCounters>,
}
