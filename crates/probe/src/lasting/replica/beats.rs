//! One connect at every beat, whatever the earlier ones do. Each that is established is heard of the peer, like a
//! ping of a session: from then on the session time-out runs anew. How the session would stand is told by
//! [`crate::lasting::link`]; the gaps, from which any other time-out can be judged, are told beside it.
//!
//! ```text
//!  beat ── name known? ──▶ connect ──established──▶ heard
//!                             │  └─ refused, reset, no way ──▶ lost, hard
//!                             └──── nothing ── until the session time-out ──▶ lost, soft
//! ```
//! A connect is waited for as long as the session time-out lasts: what comes later is too late for a session, too.

use super::book::{Book, says_why};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::lasting::lag::{Lag, Late};
use crate::lasting::link::{Change, Link};
use crate::lasting::tcp_counters;
use crate::names;
use crate::policy::Purpose;
use crate::record::{StepLog, bounded, micros_between};
use crate::run::wait;
use crate::{tcp, trace};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::lasting::{
    ConnectFailed, LinkChange, LinkState, PeerName, ReplicaFact, ReplicaSession, SessionGap,
};
use model::{FailureCode, Observation};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

/// How often the connects are told.
const MINUTE: Duration = Duration::from_secs(60);
/// No system sends a SYN again so soon.
const AGAIN_US: u64 = 900_000;
/// Connects under way at once; at one a second none comes near it.
const MOST_AT_ONCE: usize = 256;
const MOST_ADDRESSES: usize = 16;
const DETAIL_CHARS: usize = 300;

/// What a connect came to.
struct Ended {
    started: Instant,
    ended: Instant,
    endpoint: Option<SocketAddr>,
    result: Result<Established, (FailureCode, String)>,
}

struct Established {
    local: Option<String>,
    again: bool,
}

/// Where the peer is: its last known addresses, and why there are none.
struct Place(Mutex<Result<Vec<SocketAddr>, (FailureCode, String)>>);

impl Place {
    fn get(&self) -> Result<Vec<SocketAddr>, (FailureCode, String)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A name that leads nowhere any more leaves the addresses that it led to: a session that is there needs no name.
    fn set(&self, found: Result<Vec<SocketAddr>, (FailureCode, String)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_ok() || known.is_err() {
            *known = found;
        }
    }
}

/// Until the end; why it ended before that.
pub(super) async fn make(
    first: &Hop<'_>,
    asked: &ReplicaSession,
    session_timeout: Duration,
    step: StepLog<'_>,
    lag: &Lag,
    end: Instant,
) -> Option<Failure> {
    let place = Place(Mutex::new(Err((
        FailureCode::NotReached,
        "the name was not answered yet".to_owned(),
    ))));
    look_up(first, asked, step, &place, &mut None).await;
    let beating = beat(first, asked, session_timeout, step, lag, end, &place);
    tokio::select! {
        biased;
        ended = beating => ended,
        never = follow_name(first, asked, step, &place) => never,
    }
}

/// Asks for the name as often as a connect is begun, and says when the answer changed.
async fn follow_name(
    first: &Hop<'_>,
    asked: &ReplicaSession,
    step: StepLog<'_>,
    place: &Place,
) -> ! {
    let every = wait(asked.every_ms.max(1));
    let mut rate = interval_at(Instant::now() + every, every);
    rate.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Some(place.get().map_err(|(code, _)| code));
    loop {
        rate.tick().await;
        look_up(first, asked, step, place, &mut told).await;
    }
}

type Told = Option<Result<Vec<SocketAddr>, FailureCode>>;

async fn look_up(
    first: &Hop<'_>,
    asked: &ReplicaSession,
    step: StepLog<'_>,
    place: &Place,
    told: &mut Told,
) {
    let run = first.run;
    let started = Instant::now();
    let found = names::of_system(&asked.peer, &run.context.names, run.limits.dns).await;
    let elapsed_us = micros_between(started, Instant::now());
    let found = match found {
        Ok(mut addresses) => {
            addresses.truncate(MOST_ADDRESSES);
            let endpoints = addresses.into_iter();
            Ok(endpoints
                .map(|address| SocketAddr::new(address, asked.port))
                .collect::<Vec<_>>())
        }
        Err(failure) => Err((failure.code, failure.detail.unwrap_or_default())),
    };
    let same = found.as_ref().map_err(|(code, _)| code.clone()).cloned();
    if told.as_ref() != Some(&same) {
        let addresses = same.clone().unwrap_or_default();
        let fact = PeerName {
            at_us: step.now_us(),
            name: asked.peer.clone(),
            addresses: addresses.iter().map(|at| at.ip().to_string()).collect(),
            code: same.as_ref().err().cloned(),
            elapsed_us,
        };
        step.observe(None, Observation::Replica(ReplicaFact::Named(fact)));
        *told = Some(same);
    }
    place.set(found);
}

/// How the session would stand, and what it came to so far.
struct Watch<'h, 'a> {
    step: StepLog<'a>,
    lag: &'h Lag,
    book: Book<'h, 'a>,
    link: Link,
    every_us: u64,
    timeout: Duration,
    begun: Instant,
    /// The last connect that was established; of none, the beginning.
    heard: Instant,
    /// What failed since.
    since: Since,
    /// Why it was lost last.
    why: (FailureCode, Option<String>),
    endpoint: Option<String>,
    local: Option<String>,
}

#[derive(Default)]
struct Since {
    failed: u32,
    first: Option<FailureCode>,
    said: Option<(FailureCode, u64)>,
}

async fn beat(
    first: &Hop<'_>,
    asked: &ReplicaSession,
    session_timeout: Duration,
    step: StepLog<'_>,
    lag: &Lag,
    end: Instant,
    place: &Place,
) -> Option<Failure> {
    let every = wait(asked.every_ms.max(1));
    let begun = Instant::now();
    let mut rate = interval_at(begun, every);
    rate.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut minutes = interval_at(begun + MINUTE, MINUTE);
    let mut watch = Watch::new(step, lag, every, session_timeout);
    let mut last_beat = begun;
    let mut under_way = FuturesUnordered::new();
    loop {
        let silent = watch.silent_until();
        tokio::select! {
            biased;
            Some(ended) = under_way.next(), if !under_way.is_empty() => {
                // Every further one would be refused as well.
                if let Err(failure) = watch.take(ended) {
                    return Some(failure);
                }
            }
            () = sleep_until(silent.unwrap_or(end)), if silent.is_some() => watch.silence(),
            () = sleep_until(end) => break,
            _ = minutes.tick() => watch.book.turn(),
            at = rate.tick() => {
                watch.passed_over(last_beat, at, every);
                last_beat = at;
                if under_way.len() < MOST_AT_ONCE {
                    watch.link.tried();
                    under_way.push(connect(first, place, session_timeout, step));
                } else {
                    watch.book.passed_over(1);
                }
            }
        }
    }
    watch.ends();
    None
}

/// One connect, at the first of the peer's addresses that takes it, as a server connects.
async fn connect(first: &Hop<'_>, place: &Place, limit: Duration, step: StepLog<'_>) -> Ended {
    let started = Instant::now();
    let ended = |endpoint, result| Ended {
        started,
        ended: Instant::now(),
        endpoint,
        result,
    };
    let endpoints = match place.get() {
        Ok(endpoints) => endpoints,
        Err(why) => return ended(None, Err(why)),
    };
    let mut last = ended(
        None,
        Err((
            FailureCode::NameNoAddress,
            "the name has no address".to_owned(),
        )),
    );
    let deadline = started + limit;
    for endpoint in endpoints {
        if let Err(refusal) = first.run.context.policy.decide(endpoint, Purpose::Target) {
            last = ended(
                Some(endpoint),
                Err((FailureCode::PolicyRefused, refusal.to_string())),
            );
            continue;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let own = step.recorder().own();
        let result = match timeout(left, trace::connect(endpoint, own, None)).await {
            Ok(Ok(stream)) => {
                let local = stream.local_addr().ok();
                let counted = local.and_then(|local| tcp_counters::counters(local, endpoint));
                let late = micros_between(started, Instant::now()) >= AGAIN_US;
                Ok(Established {
                    local: local.map(|local| local.to_string()),
                    again: counted.map_or(late, |counted| counted.retransmitted > 0),
                })
            }
            Ok(Err(error)) => Err((tcp::code(&error), error.to_string())),
            Err(_) => {
                let why = "no answer within the session time-out".to_owned();
                Err((FailureCode::TcpTimeout, why))
            }
        };
        let worked = result.is_ok();
        last = ended(Some(endpoint), result);
        if worked {
            break;
        }
    }
    last
}

impl<'h, 'a> Watch<'h, 'a> {
    fn new(step: StepLog<'a>, lag: &'h Lag, every: Duration, timeout: Duration) -> Self {
        let now = Instant::now();
        let mut link = Link::new(us(timeout));
        // The peer is heard of from the beginning on, or it is missed from then on.
        link.asked(step.recorder().micros(now));
        Self {
            step,
            lag,
            book: Book::new(step, lag),
            link,
            every_us: us(every),
            timeout,
            begun: now,
            heard: now,
            since: Since::default(),
            why: (FailureCode::TcpTimeout, None),
            endpoint: None,
            local: None,
        }
    }

    fn us(&self, instant: Instant) -> u64 {
        self.step.recorder().micros(instant)
    }

    /// When the session is lost for silence.
    fn silent_until(&self) -> Option<Instant> {
        let stalled_us = self.lag.since(self.heard).whole_us;
        let until = self.link.silent_until(stalled_us)?;
        Some(self.step.recorder().instant(until))
    }

    /// The time-out has passed, unless this host itself did not run.
    fn silence(&mut self) {
        let now = Instant::now();
        let stalled_us = self.lag.since(self.heard).whole_us;
        if let Some(change) = self.link.silent(self.us(now), stalled_us) {
            self.why = (
                self.since.first.clone().unwrap_or(FailureCode::TcpTimeout),
                None,
            );
            self.change(&change, now);
        }
    }

    /// What one connect says; the reason to go no further, when it is one.
    fn take(&mut self, ended: Ended) -> Result<(), Failure> {
        let (started_us, at_us) = (self.us(ended.started), self.us(ended.ended));
        let elapsed_us = at_us.saturating_sub(started_us);
        if let Some(endpoint) = ended.endpoint {
            self.endpoint = Some(endpoint.to_string());
        }
        let (code, detail) = match ended.result {
            Ok(established) => {
                self.local = established.local;
                self.book
                    .established(started_us, elapsed_us, established.again);
                self.heard(ended.ended);
                return Ok(());
            }
            Err(failed) => failed,
        };
        if code == FailureCode::PolicyRefused {
            return Err(Failure::new(code, detail));
        }
        let detail = (!detail.is_empty()).then(|| bounded(&detail, DETAIL_CHARS));
        self.book.failed(ConnectFailed {
            started_us,
            elapsed_us,
            code: code.clone(),
            endpoint: ended.endpoint.map(|endpoint| endpoint.to_string()),
            detail: detail.clone(),
        });
        // What was begun before the peer was last heard of says nothing of the time after.
        if ended.started < self.heard && !says_why(&code) {
            return Ok(());
        }
        self.since.failed = self.since.failed.saturating_add(1);
        self.since.first.get_or_insert_with(|| code.clone());
        if !says_why(&code) {
            return Ok(());
        }
        self.since.said.get_or_insert_with(|| (code.clone(), at_us));
        if let Some(change) = self.link.failed(at_us) {
            self.why = (code, detail);
            self.change(&change, ended.ended);
        }
        Ok(())
    }

    /// The peer was heard of.
    fn heard(&mut self, at: Instant) {
        let at = at.max(self.heard);
        let at_us = self.us(at);
        if let Some(change) = self.link.answered(at_us) {
            self.change(&change, at);
        }
        self.link.answered(at_us);
        // From now on it is missed again.
        self.link.asked(at_us);
        self.gap(at, false);
        self.heard = at;
        self.since = Since::default();
    }

    /// Tells of the time since the peer was last heard of, when that is longer than two beats.
    fn gap(&mut self, until: Instant, open: bool) {
        let length_us = micros_between(self.heard, until);
        if length_us <= self.every_us.saturating_mul(2) && (self.since.failed == 0 || open) {
            return;
        }
        let Late { worst_us, whole_us } = self.lag.since(self.heard);
        let since = &self.since;
        let code = since.said.as_ref().map(|(code, _)| code.clone());
        self.book.gap(SessionGap {
            from_us: self.us(self.heard),
            until_us: self.us(until),
            open,
            failed: since.failed,
            code: code.or_else(|| since.first.clone()),
            said_us: since.said.as_ref().map(|(_, at)| *at),
            lag_max_us: worst_us,
            lag_whole_us: whole_us.min(length_us),
        });
    }

    fn change(&mut self, change: &Change, now: Instant) {
        let back = change.now == LinkState::Connected;
        let window = now.checked_sub(self.timeout).unwrap_or(self.begun);
        self.book.changed(LinkChange {
            at_us: change.at_us,
            now: change.now,
            last_answer_us: change.last_answer_us,
            lost_us: change.lost_us,
            loss: change.loss,
            code: self.why.0.clone(),
            detail: self.why.1.clone(),
            detect_us: change.detect_us,
            recover_us: change.recover_us,
            outage_us: change.outage_us,
            tries: change.tries,
            endpoint: self.endpoint.clone(),
            local: if back { self.local.clone() } else { None },
            lag_max_us: self.lag.since(window).worst_us,
            counters: None,
        });
    }

    /// Beats that this host did not get to.
    fn passed_over(&mut self, last: Instant, now: Instant, every: Duration) {
        let beats = now.saturating_duration_since(last).as_micros() / every.as_micros().max(1);
        let missed = u32::try_from(beats).unwrap_or(u32::MAX).saturating_sub(1);
        if missed > 0 {
            self.book.passed_over(missed);
        }
    }

    /// The connects are over.
    fn ends(&mut self) {
        self.gap(Instant::now(), true);
    }
}

fn us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
