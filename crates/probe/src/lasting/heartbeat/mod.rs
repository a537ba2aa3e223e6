//! `SELECT 1` over one held connection, beat after beat, and a fresh login now and then. When the connection is lost
//! another is tried for at every beat, until there is one.
//!
//! ```text
//!  held   ── beat ── beat ── beat ─╳─ open ── open ── beat ── …     how it stands: [`super::link`]
//!  logins ─────────── login ─────────────── login ─────────── …
//!  lag    · · · · · · · · · · · · · · · · · · · · · · · · · · ·     how late this process runs: [`super::lag`]
//! ```
//! A login that is refused for its user or password ends the heartbeat: the next could lock the account.

mod beats;
mod book;
mod held;

use super::held_connection::HeldConnection;
use super::lag::Lag;
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::record::{Aside, Place, StepLog, micros_between};
use crate::run::wait;
use book::Book;
use futures::future::try_join;
use model::StepKind;
use model::lasting::Heartbeat;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

/// How often the beats are told.
const MINUTE: Duration = Duration::from_secs(60);

/// Makes the step.
pub(super) async fn make(first: &Hop<'_>, asked: &Heartbeat) {
    let kind = StepKind::Heartbeat;
    let hop = match super::trying_ground(first) {
        Ok(hop) => hop,
        Err(failure) => return super::skip(first, kind, &failure),
    };
    let recorder = first.run.recorder;
    let step = recorder.start(kind, Place::default(), hop.subject(None));
    match go_on(&hop, step, asked).await {
        Ok(()) => step.ok(),
        Err(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
}

/// Until its time is over, or until there is no use in going on.
async fn go_on<'a>(hop: &Hop<'a>, step: StepLog<'a>, asked: &Heartbeat) -> Result<(), Failure> {
    let lag = Lag::new();
    let book = Book::new(step, &lag, &hop.run.files);
    let end = Instant::now() + Duration::from_millis(asked.lasts_ms);
    let minutes = async {
        let mut minutes = interval_at(Instant::now() + MINUTE, MINUTE);
        loop {
            minutes.tick().await;
            book.turn();
        }
    };
    let both = try_join(
        held::hold(hop, step, asked, &book, &lag, end),
        logins(hop, step, asked, &book, end),
    );
    tokio::select! {
        biased;
        ended = both => ended.map(drop),
        () = minutes => Ok(()),
        never = lag.watch() => never,
    }
}

/// The fresh logins, one at a time.
async fn logins<'a>(
    hop: &Hop<'a>,
    step: StepLog<'a>,
    asked: &Heartbeat,
    book: &Book<'_>,
    end: Instant,
) -> Result<(), Failure> {
    if asked.login_every == 0 {
        return Ok(());
    }
    let every = wait(asked.every_ms.max(1)).saturating_mul(asked.login_every);
    let mut rate = interval_at(Instant::now() + every, every);
    rate.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut beat = 0_u64;
    while next(&mut rate, end).await {
        beat = beat.saturating_add(u64::from(asked.login_every));
        let aside = Aside::default();
        book.logs_in();
        let (started, opened) = open(hop, step.aside(&aside), &aside).await;
        let elapsed_us = micros_between(started, Instant::now());
        match opened {
            Ok(session) => {
                book.logged_in(elapsed_us);
                session.close().await;
            }
            Err(trouble) => {
                let started_us = step.recorder().micros(started);
                book.not_logged_in(beat, started_us, elapsed_us, &trouble);
                if trouble.is_final() {
                    return Err(trouble.into_failure());
                }
            }
        }
    }
    Ok(())
}

/// To the next beat; whether there is one before the end. A rate that cannot be kept has its next beat at any time, so
/// the end is asked first.
async fn next(rate: &mut Interval, end: Instant) -> bool {
    tokio::select! {
        biased;
        () = sleep_until(end) => false,
        _ = rate.tick() => true,
    }
}

/// Another session, and when it was begun.
async fn open<'b>(
    hop: &Hop<'b>,
    log: StepLog<'b>,
    aside: &Aside,
) -> (Instant, Result<HeldConnection<'b>, Trouble>) {
    let started = Instant::now();
    // What the session before left is not this one's.
    drop(aside.take());
    let opened = HeldConnection::open(hop.clone(), log, 1).await;
    let opened = opened.map_err(|not_there| Trouble::opening(not_there.failure, aside));
    (started, opened)
}
