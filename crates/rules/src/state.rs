//! The state of a run, folded from its log.
//!
//! Tolerant on purpose: a kind it does not know, a step that never started or started twice, an event that
//! comes again: none of them stops the fold. Bounded on purpose: a log that never ends fills no memory.

use crate::beats::{Beats, Lasted, Loop};
use crate::replay::Timeline;
use crate::replica::Replicas;
use chrono::{DateTime, Utc};
use model::{
    Attempt, EventBody, FailureCode, Interruption, ObjectFact, ObjectState, Observation, Outcome,
    Plan, RunEvent, RunState, Step, StepId, StepKind, StepState, Subject,
};
use std::collections::BTreeMap;

const MOST_STEPS: usize = 4_000;
const MOST_ATTEMPTS: usize = 200;
const MOST_FACTS: usize = 64;
const LONGEST_TEXT: usize = 1_000;
const MOST_CERTIFICATES: usize = 5;
const MOST_NAMES: usize = 50;
const MOST_OBJECTS: usize = 256;

/// A fact that a rule may want, with the event that brought it.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) seq: u64,
    /// By the agent's wall clock.
    pub(crate) at: DateTime<Utc>,
    pub(crate) attempt: Option<u32>,
    pub(crate) seen: Observation,
}

/// What is known of a step beside the step itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// The facts that rules want, in order.
    pub(crate) facts: Vec<Fact>,
    /// `seq` of each attempt in `Step::attempts`.
    pub(crate) attempt_seqs: Vec<u64>,
}

/// How a run settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) seq: u64,
    /// By the clock of whoever keeps the log.
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) state: RunState,
    pub(crate) interruption: Option<Interruption>,
}

/// A run as its log tells it so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    plan: Option<Plan>,
    agent_name: Option<String>,
    steps: Vec<Step>,
    trails: Vec<Trail>,
    index: BTreeMap<StepId, usize>,
    first_seq: Option<u64>,
    last_seq: u64,
    elapsed_us: u64,
    /// When it was claimed, by the clock of whoever keeps the log.
    pub(crate) claimed_at: Option<DateTime<Utc>>,
    pub(crate) cancel_requested: Option<u64>,
    pub(crate) finished: Option<(u64, bool)>,
    pub(crate) restarted: Option<u64>,
    pub(crate) truncated: Option<(u64, u64)>,
    pub(crate) clock_ahead: Option<(u64, i64)>,
    pub(crate) settled: Option<Settled>,
    lasted: Lasted,
    replica: Replicas,
    /// What was last said of each object that the run makes on the server, and where.
    objects: BTreeMap<u32, (u64, ObjectFact)>,
    cleaning_given_up: Option<u64>,
}

impl State {
    /// Takes the next event. One that was taken already changes nothing.
    pub fn apply(&mut self, event: &RunEvent) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        self.first_seq.get_or_insert(event.seq);
        if let Some(elapsed) = event.elapsed_us {
            self.elapsed_us = self.elapsed_us.max(elapsed);
            // Late batches of an interrupted run: it is running again.
            self.settled = None;
        }
        self.take(event);
    }

    fn take(&mut self, event: &RunEvent) {
        let seq = event.seq;
        let at = event.elapsed_us.unwrap_or(self.elapsed_us);
        match &event.body {
            EventBody::RunCreated {
                plan, agent_name, ..
            } => {
                self.plan = Some(plan.as_ref().clone());
                self.agent_name = Some(agent_name.clone());
            }
            EventBody::StepStarted {
                step,
                parent,
                step_kind,
                hop,
                subject,
            } => self.start(*step, *parent, *step_kind, *hop, subject, at, seq),
            EventBody::AttemptFinished { step, attempt } => self.attempt(*step, attempt, at, seq),
            EventBody::Observed {
                step,
                attempt,
                observation,
            } => {
                self.lasted.apply(*step, seq, observation);
                if let Observation::Replica(fact) = observation {
                    self.replica.apply(*step, seq, fact);
                }
                if let Observation::ServerObject(fact) = observation {
                    self.object(seq, fact);
                }
                if let Some(seen) = wanted(observation)
                    && let Some((step, trail)) = self.step_mut(*step, at, seq)
                    && (!is_crowded(step.kind) || is_of_lasting(&seen))
                    && trail.facts.len() < MOST_FACTS
                {
                    trail.facts.push(Fact {
                        seq,
                        at: event.at,
                        attempt: *attempt,
                        seen,
                    });
                }
            }
            EventBody::StepFinished {
                step,
                state,
                code,
                detail,
                elapsed_us,
            } => {
                if let Some((step, _)) = self.step_mut(*step, at, seq) {
                    step.state = *state;
                    step.code = code.clone();
                    step.detail = detail.as_deref().map(shortened);
                    step.elapsed_us = Some(*elapsed_us);
                    step.finished_seq = Some(seq);
                }
            }
            EventBody::CleaningReported { gone, given_up } => {
                for number in gone {
                    if let Some((at, fact)) = self.objects.get_mut(number) {
                        *at = seq;
                        fact.state = ObjectState::Gone;
                    }
                }
                self.cleaning_given_up = given_up.then_some(seq);
            }
            EventBody::CancelRequested => self.cancel_requested = Some(seq),
            EventBody::LogTruncated { kept } => self.truncated = Some((seq, *kept)),
            EventBody::RunFinished { cancelled } => self.finished = Some((seq, *cancelled)),
            EventBody::AgentRestarted => self.restarted = Some(seq),
            EventBody::RunSettled {
                state,
                interruption,
                ..
            } => {
                self.settled = Some(Settled {
                    seq,
                    at: Some(event.at),
                    state: *state,
                    interruption: *interruption,
                });
            }
            EventBody::RunClaimed { .. } => self.claimed_at = Some(event.at),
            EventBody::RunStarted { clock_ahead_ms, .. } => {
                self.clock_ahead = clock_ahead_ms.map(|ms| (seq, ms));
            }
            EventBody::Unknown(_) => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    fn start(
        &mut self,
        id: StepId,
        parent: Option<StepId>,
        kind: StepKind,
        hop: u32,
        subject: &Subject,
        at: u64,
        seq: u64,
    ) {
        let Some((step, _)) = self.step_mut(id, at, seq) else {
            return;
        };
        // A step that facts had announced before its start now gets its kind; a second start changes nothing.
        if step.kind == StepKind::Unknown {
            step.parent = parent;
            step.kind = kind;
            step.hop = hop;
            step.subject = subject.clone();
        }
    }

    fn attempt(&mut self, id: StepId, attempt: &Attempt, at: u64, seq: u64) {
        let Some((step, trail)) = self.step_mut(id, at, seq) else {
            return;
        };
        let known = step
            .attempts
            .iter()
            .any(|other| other.number == attempt.number);
        if !known && step.attempts.len() < MOST_ATTEMPTS {
            step.attempts.push(attempt.clone());
            trail.attempt_seqs.push(seq);
        }
    }

    /// The step with this id, made up when it never started. `None` when there are too many.
    fn step_mut(&mut self, id: StepId, at: u64, seq: u64) -> Option<(&mut Step, &mut Trail)> {
        let next = self.steps.len();
        let place = match self.index.get(&id) {
            Some(place) => *place,
            None if next >= MOST_STEPS => return None,
            None => {
                self.index.insert(id, next);
                self.trails.push(Trail::default());
                self.steps.push(Step {
                    id,
                    parent: None,
                    kind: StepKind::Unknown,
                    hop: 0,
                    subject: Subject::default(),
                    state: StepState::Running,
                    code: None,
                    detail: None,
                    started_us: at,
                    elapsed_us: None,
                    attempts: Vec::new(),
                    started_seq: seq,
                    finished_seq: None,
                });
                next
            }
        };
        Some((self.steps.get_mut(place)?, self.trails.get_mut(place)?))
    }

    /// What was to be done, once the log says it.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Where it runs from.
    #[must_use]
    pub fn agent_name(&self) -> Option<&str> {
        self.agent_name.as_deref()
    }

    /// The steps, in the order they began.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// One step.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(*self.index.get(&id)?)
    }

    /// The step being done now: the last one that began and has not ended.
    #[must_use]
    pub fn current(&self) -> Option<&Step> {
        if self.is_over() {
            return None;
        }
        let running = |step: &&Step| step.state == StepState::Running;
        self.steps.iter().rev().find(running)
    }

    /// The highest `seq` taken.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The run's time so far, on the agent's clock.
    #[must_use]
    pub fn elapsed_us(&self) -> u64 {
        self.elapsed_us
    }

    /// Whether the agent has said its last word, or the run settled without it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.finished.is_some() || self.restarted.is_some() || self.settled.is_some()
    }

    /// Every operation of the run's retry loop so far.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.lasted.retry_loop.timeline
    }

    /// What the run saw of availability replicas.
    #[must_use]
    pub fn replica(&self) -> &Replicas {
        &self.replica
    }

    pub(crate) fn retry_loop(&self) -> &Loop {
        &self.lasted.retry_loop
    }

    pub(crate) fn heartbeat(&self) -> &Beats {
        &self.lasted.heartbeat
    }

    fn object(&mut self, seq: u64, fact: &ObjectFact) {
        let number = fact.object.number;
        if self.objects.len() < MOST_OBJECTS || self.objects.contains_key(&number) {
            let mut fact = fact.clone();
            fact.why = fact.why.as_deref().map(shortened);
            self.objects.insert(number, (seq, fact));
        }
    }

    /// What was last said of each object that the run makes on the server, and where, in the order of making.
    pub fn objects(&self) -> impl DoubleEndedIterator<Item = (u64, &ObjectFact)> {
        self.objects.values().map(|(seq, fact)| (*seq, fact))
    }

    /// Where the agent said that it tries no longer.
    #[must_use]
    pub fn cleaning_given_up(&self) -> Option<u64> {
        self.cleaning_given_up
    }

    /// Whether something that the run made on the server has not been read back as gone, and somebody still tries.
    #[must_use]
    pub fn is_cleaning(&self) -> bool {
        self.cleaning_given_up.is_none()
            && self.objects.values().any(|(_, fact)| fact.state.is_open())
    }

    pub(crate) fn first_seq(&self) -> u64 {
        self.first_seq.unwrap_or(1)
    }

    pub(crate) fn with_trails(&self) -> impl DoubleEndedIterator<Item = (&Step, &Trail)> {
        self.steps.iter().zip(&self.trails)
    }

    /// Puts the run into a settled state as if the log said so.
    pub(crate) fn settle_as(&mut self, state: RunState, interruption: Option<Interruption>) {
        self.settled = Some(Settled {
            seq: self.last_seq.max(1),
            at: None,
            state,
            interruption,
        });
    }
}

/// The observation as rules want it, or nothing when no rule does.
fn wanted(observation: &Observation) -> Option<Observation> {
    let mut seen = match observation {
        Observation::Host { .. }
        | Observation::DnsAnswer { .. }
        | Observation::ConnectTimes { .. }
        | Observation::PreloginReply { .. }
        | Observation::NotTds { .. }
        | Observation::FragmentedReply { .. }
        | Observation::TlsChain { .. }
        | Observation::TlsAlert { .. }
        | Observation::LoginSent { .. }
        | Observation::ServerError(_)
        | Observation::LoginAck { .. }
        | Observation::Routing(_)
        | Observation::OddToken { .. }
        | Observation::RetryScheduled { .. }
        | Observation::Closed(_)
        | Observation::SecretEchoed { .. }
        | Observation::Route(_)
        | Observation::GatewayRegion(_)
        | Observation::SignInHost(_)
        | Observation::TlsOffer(_)
        | Observation::RevocationAnswer(_)
        | Observation::RouteHop(_)
        | Observation::DatabaseEntry(_)
        | Observation::Token(_)
        | Observation::TokenRefused(_)
        | Observation::DeviceCode(_)
        | Observation::TracedConnection(_)
        | Observation::IdleRung(_)
        | Observation::FlowEnd(_)
        | Observation::LocalPorts(_)
        | Observation::RampEnd(_)
        | Observation::SynTimes(_)
        | Observation::AddressesTried(_)
        | Observation::SizeAnswer(_)
        | Observation::WriteCount(_)
        | Observation::LinkReadiness(_)
        | Observation::InstanceAddresses(_)
        | Observation::LegEnd(_)
        | Observation::Instances { .. } => observation.clone(),
        _ => return None,
    };
    match &mut seen {
        Observation::Host {
            interfaces,
            resolvers,
            tls_suites,
            ..
        } => {
            interfaces.clear();
            resolvers.truncate(MOST_NAMES);
            tls_suites.clear();
        }
        Observation::PreloginReply { options, .. } => options.clear(),
        Observation::TlsChain { certificates, .. } => {
            certificates.truncate(MOST_CERTIFICATES);
            for certificate in certificates {
                certificate.names.truncate(MOST_NAMES);
            }
        }
        Observation::DnsAnswer {
            records, addresses, ..
        } => {
            records.truncate(MOST_NAMES);
            addresses.truncate(MOST_NAMES);
        }
        Observation::ServerError(message) => message.message = shortened(&message.message),
        Observation::GatewayRegion(region) => region.gateways.truncate(MOST_NAMES),
        Observation::SignInHost(host) => host.addresses.truncate(MOST_NAMES),
        Observation::TokenRefused(refusal) => {
            refusal.numbers.truncate(MOST_CERTIFICATES);
            refusal.description = shortened(&refusal.description);
        }
        Observation::TracedConnection(traced) => traced.icmp.truncate(MOST_CERTIFICATES),
        Observation::Instances { instances } => instances.truncate(MOST_NAMES),
        Observation::AddressesTried(tried) => tried.answers.truncate(MOST_NAMES),
        Observation::LegEnd(end) => end.words = end.words.as_deref().map(shortened),
        _ => {}
    }
    Some(seen)
}

/// Whether steps of this kind open connection after connection, whose every fact would crowd out what they are about.
/// Writes and the link open theirs quietly.
fn is_crowded(kind: StepKind) -> bool {
    kind.lasts()
        && !matches!(
            kind,
            StepKind::TrackedWrites
                | StepKind::InstanceLink
                | StepKind::LinkToInstance
                | StepKind::LinkFromInstance
        )
}

/// Whether that is what they are about.
fn is_of_lasting(seen: &Observation) -> bool {
    matches!(
        seen,
        Observation::IdleRung(_)
            | Observation::FlowEnd(_)
            | Observation::LocalPorts(_)
            | Observation::RampEnd(_)
            | Observation::SynTimes(_)
            | Observation::AddressesTried(_)
            | Observation::SizeAnswer(_)
    )
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// Whether a step was really tried and did not work, or was not tried for a reason that is a finding.
pub(crate) fn fails(step: &Step) -> bool {
    match step.state {
        StepState::Failed => true,
        StepState::Skipped => !matches!(
            step.code,
            None | Some(
                FailureCode::NoCredentials
                    | FailureCode::NotReached
                    | FailureCode::DoneElsewhere
                    | FailureCode::NotAsked
                    | FailureCode::NotAvailable
                    | FailureCode::Cancelled
                    | FailureCode::DeadlinePassed
            )
        ),
        StepState::Ok | StepState::Running => false,
    }
}

/// The outcome of a state without any finding.
pub(crate) fn forced_outcome(state: &State) -> Option<Outcome> {
    match state.settled {
        Some(Settled {
            state: RunState::Interrupted,
            ..
        }) => Some(Outcome::Interrupted),
        Some(Settled {
            state: RunState::Cancelled,
            ..
        }) => Some(Outcome::Cancelled),
        Some(Settled {
            state: RunState::Completed,
            ..
        }) => None,
        _ if state.restarted.is_some() => Some(Outcome::Interrupted),
        _ if matches!(state.finished, Some((_, true))) => Some(Outcome::Cancelled),
        _ => None,
    }
}
