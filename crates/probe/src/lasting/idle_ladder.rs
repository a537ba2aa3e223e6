//! The idle ladder: a connection for each rung and lane, all of them side by side. Each is opened, left alone for
//! as long as its rung says, looked at without a round trip, then used.
//!
//! ```text
//! open ──▶ idle ──rung over──▶ look ──▶ use ──▶ alive, FIN, RST, silence, given up
//!            └─ended by itself──▶ the moment, and how it stood then
//! ```
//! Nothing is tried again. A connection that could not be opened is an attempt that failed, and no fact of idleness.

use super::held_connection::{HeldConnection, Lost};
use super::{ground, skip};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::record::{Place, StepLog, Try, micros_between};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::lasting::{IdleLadder, IdleProgress, IdleRung, Lane, Standing};
use model::{FailureCode, Observation, StepKind};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

/// Whatever a plan says.
const LONGEST: Duration = Duration::from_secs(7_200);
const MOST_RUNGS: usize = 20;
/// Logins under way at once.
const OPENING: usize = 4;
/// How often it says how far it is.
const PROGRESS: Duration = Duration::from_secs(60);
/// How often a connection is looked at where something lies that nobody asked for.
const AGAIN: Duration = Duration::from_secs(1);
/// How soon, and how late, the counters are asked whether something was acknowledged.
const ACKNOWLEDGED: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// What a session is asked.
const QUESTION: &str = "SELECT 1";

/// Makes the step.
pub(super) async fn make(first: &Hop<'_>, asked: &IdleLadder) {
    let hop = match ground(first) {
        Ok(hop) => hop,
        Err(failure) => return skip(first, StepKind::IdleLadder, &failure),
    };
    let recorder = first.run.recorder;
    let step = recorder.start(StepKind::IdleLadder, Place::default(), hop.subject(None));
    let gate = Semaphore::new(OPENING);
    let places = places(asked);
    let ladder = Ladder {
        hop,
        step,
        asked,
        gate,
    };
    let longest = places.iter().map(|(rung, _)| *rung).max();
    let over_at = Instant::now() + longest.unwrap_or_default();
    let mut rungs: FuturesUnordered<_> = places
        .iter()
        .zip(1..)
        .map(|((rung, lane), number)| ladder.rung(number, *lane, *rung))
        .collect();
    let of = count(rungs.len());
    let mut minutes = interval_at(Instant::now() + PROGRESS, PROGRESS);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut over, mut opened) = (0_u32, 0_u32);
    let mut failed = None;
    loop {
        tokio::select! {
            ended = rungs.next() => match ended {
                None => break,
                Some(ended) => {
                    over = over.saturating_add(1);
                    match ended {
                        Ok(()) => opened = opened.saturating_add(1),
                        Err(failure) => failed = Some(failure),
                    }
                }
            },
            _ = minutes.tick() => {
                let left = over_at.saturating_duration_since(Instant::now()).as_millis();
                let left_ms = u64::try_from(left).unwrap_or(u64::MAX);
                let progress = IdleProgress { over, of, left_ms };
                step.observe(None, Observation::IdleProgress(progress));
            }
        }
    }
    match failed {
        Some(failure) if opened == 0 => step.failed(failure.code, failure.detail.as_deref()),
        _ => step.ok(),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Every rung in every lane, the shortest first, each once.
fn places(asked: &IdleLadder) -> Vec<(Duration, Lane)> {
    let rungs: BTreeSet<_> = asked.rungs_ms.iter().take(MOST_RUNGS).collect();
    let lanes: BTreeSet<_> = asked.lanes.iter().collect();
    let each = |rung: u64| lanes.iter().map(move |lane| (longest(rung), **lane));
    rungs.into_iter().flat_map(|rung| each(*rung)).collect()
}

fn longest(ms: u64) -> Duration {
    Duration::from_millis(ms).min(LONGEST)
}

/// What every rung needs.
struct Ladder<'a> {
    hop: Hop<'a>,
    step: StepLog<'a>,
    asked: &'a IdleLadder,
    gate: Semaphore,
}

/// How a connection's idle time came to its end.
struct Rest {
    /// When and how it ended by itself.
    ended: Option<(Instant, Standing)>,
    beats: u32,
    why: Option<String>,
}

impl Ladder<'_> {
    /// One connection from its opening to its end.
    async fn rung(&self, number: u32, lane: Lane, rung: Duration) -> Result<(), Failure> {
        let mut session = self.open(number).await?;
        if lane == Lane::KeepAlive {
            let idle = longest(self.asked.keep_alive_idle_ms);
            let interval = longest(self.asked.keep_alive_interval_ms);
            if let Err(error) = session.set_keep_alive(idle, interval) {
                session.close().await;
                let why = format!("keep-alive could not be set: {error}");
                return Err(Failure::new(FailureCode::NotAvailable, why));
            }
        }
        let before = session.counters();
        if before.is_none() && !session.is_logged_in() {
            session.close().await;
            let why = "without a login, only the system could tell whether a connection still works, and it does not";
            return Err(Failure::new(FailureCode::NotAvailable, why));
        }
        let began = Instant::now();
        let rest = self.rest(&mut session, lane, began, began + rung).await;
        let over = rest.ended.map_or_else(Instant::now, |(at, _)| at);
        let looked = match rest.ended {
            Some((_, standing)) => standing,
            None => session.look(),
        };
        let mut fact = IdleRung {
            lane,
            rung_ms: u64::try_from(rung.as_millis()).unwrap_or(u64::MAX),
            endpoint: session.endpoint().to_string(),
            local: session.local().to_owned(),
            logged_in: session.is_logged_in(),
            idle_us: micros_between(began, over),
            ended_idle: rest.ended.is_some(),
            beats: rest.beats,
            looked,
            used: None,
            used_us: None,
            detail: rest.why,
            before,
            after: None,
        };
        if rest.ended.is_none() {
            let used_at = Instant::now();
            let (used, why) = self.use_it(&mut session).await;
            fact.used = Some(used);
            fact.used_us = Some(micros_between(used_at, Instant::now()));
            fact.detail = why;
        }
        fact.after = session.counters();
        self.step.observe(Some(number), Observation::IdleRung(fact));
        session.close().await;
        Ok(())
    }

    async fn open(&self, number: u32) -> Result<HeldConnection<'_>, Failure> {
        // Never closed: the permit is always to be had.
        let _permit = self.gate.acquire().await;
        let started = Instant::now();
        let opened = HeldConnection::open(self.hop.clone(), self.step, number).await;
        let mut try_ = Try {
            number,
            started,
            ended: Instant::now(),
            code: None,
            local: None,
            detail: None,
        };
        match opened {
            Ok(session) => {
                try_.local = Some(session.local().to_owned());
                self.step.attempt(try_);
                Ok(session)
            }
            Err(not_there) => {
                try_.code = Some(not_there.failure.code.clone());
                try_.local = not_there.local;
                try_.detail.clone_from(&not_there.failure.detail);
                self.step.attempt(try_);
                Err(not_there.failure)
            }
        }
    }

    /// Leaves it alone until then, or asks now and then, as its lane has it.
    async fn rest(
        &self,
        session: &mut HeldConnection<'_>,
        lane: Lane,
        began: Instant,
        until: Instant,
    ) -> Rest {
        let mut rest = Rest {
            ended: None,
            beats: 0,
            why: None,
        };
        let every = longest(self.asked.heartbeat_ms);
        let mut next = began + every;
        loop {
            let asks = lane == Lane::Heartbeat && next < until;
            rest.ended = quiet(session, if asks { next } else { until }).await;
            if rest.ended.is_some() || !asks {
                return rest;
            }
            next += every;
            let deadline = Instant::now() + longest(self.asked.answer_timeout_ms);
            let beaten = match session.is_logged_in() {
                true => session.query(QUESTION, deadline).await.map(drop),
                false => session.nudge(deadline).await,
            };
            match beaten {
                Ok(()) => rest.beats = rest.beats.saturating_add(1),
                Err(lost) => {
                    rest.ended = Some((Instant::now(), lost.standing));
                    rest.why = lost.why;
                    return rest;
                }
            }
        }
    }

    /// Uses it at last.
    async fn use_it(&self, session: &mut HeldConnection<'_>) -> (Standing, Option<String>) {
        let deadline = Instant::now() + longest(self.asked.answer_timeout_ms);
        let used = match session.is_logged_in() {
            true => session.query(QUESTION, deadline).await.map(drop),
            false => acknowledged(session, deadline).await,
        };
        match used {
            Ok(()) => (Standing::Alive, None),
            Err(lost) => (lost.standing, lost.why),
        }
    }
}

/// Waits until then; when and how it ended by itself, if it did.
async fn quiet(session: &mut HeldConnection<'_>, until: Instant) -> Option<(Instant, Standing)> {
    loop {
        tokio::select! {
            () = sleep_until(until) => return None,
            (at, standing) = session.stirs() => {
                if standing != Standing::Unasked {
                    return Some((at, standing));
                }
            }
        }
        // Bytes keep it readable; an end behind them is seen a little later.
        tokio::select! {
            () = sleep_until(until) => return None,
            () = sleep(AGAIN) => {}
        }
    }
}

/// Sends a little that has no answer, and waits until the other end acknowledges it.
async fn acknowledged(session: &mut HeldConnection<'_>, deadline: Instant) -> Result<(), Lost> {
    session.nudge(deadline).await?;
    let mut pause = ACKNOWLEDGED.0;
    loop {
        tokio::select! {
            () = sleep_until(deadline) => return Err(Lost::of(Standing::Silent)),
            (_, standing) = session.stirs() => return Err(Lost::of(standing)),
            () = sleep(pause) => {}
        }
        pause = (pause * 2).min(ACKNOWLEDGED.1);
        let counters = session.counters();
        if counters.is_some_and(|counted| counted.unacknowledged == 0) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rung_stands_in_every_lane_once() {
        let asked = IdleLadder {
            rungs_ms: vec![60_000, 30_000, 60_000, u64::MAX],
            lanes: vec![Lane::KeepAlive, Lane::Bare, Lane::Bare],
            ..IdleLadder::default()
        };
        let (half, one) = (Duration::from_secs(30), Duration::from_secs(60));
        assert_eq!(
            places(&asked),
            [
                (half, Lane::Bare),
                (half, Lane::KeepAlive),
                (one, Lane::Bare),
                (one, Lane::KeepAlive),
                (LONGEST, Lane::Bare),
                (LONGEST, Lane::KeepAlive),
            ]
        );
        let many = IdleLadder {
            rungs_ms: (1..100).collect(),
            ..IdleLadder::default()
        };
        assert_eq!(places(&many).len(), MOST_RUNGS * 3);
    }
}
