//! A run's log, folded as it comes, and what the rules say of it.

use model::lasting::{IdleLadder, IdleRung, Lane, Lasting, Standing};
use model::{AgentEvent, AgentId, EventBody, Observation, Plan, RunEvent, StepKind};
use rules::{Judgement, State};
use std::sync::{Arc, Mutex};

/// What a run said so far.
///
/// Idle times are told longer than they were by the drill's scale, so that the rules meet the half hours that people
/// meet.
#[derive(Clone)]
pub(crate) struct Heard {
    log: Arc<Mutex<(State, Vec<EventBody>)>>,
    scale: u64,
}

impl Heard {
    /// Of a plan that is about to be made.
    pub(super) fn of(plan: &Plan, scale: u64) -> Self {
        let heard = Self {
            log: Arc::default(),
            scale,
        };
        let mut plan = plan.clone();
        plan.options.lasting = heard.longer(plan.options.lasting);
        let created = EventBody::RunCreated {
            plan: Box::new(plan),
            agent: AgentId(uuid::Uuid::new_v4()),
            agent_name: "drill".to_owned(),
        };
        heard.take(None, created);
        heard
    }

    fn longer(&self, lasting: Lasting) -> Lasting {
        let times = |ms: u64| ms.saturating_mul(self.scale);
        Lasting {
            idle_ladder: lasting.idle_ladder.map(|ladder| IdleLadder {
                rungs_ms: ladder.rungs_ms.into_iter().map(times).collect(),
                keep_alive_idle_ms: times(ladder.keep_alive_idle_ms),
                keep_alive_interval_ms: times(ladder.keep_alive_interval_ms),
                heartbeat_ms: times(ladder.heartbeat_ms),
                ..ladder
            }),
            ..lasting
        }
    }

    fn take(&self, elapsed_us: Option<u64>, mut body: EventBody) {
        if let EventBody::Observed {
            observation: Observation::IdleRung(rung),
            ..
        } = &mut body
        {
            rung.rung_ms = rung.rung_ms.saturating_mul(self.scale);
            rung.idle_us = rung.idle_us.saturating_mul(self.scale);
        }
        let mut log = self.log.lock().expect("not poisoned");
        let (state, bodies) = &mut *log;
        state.apply(&RunEvent {
            seq: bodies.len() as u64 + 1,
            at: chrono::Utc::now(),
            elapsed_us,
            body: body.clone(),
        });
        bodies.push(body);
    }

    /// Connections that were opened in a step of this kind.
    pub(super) fn opened(&self, kind: StepKind) -> usize {
        let log = self.log.lock().expect("not poisoned");
        let step = log.0.steps().iter().find(|step| step.kind == kind);
        step.map_or(0, |step| step.attempts.len())
    }

    /// The facts that fit, in order.
    pub(super) fn facts<T>(&self, pick: impl Fn(&Observation) -> Option<T>) -> Vec<T> {
        let log = self.log.lock().expect("not poisoned");
        let facts = log.1.iter().filter_map(|body| match body {
            EventBody::Observed { observation, .. } => pick(observation),
            _ => None,
        });
        facts.collect()
    }

    /// The connections of the idle ladder whose time is over.
    pub(super) fn rungs(&self) -> Vec<IdleRung> {
        self.facts(|fact| match fact {
            Observation::IdleRung(rung) => Some(rung.clone()),
            _ => None,
        })
    }

    /// How the longest rung of a lane died; `None` also when there is no such rung.
    pub(super) fn end_of(&self, lane: Lane) -> Option<Standing> {
        let rungs = self.rungs();
        let of_lane = rungs.iter().filter(|rung| rung.lane == lane);
        of_lane.max_by_key(|rung| rung.rung_ms)?.death()
    }

    /// What the rules say.
    pub(super) fn judged(&self) -> Judgement {
        let log = self.log.lock().expect("not poisoned");
        rules::judge(&log.0)
    }
}

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.take(Some(event.elapsed_us), event.body);
    }
}
