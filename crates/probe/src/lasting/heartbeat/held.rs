//! The held connection: asks at every beat, notices its loss as soon as it can be noticed, and tries for another.

use super::book::{Beside, Book};
use super::{next, open};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::lasting::held_connection::{HeldConnection, Lost};
use crate::lasting::lag::Lag;
use crate::lasting::link::Link;
use crate::lasting::retry_loop::STATEMENT;
use crate::lasting::trouble::Trouble;
use crate::record::{Aside, StepLog, micros_between};
use crate::run::wait;
use model::lasting::{Heartbeat, Standing};
use model::{FailureCode, Phase};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout_at};

/// How often the system is asked what it counted, at most.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// Longer than any session time-out: what ends a wait is the machine's word, not the session's.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What a hold needs besides its connection.
struct Hold<'h, 'a> {
    step: StepLog<'a>,
    book: &'h Book<'h>,
    lag: &'h Lag,
    link: Link,
    /// Why it was lost last.
    why: Trouble,
    begun: Instant,
    every: Duration,
    timeout: Duration,
    beats: u64,
    counted: Instant,
}

/// Holds a connection until the end.
pub(super) async fn hold<'a>(
    hop: &Hop<'a>,
    step: StepLog<'a>,
    asked: &Heartbeat,
    book: &Book<'_>,
    lag: &Lag,
    end: Instant,
) -> Result<(), Failure> {
    let every = wait(asked.every_ms.max(1));
    let begun = Instant::now();
    let mut rate = interval_at(begun, every);
    rate.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut hold = Hold {
        step,
        book,
        lag,
        link: Link::new(asked.session_timeout_ms.saturating_mul(1_000)),
        why: nothing(),
        begun,
        every,
        timeout: wait(asked.session_timeout_ms),
        beats: 0,
        counted: begun,
    };
    let aside = Aside::default();
    let mut held: Option<HeldConnection<'_>> = None;
    loop {
        if !hold.wait(&mut rate, held.as_mut(), end).await {
            break;
        }
        held = match held.take() {
            Some(session) => hold.beat(session).await,
            None => {
                let opening = open(hop, step.aside(&aside), &aside);
                let Ok((started, opened)) = timeout_at(end, opening).await else {
                    break;
                };
                hold.opened(started, opened)?
            }
        };
    }
    if let Some(session) = held {
        session.close().await;
    }
    Ok(())
}

impl Hold<'_, '_> {
    /// To the next beat, or until the connection stirs before it; whether there is one.
    async fn wait(
        &mut self,
        rate: &mut tokio::time::Interval,
        held: Option<&mut HeldConnection<'_>>,
        end: Instant,
    ) -> bool {
        let Some(session) = held else {
            return next(rate, end).await;
        };
        tokio::select! {
            biased;
            () = sleep_until(end) => return false,
            _ = rate.tick() => return true,
            () = ended(session) => {}
        }
        // The beat that comes at once says how it ended.
        true
    }

    /// One question over the held connection, which comes back if it is still good.
    async fn beat<'s>(&mut self, mut session: HeldConnection<'s>) -> Option<HeldConnection<'s>> {
        let seen = session.look();
        if matches!(seen, Standing::Fin | Standing::Reset | Standing::GivenUp) {
            let lost = Lost {
                standing: seen,
                why: None,
                errors: Vec::new(),
            };
            return self.lost(session, &lost, Instant::now()).await;
        }
        let asked = Instant::now();
        self.link.asked(self.us(asked));
        self.book.asked();
        let answer = self.answer(&mut session, asked).await;
        let now = Instant::now();
        self.skipped(asked, now);
        match answer {
            Some(Ok(reply)) => {
                let errors: Vec<_> = reply.errors().cloned().collect();
                if errors.is_empty() {
                    self.book.answered(micros_between(asked, now));
                    self.link.answered(self.us(now));
                    self.count(&session, now);
                    return Some(session);
                }
                let why = Trouble::told(&errors);
                self.drop_it(session, why, asked, now).await
            }
            Some(Err(lost)) => self.lost(session, &lost, asked).await,
            None => {
                let silent = Lost {
                    standing: Standing::Silent,
                    why: None,
                    errors: Vec::new(),
                };
                self.lost(session, &silent, asked).await
            }
        }
    }

    /// The answer, or nothing when the time-out passed while this host ran.
    async fn answer(
        &self,
        session: &mut HeldConnection<'_>,
        asked: Instant,
    ) -> Option<Result<tds::token::Reply, Lost>> {
        let query = session.query(STATEMENT, asked + LONGEST_WAIT);
        tokio::pin!(query);
        loop {
            let stalled_us = self.lag.since(asked).whole_us;
            let until = self.link.silent_until(stalled_us)?;
            let until = self.step.recorder().instant(until);
            tokio::select! {
                biased;
                answer = &mut query => return Some(answer),
                () = sleep_until(until) => {
                    let stalled_us = self.lag.since(asked).whole_us;
                    let due = self.link.silent_until(stalled_us)?;
                    if self.us(Instant::now()) >= due {
                        return None;
                    }
                }
            }
        }
    }

    /// It is lost, since it was asked then.
    async fn lost<'s>(
        &mut self,
        session: HeldConnection<'s>,
        lost: &Lost,
        asked: Instant,
    ) -> Option<HeldConnection<'s>> {
        let why = Trouble::losing(lost);
        self.drop_it(session, why, asked, Instant::now()).await
    }

    async fn drop_it<'s>(
        &mut self,
        session: HeldConnection<'s>,
        why: Trouble,
        asked: Instant,
        now: Instant,
    ) -> Option<HeldConnection<'s>> {
        self.book.unanswered(micros_between(asked, now), &why);
        let why = why.between(session.local(), session.endpoint());
        let counters = session.counters();
        let at_us = self.us(now);
        let change = match why.code {
            FailureCode::QueryTimeout => self.link.silent(at_us, 0),
            _ => self.link.failed(at_us),
        };
        if let Some(change) = change {
            let beside = Beside {
                lag_max_us: self.lag.since(self.window(now)).worst_us,
                counters,
            };
            self.book.changed(&change, &why, beside);
        }
        self.book.counted(counters);
        self.why = why;
        session.cut().await;
        None
    }

    /// Another session was tried for.
    fn opened<'s>(
        &mut self,
        started: Instant,
        opened: Result<HeldConnection<'s>, Trouble>,
    ) -> Result<Option<HeldConnection<'s>>, Failure> {
        let now = Instant::now();
        self.link.tried();
        match opened {
            Ok(session) => {
                self.book.opened(micros_between(started, now));
                if let Some(change) = self.link.answered(self.us(now)) {
                    let why = self
                        .why
                        .clone()
                        .between(session.local(), session.endpoint());
                    let beside = Beside {
                        lag_max_us: self.lag.since(started).worst_us,
                        counters: None,
                    };
                    self.book.changed(&change, &why, beside);
                }
                Ok(Some(session))
            }
            Err(trouble) => {
                self.skipped(started, now);
                let (started_us, elapsed_us) = (self.us(started), micros_between(started, now));
                self.book
                    .not_opened(self.beats, started_us, elapsed_us, &trouble);
                if trouble.is_final() {
                    return Err(trouble.into_failure());
                }
                // The very first one did not come about: that is a loss like any other.
                if self.link.is_connected() {
                    self.link.asked(started_us);
                    if let Some(change) = self.link.failed(self.us(now)) {
                        self.book.changed(&change, &trouble, Beside::default());
                    }
                    self.why = trouble;
                }
                Ok(None)
            }
        }
    }

    /// Since when lateness is part of a loss that is noticed now.
    fn window(&self, now: Instant) -> Instant {
        now.checked_sub(self.timeout).unwrap_or(self.begun)
    }

    /// Beats that fell into a wait.
    fn skipped(&mut self, from: Instant, to: Instant) {
        self.beats = self.beats.saturating_add(1);
        let waited = to.saturating_duration_since(from).as_micros();
        let beats = waited / self.every.as_micros().max(1);
        // The first of them is only late.
        let beats = u32::try_from(beats).unwrap_or(u32::MAX).saturating_sub(1);
        if beats > 0 {
            self.beats = self.beats.saturating_add(u64::from(beats));
            self.book.passed_over(beats);
        }
    }

    fn count(&mut self, session: &HeldConnection<'_>, now: Instant) {
        if now.saturating_duration_since(self.counted) >= COUNT_EVERY {
            self.counted = now;
            self.book.counted(session.counters());
        }
    }

    fn us(&self, instant: Instant) -> u64 {
        self.step.recorder().micros(instant)
    }
}

/// Until the connection has ended. What came and is no end waits for the next beat, which reads it.
async fn ended(session: &mut HeldConnection<'_>) {
    let (_, standing) = session.stirs().await;
    if matches!(standing, Standing::Alive | Standing::Unasked) {
        std::future::pending::<()>().await;
    }
}

/// Nothing was lost yet.
fn nothing() -> Trouble {
    Trouble {
        code: FailureCode::Internal,
        detail: None,
        phase: Phase::Query,
        endpoint: None,
        local: None,
        errors: Vec::new(),
    }
}
