//! The link between a SQL Server, the run's target, and a managed instance: each of the two connects to the other.
//!
//! ```text
//! statements told ──dry run──▶ over
//!       └▶ precheck: both servers asked ──▶ to_instance ──▶ from_instance
//!
//! each direction:
//!   precheck ──in the way──▶ skipped, with the reason
//!      └▶ create ──▶ start ──▶ poll ──▶ read ──▶ clean up ──▶ next
//!           └─ refused ─┴─ lost ─┴─ too long ─┴──▶ clean up
//!
//! to_instance    [job: a step for each connect │ the agent itself]   → endpoint, → node
//! from_instance  [master key, certificate, endpoint]  [job: → itself]  [job, procedure: instance → SQL Server]
//!                 only where there is no endpoint
//! ```
//! Where the instance is, is read again for each direction: after a failover it is elsewhere. What is made is
//! announced first and goes the youngest first; what was there before is used, and never taken away.

mod answers;
mod from_instance;
mod planned;
mod readiness;
mod server;
mod server_job;
mod statements;
mod to_instance;

use super::{logged_in_ground, skip};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::objects::{self, Mute};
use crate::record::{Place, Recorder, StepLog};
use crate::run::Run;
use model::lasting::{InstanceLink, LegEnd, LinkDirection, LinkSide};
use model::{FailureCode, Observation, StepKind, Subject};
use readiness::Both;
use server::Server;
use statements::{Made, Names};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) use planned::planned;

/// Longest that the clean-up of one direction may take; what is left then is for the end of the run, and its journal.
const CLEAN_UP: Duration = Duration::from_secs(30);

/// Makes the steps that the plan asks for.
pub(super) async fn make(first: &Hop<'_>, asked: &InstanceLink) {
    let run = first.run;
    let (place, subject) = (Place::default(), first.subject(None));
    let ground = match logged_in_ground(first) {
        Err(failure) if !asked.dry_run => return skip(first, StepKind::InstanceLink, &failure),
        _ => first,
    };
    let step = run.recorder.start(StepKind::InstanceLink, place, subject);
    for statement in planned(run.plan) {
        step.observe(None, Observation::PlannedStatement(statement));
    }
    if asked.dry_run {
        return step.ok();
    }
    let quiet = run.recorder.quiet(&Mute);
    let link = Link {
        run,
        asked,
        names: Names::of(run.plan.run),
        quiet: &quiet,
        made: AtomicU32::new(0),
    };
    let both = link.precheck(step).await;
    step.end(both.as_ref().err());
    for direction in LinkDirection::all() {
        if asked.goes(direction) {
            link.make(ground, direction, both.as_ref().ok()).await;
        }
    }
}

/// What both directions share.
struct Link<'a> {
    run: &'a Run<'a>,
    asked: &'a InstanceLink,
    names: Names,
    /// The connections that statements go over are not told of one by one.
    quiet: &'a Recorder<'a>,
    /// Objects so far.
    made: AtomicU32,
}

impl<'a> Link<'a> {
    /// The first sign-in at each of the two; the instance's is told whole.
    async fn precheck(&self, step: StepLog<'a>) -> Result<Both, Failure> {
        let mut server = self.open(LinkSide::Server).await?;
        let (port, of) = (self.asked.server_port, LinkSide::Server);
        let own = readiness::ask(&mut server, of, port, step).await?;
        server.close().await;
        step.observe(None, Observation::LinkReadiness(own.clone()));
        let mut instance = Server::open(self.instance()?, step).await?;
        let of = LinkSide::Instance;
        let other = readiness::ask(&mut instance, of, self.asked.instance_port, step).await?;
        instance.close().await;
        step.observe(None, Observation::LinkReadiness(other.clone()));
        Ok(Both {
            server: own,
            instance: other,
        })
    }

    async fn make(&self, first: &Hop<'a>, direction: LinkDirection, both: Option<&Both>) {
        let kind = match direction {
            LinkDirection::ToInstance => StepKind::LinkToInstance,
            LinkDirection::FromInstance => StepKind::LinkFromInstance,
        };
        let Some(both) = both else {
            return skip(first, kind, &Failure::bare(FailureCode::NotReached));
        };
        if let Some(failure) = both.in_the_way(self.asked, direction) {
            return skip(first, kind, &failure);
        }
        let (place, subject) = (Place::default(), self.subject());
        let step = self.run.recorder.start(kind, place, subject);
        let ended = match direction {
            LinkDirection::ToInstance => to_instance::make(self, step).await,
            LinkDirection::FromInstance => from_instance::make(self, both, step).await,
        };
        step.end(ended.err().as_ref());
        objects::clean_up(self.run, CLEAN_UP).await;
    }

    /// The instance, as it was named.
    fn subject(&self) -> Subject {
        let target = self.run.instance.as_ref().map(|run| &run.plan.target);
        Subject {
            host: target.map(|target| target.host.clone()),
            port: target.and_then(|target| target.port),
            ..Subject::default()
        }
    }

    fn instance(&self) -> Result<&'a Run<'a>, Failure> {
        let none = || {
            Failure::new(
                FailureCode::NotAvailable,
                "the instance's name cannot be read",
            )
        };
        self.run.instance.as_deref().ok_or_else(none)
    }

    /// A connection of its own to one of them.
    async fn open(&self, side: LinkSide) -> Result<Server<'a>, Failure> {
        let run = match side {
            LinkSide::Server => self.run,
            LinkSide::Instance => self.instance()?,
        };
        let subject = objects::first_hop(run).subject(None);
        let unseen = self
            .quiet
            .start(StepKind::InstanceLink, Place::default(), subject);
        let opened = Server::open(run, unseen).await;
        unseen.ok();
        opened
    }

    /// Makes something on one of them.
    async fn create(
        &self,
        server: &mut Server<'_>,
        made: &Made,
        step: StepLog<'_>,
    ) -> Result<(), Failure> {
        let number = self.made.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        server.make(made, number, self.run, step).await
    }

    fn limit(&self) -> Duration {
        crate::run::wait(self.asked.limit_ms)
    }
}

/// Tells how each connect ended; the first that came to nothing is the step's failure.
fn told(ends: Vec<LegEnd>, step: StepLog<'_>) -> Result<(), Failure> {
    let mut failed = None;
    for end in ends {
        if end.reached == Some(false) && failed.is_none() {
            failed = Some(format!("{}:{}", end.host, end.port));
        }
        step.observe(None, Observation::LegEnd(end));
    }
    match failed {
        None => Ok(()),
        Some(place) => Err(Failure::new(FailureCode::LegFailed, place)),
    }
}
