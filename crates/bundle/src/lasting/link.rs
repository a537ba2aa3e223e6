//! The link between a SQL Server and a managed instance: how far each direction has come, and what the connects said.
//!
//! ```text
//! precheck ──▶ create ──▶ start ──▶ poll ──▶ read ──▶ clean up
//!     └───────────┴─────────┴────────┴── failed: what follows is not reached, but for the clean-up
//! ```
//! Where a direction is, its statements tell: each one that is sent is one of those that were told before.

use super::link_tables;
use super::{Lasting, Table, keep};
use model::lasting::{
    InstanceAddresses, InstanceLink, LegEnd, LinkDirection, LinkLeg, LinkReadiness, LinkWay,
    PlannedStatement, StatementPurpose,
};
use model::{
    EventBody, FailureCode, ObjectFact, ObjectState, Observation, RunEvent, StepId, StepKind,
    StepState,
};
use rules::words::{code_sentence, count};
use std::collections::BTreeMap;

/// Facts of one kind that are kept.
const MOST: usize = 64;

/// How a stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState {
    /// Its turn comes.
    Waits,
    /// Being done.
    Runs,
    /// Done.
    Passed,
    /// Came to nothing.
    Failed,
    /// Something before it failed.
    NotReached,
    /// There is nothing to do for it.
    NotNeeded,
}

/// One of the six of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub title: &'static str,
    /// How it stands.
    pub state: StageState,
    /// What there is to say of it; may hold a server's words.
    pub told: String,
}

/// The names of the stages, in their order.
const TITLES: [&str; 6] = ["Precheck", "Create", "Start", "Poll", "Read", "Clean up"];
const CREATE: usize = 1;
const START: usize = 2;
const POLL: usize = 3;
const READ: usize = 4;

/// A step of the link.
#[derive(Clone, Debug)]
struct Part {
    id: StepId,
    kind: StepKind,
    state: StepState,
    code: Option<FailureCode>,
    detail: Option<String>,
    /// What the server said last, with its number.
    refusal: Option<(i32, String)>,
    /// The stage that its last statement belongs to.
    at: usize,
}

/// What is known of the link.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// What was asked for.
    pub asked: Option<InstanceLink>,
    /// What the two servers said of themselves.
    pub readiness: Vec<LinkReadiness>,
    /// Where the instance said that it is, last.
    pub addresses: Option<InstanceAddresses>,
    /// What the connects came to.
    pub legs: Vec<LegEnd>,
    parts: Vec<Part>,
    /// Objects, with the step that made each.
    objects: BTreeMap<u32, (StepId, ObjectFact)>,
    is_over: bool,
}

impl Link {
    pub(super) fn take(&mut self, event: &RunEvent, planned: &[PlannedStatement]) {
        match &event.body {
            EventBody::RunCreated { plan, .. } => {
                self.asked.clone_from(&plan.options.lasting.instance_link);
            }
            EventBody::StepStarted {
                step, step_kind, ..
            } => self.begin(*step, *step_kind),
            EventBody::StepFinished {
                step,
                state,
                code,
                detail,
                ..
            } => {
                if let Some(part) = self.part(*step) {
                    part.state = *state;
                    part.code.clone_from(code);
                    part.detail.clone_from(detail);
                }
            }
            EventBody::CleaningReported { gone, .. } => {
                for number in gone {
                    if let Some((_, fact)) = self.objects.get_mut(number) {
                        fact.state = ObjectState::Gone;
                    }
                }
            }
            EventBody::Observed {
                step, observation, ..
            } => self.see(*step, observation, planned),
            EventBody::RunSettled { .. } => self.is_over = true,
            _ => {}
        }
    }

    fn begin(&mut self, id: StepId, kind: StepKind) {
        self.is_over = false;
        let is_ours = matches!(
            kind,
            StepKind::InstanceLink | StepKind::LinkToInstance | StepKind::LinkFromInstance
        );
        if is_ours && self.parts.len() < MOST {
            self.parts.push(Part {
                id,
                kind,
                state: StepState::Running,
                code: None,
                detail: None,
                refusal: None,
                at: 0,
            });
        }
    }

    fn part(&mut self, step: StepId) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.id == step)
    }

    fn see(&mut self, step: StepId, seen: &Observation, planned: &[PlannedStatement]) {
        if let Observation::ServerObject(fact) = seen {
            let known = self.objects.get(&fact.object.number);
            let by = known.map_or(step, |(by, _)| *by);
            if known.is_some() || self.objects.len() < MOST {
                self.objects.insert(fact.object.number, (by, fact.clone()));
            }
        }
        let Some(part) = self.part(step) else { return };
        match seen {
            Observation::ServerError(said) => {
                part.refusal = Some((said.number, said.message.clone()));
            }
            Observation::StatementSent { sql } => part.at = stage(sql, planned),
            Observation::LegEnd(end) => {
                part.at = READ;
                keep(&mut self.legs, end, MOST);
            }
            Observation::LinkReadiness(said) => {
                keep(&mut self.readiness, said, MOST);
            }
            Observation::InstanceAddresses(said) => {
                part.at = CREATE;
                self.addresses = Some(said.clone());
            }
            _ => {}
        }
    }

    /// Whether the run has settled.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What the connects of a direction came to.
    pub fn legs(&self, direction: LinkDirection) -> impl Iterator<Item = &LegEnd> {
        let from = |leg| match leg {
            LinkLeg::ToInstance | LinkLeg::ToNode => LinkDirection::ToInstance,
            LinkLeg::ServerItself | LinkLeg::ToServer => LinkDirection::FromInstance,
        };
        self.legs
            .iter()
            .filter(move |end| from(end.leg) == direction)
    }

    /// The six stages of a direction; none where it is not asked for, or nothing is sent.
    #[must_use]
    pub fn stages(&self, direction: LinkDirection) -> Vec<Stage> {
        let asked = self.asked.as_ref();
        let Some(asked) = asked.filter(|asked| !asked.dry_run && asked.goes(direction)) else {
            return Vec::new();
        };
        let kind = match direction {
            LinkDirection::ToInstance => StepKind::LinkToInstance,
            LinkDirection::FromInstance => StepKind::LinkFromInstance,
        };
        let last = |kind| self.parts.iter().rev().find(|part| part.kind == kind);
        let makes = direction == LinkDirection::FromInstance || asked.way == LinkWay::ServerJob;
        let (before, own) = (last(StepKind::InstanceLink), last(kind));
        let mut stages: Vec<Stage> = TITLES
            .iter()
            .enumerate()
            .map(|(at, title)| {
                let (state, told) = match own {
                    Some(part) => self.of_own(part, at, makes),
                    None => self.of_before(before, at),
                };
                Stage { title, state, told }
            })
            .collect();
        if let (Some(part), Some(last)) = (own, stages.last_mut()) {
            (last.state, last.told) = self.cleaned(part);
        }
        stages
    }

    /// Before its own step there is only the look at both servers.
    fn of_before(&self, before: Option<&Part>, at: usize) -> (StageState, String) {
        match (before.map(|part| part.state), at) {
            (None | Some(StepState::Running), _) if self.is_over => {
                (StageState::NotReached, String::new())
            }
            (Some(StepState::Running), 0) => {
                (StageState::Runs, "both servers are asked".to_owned())
            }
            (Some(StepState::Failed | StepState::Skipped), 0) => {
                (StageState::Failed, before.map_or_else(String::new, why))
            }
            (Some(StepState::Failed | StepState::Skipped), _) => {
                (StageState::NotReached, String::new())
            }
            (Some(StepState::Ok), _) if self.is_over => (StageState::NotReached, String::new()),
            _ => (StageState::Waits, String::new()),
        }
    }

    fn of_own(&self, part: &Part, at: usize, makes: bool) -> (StageState, String) {
        let needless = !makes && (CREATE..READ).contains(&at);
        let reached = match part.at {
            0 => 0,
            at if makes => at,
            _ => READ,
        };
        let told = match (at, needless) {
            (_, true) => "the agent connects itself".to_owned(),
            (CREATE, _) => self.made(part),
            _ => String::new(),
        };
        // The connects were made and read: that one of them came to nothing is theirs to tell.
        let came_through = part.code == Some(FailureCode::LegFailed);
        match part.state {
            _ if needless => (StageState::NotNeeded, told),
            StepState::Skipped if at == 0 => (StageState::Failed, why(part)),
            StepState::Skipped => (StageState::NotReached, String::new()),
            StepState::Ok => (StageState::Passed, told),
            StepState::Failed if came_through => (StageState::Passed, told),
            _ if at < reached => (StageState::Passed, told),
            StepState::Running if self.is_over && at == reached => {
                (StageState::Failed, "cut off".to_owned())
            }
            StepState::Running if at == reached => (StageState::Runs, told),
            StepState::Running if !self.is_over => (StageState::Waits, String::new()),
            StepState::Failed if at == reached => (StageState::Failed, why(part)),
            StepState::Running | StepState::Failed => (StageState::NotReached, String::new()),
        }
    }

    fn objects_of(&self, part: &Part) -> impl Iterator<Item = &ObjectFact> {
        let id = part.id;
        let own = self.objects.values().filter(move |(by, _)| *by == id);
        own.map(|(_, fact)| fact)
    }

    fn made(&self, part: &Part) -> String {
        let ours = self.objects_of(part);
        let made = ours
            .filter(|fact| !matches!(fact.state, ObjectState::Announced | ObjectState::NotOurs));
        match made.count() {
            0 => String::new(),
            many => format!("{} made", count(many, "object", "objects")),
        }
    }

    /// What became of its objects, read back from the catalog.
    fn cleaned(&self, part: &Part) -> (StageState, String) {
        let all = self.objects_of(part).count();
        let left = self
            .objects_of(part)
            .find(|fact| fact.state == ObjectState::Left);
        let open = self.objects_of(part).filter(|fact| fact.state.is_open());
        let gone = self
            .objects_of(part)
            .filter(|fact| fact.state == ObjectState::Gone)
            .count();
        let is_running = part.state == StepState::Running && !self.is_over;
        match (open.count(), left) {
            (0, _) if is_running => (StageState::Waits, String::new()),
            (0, _) if all == 0 => (StageState::NotNeeded, "nothing was made".to_owned()),
            (0, _) => {
                let told = format!("{gone} of {all} gone, read back from the catalog");
                (StageState::Passed, told)
            }
            (many, Some(fact)) => {
                let because = fact.why.as_deref().unwrap_or_default();
                let told = format!("{} left: {because}", count(many, "object", "objects"));
                (StageState::Failed, told)
            }
            (_, None) if is_running => (StageState::Waits, String::new()),
            (many, None) if self.is_over => {
                let told = format!("{} may be left", count(many, "object", "objects"));
                (StageState::Failed, told)
            }
            (_, None) => (StageState::Runs, String::new()),
        }
    }
}

/// Why a step failed: its code in words, and the server's number where it gave one.
fn why(part: &Part) -> String {
    let sentence = part.code.as_ref().map_or_else(String::new, code_sentence);
    match (&part.refusal, &part.detail) {
        (Some((number, text)), _) => format!("{sentence} Error {number}: {text}"),
        (None, Some(detail)) => format!("{sentence} {detail}"),
        (None, None) => sentence,
    }
}

/// The stage that a statement belongs to. What is not word for word as planned makes something: only there do words
/// stand in a plan for what the instance tells.
fn stage(sql: &str, planned: &[PlannedStatement]) -> usize {
    let Some(at) = planned.iter().position(|one| one.sql == sql) else {
        return CREATE;
    };
    let purpose = |at: usize| planned.get(at).map(|one| one.purpose);
    let is_look = || {
        let mut rest = planned.iter().skip(at);
        rest.any(|one| one.sql == sql && one.purpose == StatementPurpose::LookUp)
    };
    match purpose(at) {
        Some(StatementPurpose::Check) if !is_look() => 0,
        // A job that nobody asks after is awaited by what starts it.
        Some(StatementPurpose::Start) if purpose(at + 1) == Some(StatementPurpose::Poll) => START,
        Some(StatementPurpose::Start | StatementPurpose::Poll) => POLL,
        _ => CREATE,
    }
}

/// The tables of a step's kind.
pub(super) fn tables(all: &Lasting, kind: StepKind) -> Vec<Table> {
    let link = &all.link;
    match kind {
        StepKind::InstanceLink => vec![link_tables::servers(link), link_tables::statements(all)],
        StepKind::LinkToInstance => direction(link, LinkDirection::ToInstance),
        StepKind::LinkFromInstance => direction(link, LinkDirection::FromInstance),
        _ => Vec::new(),
    }
}

fn direction(link: &Link, direction: LinkDirection) -> Vec<Table> {
    vec![
        link_tables::stages(link, direction),
        link_tables::legs(link, direction),
    ]
}

#[cfg(test)]
mod tests;
