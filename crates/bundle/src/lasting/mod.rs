//! What lasts, folded from its facts and told as tables: beneath the page's pictures and in the reports alike.
//!
//! ```text
//! Observation ──see──▶ Lasting ──tables──▶ idle, pool, flow · outages, beats · operations, policies
//!                                          writes · ramp, ports, addresses, sizes · servers, stages, legs
//! ```
//!
//! Constant time for each fact, bounded in all. What is wrong, and why, is the rules' to say.

mod beats;
mod held;
mod link;
mod link_tables;
mod replicas;
mod retry;
mod table;
pub mod undone;
mod way;
mod writes;

pub use beats::{merged, span_us};
pub use link::{Link, Stage, StageState};
pub use link_tables::said;
pub use replicas::{list as steps_to_connect, looks as on_the_port};
pub use retry::policies;
pub use table::{Cell, Table, Tone};

use chrono::{DateTime, TimeDelta, Utc};
use model::lasting::{
    AddressesTried, BeatMinute, FlowEnd, FreshLoginFailed, IdleProgress, IdleRung, LinkChange,
    ListenerMinute, LocalPorts, PlannedStatement, RampEnd, RampStage, ReplicaFact, ReplicaMinute,
    SizeAnswer, SynTimes, WriteCount, WriteRound,
};
use model::{EventBody, Observation, RunEvent, StepKind};
use rules::replay::Timeline;
use rules::replica::Replicas;

/// Facts of one kind that are kept; a run has far fewer, but for its minutes.
const MOST: usize = 1_000;
/// Minutes that are kept: two weeks.
const MOST_MINUTES: usize = 20_160;

/// Minutes of single connects or logins that are kept: a day; each holds all of them.
const MOST_DRAWN: usize = 1_440;

/// Everything that is known of what lasts.
#[derive(Clone, Debug, Default)]
pub struct Lasting {
    /// What the target is.
    pub kind: String,
    /// When the agent began, by the log's wall clock.
    pub began: Option<DateTime<Utc>>,
    /// Connections of the idle ladder whose time is over.
    pub rungs: Vec<IdleRung>,
    /// How far the ladder has got.
    pub progress: Option<IdleProgress>,
    /// Queries that returned data.
    pub flows: Vec<FlowEnd>,
    /// The heartbeat, minute by minute.
    pub minutes: Vec<BeatMinute>,
    /// Its losses and what came after.
    pub changes: Vec<LinkChange>,
    /// Its fresh logins that failed.
    pub logins_failed: Vec<FreshLoginFailed>,
    /// Every operation of the retry loop.
    pub timeline: Timeline,
    /// Operations that were not begun.
    pub passed_over: u64,
    /// Statements of the writes.
    pub statements: Vec<PlannedStatement>,
    /// How the writes were done again.
    pub rounds: Vec<WriteRound>,
    /// How often they were done.
    pub counts: Vec<WriteCount>,
    /// The ramp, second by second.
    pub stages: Vec<RampStage>,
    /// What it came to.
    pub ramp: Option<RampEnd>,
    /// The host's own ports.
    pub ports: Option<LocalPorts>,
    /// Connects one after another.
    pub syns: Vec<SynTimes>,
    /// The name's addresses.
    pub addresses: Vec<AddressesTried>,
    /// Messages of known sizes.
    pub sizes: Vec<SizeAnswer>,
    /// The link with a managed instance.
    pub link: Link,
    /// Availability replicas.
    pub replica: Replicas,
    /// Connects to another's endpoint, minute by minute.
    pub connects: Vec<ReplicaMinute>,
    /// Logins at a listener, likewise.
    pub listener: Vec<ListenerMinute>,
    /// Facts that were too many to keep.
    pub left_out: u64,
}

impl Lasting {
    /// Takes an event.
    pub fn take(&mut self, event: &RunEvent) {
        self.link.take(event, &self.statements);
        match &event.body {
            EventBody::RunCreated { plan, .. } => self.kind.clone_from(&plan.target.kind),
            EventBody::RunStarted { .. } => {
                let since = i64::try_from(event.elapsed_us.unwrap_or(0)).unwrap_or(0);
                self.began = event.at.checked_sub_signed(TimeDelta::microseconds(since));
            }
            EventBody::Observed {
                step,
                observation: Observation::Replica(fact),
                ..
            } => {
                self.replica.apply(*step, event.seq, fact);
                let was_kept = match fact {
                    ReplicaFact::Minute(one) => keep(&mut self.connects, one, MOST_DRAWN),
                    ReplicaFact::ListenerMinute(one) => keep(&mut self.listener, one, MOST_DRAWN),
                    _ => true,
                };
                self.left_out = self.left_out.saturating_add(u64::from(!was_kept));
            }
            EventBody::Observed { observation, .. } => self.see(observation),
            _ => {}
        }
    }

    /// Takes a fact; one that does not last changes nothing.
    pub fn see(&mut self, seen: &Observation) {
        let was_kept = match seen {
            Observation::IdleRung(one) => keep(&mut self.rungs, one, MOST),
            Observation::FlowEnd(one) => keep(&mut self.flows, one, MOST),
            Observation::BeatMinute(one) => keep(&mut self.minutes, one, MOST_MINUTES),
            Observation::LinkChange(one) => keep(&mut self.changes, one, MOST),
            Observation::FreshLoginFailed(one) => keep(&mut self.logins_failed, one, MOST),
            Observation::PlannedStatement(one) => keep(&mut self.statements, one, MOST),
            Observation::WriteRound(one) => keep(&mut self.rounds, one, MOST),
            Observation::WriteCount(one) => keep(&mut self.counts, one, MOST),
            Observation::RampStage(one) => keep(&mut self.stages, one, MOST),
            Observation::SynTimes(one) => keep(&mut self.syns, one, MOST),
            Observation::AddressesTried(one) => keep(&mut self.addresses, one, MOST),
            Observation::SizeAnswer(one) => keep(&mut self.sizes, one, MOST),
            Observation::LoopMinute(minute) => {
                self.timeline.take(minute);
                self.passed_over = self
                    .passed_over
                    .saturating_add(u64::from(minute.passed_over));
                true
            }
            Observation::IdleProgress(one) => {
                self.progress = Some(*one);
                true
            }
            Observation::RampEnd(one) => {
                self.ramp = Some(one.clone());
                true
            }
            Observation::LocalPorts(one) => {
                self.ports = Some(one.clone());
                true
            }
            _ => true,
        };
        self.left_out = self.left_out.saturating_add(u64::from(!was_kept));
    }

    /// What the wall clock said so long after the run's beginning.
    fn clock(&self, us: u64) -> String {
        let since = TimeDelta::microseconds(i64::try_from(us).unwrap_or(0));
        let at = self.began.and_then(|began| began.checked_add_signed(since));
        at.map_or(String::new(), |at| {
            at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
        })
    }

    /// The tables of one thing that lasts; those without rows are left out.
    #[must_use]
    pub fn tables(&self, of: StepKind) -> Vec<Table> {
        let mut tables = match of {
            StepKind::IdleLadder => vec![held::ladder(self), held::pool(self)],
            StepKind::DataFlow => vec![held::flows(self)],
            StepKind::Heartbeat => vec![beats::outages(self), beats::spans(self)],
            StepKind::RetryLoop => vec![retry::operations(self), retry::replays(self)],
            StepKind::TrackedWrites => vec![writes::writes(self)],
            StepKind::Capacity => vec![way::ports(self), way::ramp(self)],
            StepKind::ReplicaSession => vec![
                replicas::gaps(&self.replica),
                replicas::list(&[("How it stands", &self.replica)]),
                replicas::looks(&[("Seen here", &self.replica)]),
            ],
            StepKind::ReplicaCatalog => vec![replicas::server(&self.replica)],
            StepKind::ListenerView => vec![replicas::listener(&self.replica)],
            StepKind::PathSurvey => {
                vec![way::syns(self), way::addresses(self), way::sizes(self)]
            }
            kind => link::tables(self, kind),
        };
        tables.retain(|table| !table.rows.is_empty());
        tables
    }

    /// All tables, in the order of [`KINDS`].
    #[must_use]
    pub fn all_tables(&self) -> Vec<Table> {
        KINDS.iter().flat_map(|kind| self.tables(*kind)).collect()
    }
}

/// What lasts and has something to show, in the order it is shown.
pub const KINDS: [StepKind; 13] = [
    StepKind::IdleLadder,
    StepKind::Heartbeat,
    StepKind::DataFlow,
    StepKind::RetryLoop,
    StepKind::TrackedWrites,
    StepKind::Capacity,
    StepKind::PathSurvey,
    StepKind::InstanceLink,
    StepKind::LinkToInstance,
    StepKind::LinkFromInstance,
    StepKind::ReplicaSession,
    StepKind::ReplicaCatalog,
    StepKind::ListenerView,
];

fn keep<T: Clone>(all: &mut Vec<T>, one: &T, most: usize) -> bool {
    let has_room = all.len() < most;
    if has_room {
        all.push(one.clone());
    }
    has_room
}
