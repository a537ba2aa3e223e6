//! Writes whose connection is cut on purpose, at one moment after the other, and done again: once by asking a tracker,
//! once, for contrast, without asking. How often each was done, only the database says, at the end.
//!
//! ```text
//! statements told ──dry run──▶ over
//!       └▶ tables announced, made, filled ──▶ rounds: a moment, a way ──▶ counted ──▶ tables gone, read back
//!                                                └─ for each operation: write ─✂─ new connection ─ settle
//! ```

mod operation;
mod statements;

use super::held_connection::HeldConnection;
use super::{logged_in_ground, skip};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::login::server_message;
use crate::objects::{self, Mute};
use crate::record::{Place, Recorder, StepLog, micros_between};
use crate::run::Run;
use model::lasting::{CutMoment, OddWrite, TrackedWrites, WriteCount, WriteRound, WriteWay};
use model::{FailureCode, Observation, StepKind};
use operation::{Operation, Settled};
use statements::Tables;
use std::collections::BTreeMap;
use std::time::Duration;
use tds::rows::Value;
use tds::token::Reply;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Longest that the tables' going may take, once the writes are over.
const CLEAN_UP: Duration = Duration::from_secs(30);
/// Waits before the tries of a connection or a count after the first.
const WAITS: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Error: something of that name is there.
const EXISTS: i32 = 2714;

/// Makes the step that the plan asks for.
pub(super) async fn make(first: &Hop<'_>, asked: &TrackedWrites) {
    let run = first.run;
    let tables = Tables::new(&asked.schema, run.plan.run);
    let ground = match logged_in_ground(first) {
        _ if asked.dry_run => None,
        Ok(ground) => Some(ground),
        Err(failure) => return skip(first, StepKind::TrackedWrites, &failure),
    };
    let (place, subject) = (Place::default(), first.subject(None));
    let step = run.recorder.start(StepKind::TrackedWrites, place, subject);
    for statement in tables.planned(run.plan, asked) {
        step.observe(None, Observation::PlannedStatement(statement));
    }
    let Some(ground) = ground else {
        return step.ok();
    };
    let quiet = run.recorder.quiet(&Mute);
    let drill = Drill {
        run,
        step,
        asked,
        tables,
        ground,
        quiet: &quiet,
    };
    match drill.make().await {
        Ok(()) => step.ok(),
        Err(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
    objects::clean_up(run, CLEAN_UP).await;
}

/// All that the operations share.
struct Drill<'a> {
    run: &'a Run<'a>,
    step: StepLog<'a>,
    asked: &'a TrackedWrites,
    tables: Tables,
    ground: Hop<'a>,
    /// Thousands of connections are not told of one by one.
    quiet: &'a Recorder<'a>,
}

impl<'a> Drill<'a> {
    async fn make(&self) -> Result<(), Failure> {
        let mut session = self.connect().await?;
        for (object, create) in self.tables.objects(self.run.plan) {
            objects::announce(self.run, self.step, &object).await?;
            match self.ask(&mut session, &create).await {
                Ok(_) => objects::made(self.step, &object),
                Err(Refusal::Number(EXISTS, failure)) => {
                    objects::not_ours(self.run, self.step, &object).await;
                    return Err(failure);
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
        let rounds = self.rounds();
        let all = u32::try_from(rounds.len()).unwrap_or(u32::MAX);
        for rows in self.tables.fill(all.saturating_mul(self.asked.operations)) {
            self.ask(&mut session, &rows).await?;
        }
        let mut held = Some(session);
        let mut ids = BTreeMap::new();
        for (number, (moment, way)) in (0..).zip(&rounds) {
            held = self.round(number, *moment, *way, held, &mut ids).await;
        }
        self.count(&rounds, held, &ids).await;
        Ok(())
    }

    /// Moments and ways, in their order. The operations of each have numbers of their own.
    fn rounds(&self) -> Vec<(CutMoment, WriteWay)> {
        let ways: &[WriteWay] = match self.asked.blind {
            true => &[WriteWay::Tracked, WriteWay::Blind],
            false => &[WriteWay::Tracked],
        };
        let moments = self.asked.moments.iter();
        moments
            .flat_map(|moment| ways.iter().map(|way| (*moment, *way)))
            .collect()
    }

    /// The numbers of a round's operations: above the first, up to the second.
    fn numbers(&self, round: u32) -> (u32, u32) {
        let above = round.saturating_mul(self.asked.operations);
        (above, above.saturating_add(self.asked.operations))
    }

    async fn round(
        &self,
        number: u32,
        moment: CutMoment,
        way: WriteWay,
        mut held: Option<HeldConnection<'a>>,
        ids: &mut BTreeMap<u32, Uuid>,
    ) -> Option<HeldConnection<'a>> {
        let started = Instant::now();
        let (above, to) = self.numbers(number);
        let mut round = WriteRound {
            moment,
            way,
            operations: self.asked.operations,
            known: 0,
            reissued: 0,
            refused_by_key: 0,
            unsettled: 0,
            elapsed_us: 0,
        };
        for number in above.saturating_add(1)..=to {
            let operation = Operation {
                number,
                id: (way == WriteWay::Tracked).then(Uuid::new_v4),
            };
            ids.extend(operation.id.map(|id| (number, id)));
            let (settled, session) = self.do_once(&operation, moment, held.take()).await;
            held = session;
            let count = match settled {
                Settled::Known => &mut round.known,
                Settled::Reissued => &mut round.reissued,
                Settled::RefusedByKey => &mut round.refused_by_key,
                Settled::Open => &mut round.unsettled,
            };
            *count = count.saturating_add(1);
        }
        round.elapsed_us = micros_between(started, Instant::now());
        self.step.observe(None, Observation::WriteRound(round));
        held
    }

    /// Asks the database how often each operation was done, and tells it.
    async fn count(
        &self,
        rounds: &[(CutMoment, WriteWay)],
        mut held: Option<HeldConnection<'a>>,
        ids: &BTreeMap<u32, Uuid>,
    ) {
        for (number, (moment, way)) in (0..).zip(rounds) {
            let (above, to) = self.numbers(number);
            let mut times = BTreeMap::new();
            let mut from = above;
            while from < to {
                let part = to.min(from.saturating_add(Tables::COUNTED));
                let sql = self.tables.count(from, part);
                if let Some(reply) = self.ask_surely(&mut held, &sql).await {
                    times.extend(counts(&reply));
                }
                from = part;
            }
            let mut count = WriteCount {
                moment: *moment,
                way: *way,
                operations: self.asked.operations,
                once: 0,
                lost: 0,
                doubled: 0,
                unknown: 0,
            };
            for operation in above.saturating_add(1)..=to {
                let done = times.get(&operation).copied();
                let sort = match done {
                    Some(1) => &mut count.once,
                    Some(0) => &mut count.lost,
                    Some(_) => &mut count.doubled,
                    None => &mut count.unknown,
                };
                *sort = sort.saturating_add(1);
                if matches!(done, Some(1) | None) {
                    continue;
                }
                let odd = OddWrite {
                    operation,
                    moment: *moment,
                    way: *way,
                    id: ids.get(&operation).copied(),
                    times: done,
                };
                self.step.observe(None, Observation::OddWrite(odd));
            }
            self.step.observe(None, Observation::WriteCount(count));
        }
        if let Some(session) = held {
            session.close().await;
        }
    }

    async fn connect(&self) -> Result<HeldConnection<'a>, Failure> {
        let mut waits = WAITS.into_iter();
        loop {
            let failure = match self.open().await {
                Ok(session) => return Ok(session),
                Err(failure) => failure,
            };
            let Some(wait) = waits.next() else {
                return Err(failure);
            };
            sleep(wait).await;
        }
    }

    async fn open(&self) -> Result<HeldConnection<'a>, Failure> {
        let subject = self.ground.subject(None);
        let unseen = self
            .quiet
            .start(StepKind::TrackedWrites, Place::default(), subject);
        let opened = HeldConnection::open(self.ground.clone(), unseen, 1).await;
        unseen.ok();
        opened.map_err(|not_there| not_there.failure)
    }

    /// Asks over whatever connection there is, some times; none when the database could not be asked.
    async fn ask_surely(&self, held: &mut Option<HeldConnection<'a>>, sql: &str) -> Option<Reply> {
        let mut waits = WAITS.into_iter();
        loop {
            let mut session = match held.take() {
                Some(session) => session,
                None => self.connect().await.ok()?,
            };
            if let Ok(reply) = session.ask(sql, self.deadline()).await {
                *held = Some(session);
                return Some(reply);
            }
            session.cut().await;
            sleep(waits.next()?).await;
        }
    }

    /// One statement, whose refusal is told.
    async fn ask(&self, session: &mut HeldConnection<'a>, sql: &str) -> Result<Reply, Refusal> {
        let asked = session.query(sql, self.deadline()).await;
        let reply = asked.map_err(|lost| {
            let why = lost
                .why
                .unwrap_or_else(|| "the connection was lost".to_owned());
            Refusal::Other(Failure::new(FailureCode::QueryFailed, why))
        })?;
        let mut first = None;
        for error in reply.errors() {
            let told = Observation::ServerError(server_message(error));
            self.step.observe(None, told);
            first.get_or_insert((error.number, error.text.clone()));
        }
        match first {
            None => Ok(reply),
            Some((number, text)) => Err(Refusal::Number(
                number,
                Failure::new(FailureCode::QueryFailed, text),
            )),
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.run.limits.query
    }
}

/// Why a statement was not done.
enum Refusal {
    /// The server's number.
    Number(i32, Failure),
    /// Anything else.
    Other(Failure),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Number(_, failure) | Refusal::Other(failure) => failure,
        }
    }
}

/// Operation and times of each row.
fn counts(reply: &Reply) -> impl Iterator<Item = (u32, u32)> + use<'_> {
    reply.rows().filter_map(|row| match row {
        [Value::Int(operation), Value::Int(times)] => {
            Some((u32::try_from(*operation).ok()?, u32::try_from(*times).ok()?))
        }
        _ => None,
    })
}
