//! A run's events, folded for assertions, and what must hold for every run whatever it met.

use model::{
    AgentEvent, Attempt, Closing, EventBody, FailureCode, Observation, StepId, StepKind, StepState,
    Subject,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

/// Keeps every event.
#[derive(Default)]
pub(crate) struct Recording(Mutex<Vec<AgentEvent>>);

impl probe::Sink for Recording {
    fn emit(&self, event: AgentEvent) {
        self.0.lock().expect("not poisoned").push(event);
    }
}

/// A step and everything that was said of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) kind: StepKind,
    pub(crate) hop: u32,
    pub(crate) parent: Option<StepId>,
    pub(crate) subject: Subject,
    pub(crate) state: StepState,
    pub(crate) code: Option<FailureCode>,
    pub(crate) detail: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) facts: Vec<Observation>,
}

/// A whole run.
pub(crate) struct Story {
    pub(crate) steps: BTreeMap<StepId, Told>,
    pub(crate) cancelled: bool,
    pub(crate) events: usize,
}

impl Recording {
    /// The events so far.
    pub(crate) fn so_far(&self) -> Vec<AgentEvent> {
        self.0.lock().expect("not poisoned").clone()
    }

    /// Folds them, and asserts what holds for every run.
    pub(crate) fn story(&self) -> Story {
        let events = self.so_far();
        assert!(matches!(
            events.first().map(|event| &event.body),
            Some(EventBody::RunStarted { .. })
        ));
        let Some(EventBody::RunFinished { cancelled }) = events.last().map(|event| &event.body)
        else {
            panic!("the last event is not run_finished");
        };
        let mut story = Story {
            steps: BTreeMap::new(),
            cancelled: *cancelled,
            events: events.len(),
        };
        let mut clock = 0;
        for event in &events {
            assert!(event.elapsed_us >= clock, "the clock went back");
            clock = event.elapsed_us;
            story.take(&event.body);
        }
        for (id, step) in &story.steps {
            assert_ne!(step.state, StepState::Running, "step {id} was never ended");
            assert_ne!(
                step.code,
                Some(FailureCode::Internal),
                "our own fault: {step:?}"
            );
            assert_eq!(
                step.state == StepState::Ok,
                step.code.is_none(),
                "step {id}"
            );
        }
        story.every_connection_has_one_end();
        story
    }
}

impl Story {
    fn take(&mut self, body: &EventBody) {
        match body.clone() {
            EventBody::StepStarted {
                step,
                parent,
                step_kind,
                hop,
                subject,
            } => {
                assert_eq!(step.0 as usize, self.steps.len() + 1, "ids count from 1");
                let told = Told {
                    kind: step_kind,
                    hop,
                    parent,
                    subject,
                    state: StepState::Running,
                    code: None,
                    detail: None,
                    attempts: Vec::new(),
                    facts: Vec::new(),
                };
                self.steps.insert(step, told);
            }
            EventBody::AttemptFinished { step, attempt } => {
                self.open(step).attempts.push(attempt);
            }
            EventBody::Observed {
                step, observation, ..
            } => {
                self.open(step).facts.push(observation);
            }
            EventBody::StepFinished {
                step,
                state,
                code,
                detail,
                ..
            } => {
                let told = self.open(step);
                told.state = state;
                told.code = code;
                told.detail = detail;
            }
            _ => {}
        }
    }

    fn open(&mut self, step: StepId) -> &mut Told {
        let told = self.steps.get_mut(&step).expect("a step that was started");
        assert_eq!(told.state, StepState::Running, "{step} had already ended");
        told
    }

    /// Every established connection is told of exactly once, with phases that follow each other.
    fn every_connection_has_one_end(&self) {
        let mut ends: HashMap<(String, String), u32> = HashMap::new();
        for closing in self.closings() {
            *ends
                .entry((closing.local.clone(), closing.endpoint.clone()))
                .or_default() += 1;
            let mut clock = 0;
            for phase in &closing.phases {
                assert!(phase.started_us >= clock, "phases overlap: {closing:?}");
                clock = phase.started_us + phase.elapsed_us;
            }
        }
        for (which, count) in &ends {
            assert_eq!(*count, 1, "{which:?} ended {count} times");
        }
        let locals: HashSet<&String> = ends.keys().map(|(local, _)| local).collect();
        for step in self.steps.values() {
            for attempt in &step.attempts {
                if let Some(local) = &attempt.local {
                    assert!(locals.contains(local), "{local} has no end");
                }
            }
        }
    }

    pub(crate) fn of(&self, kind: StepKind) -> Vec<&Told> {
        self.steps
            .values()
            .filter(|step| step.kind == kind)
            .collect()
    }

    pub(crate) fn at_hop(&self, kind: StepKind, hop: u32) -> Vec<&Told> {
        self.of(kind)
            .into_iter()
            .filter(|step| step.hop == hop)
            .collect()
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = &Observation> {
        self.steps.values().flat_map(|step| &step.facts)
    }

    pub(crate) fn closings(&self) -> impl Iterator<Item = &Closing> {
        self.facts().filter_map(|fact| match fact {
            Observation::Closed(closing) => Some(closing),
            _ => None,
        })
    }

    /// Codes of a kind's steps, in the order of the steps; `ok` for none.
    pub(crate) fn codes(&self, kind: StepKind) -> Vec<String> {
        self.of(kind)
            .iter()
            .map(|step| {
                step.code
                    .as_ref()
                    .map_or_else(|| "ok".to_owned(), ToString::to_string)
            })
            .collect()
    }

    /// The only code that a kind's steps ended with.
    pub(crate) fn code(&self, kind: StepKind) -> String {
        let codes = self.codes(kind);
        assert!(!codes.is_empty(), "no step of {kind:?}");
        assert!(
            codes.iter().all(|code| *code == codes[0]),
            "{kind:?}: {codes:?}"
        );
        codes[0].clone()
    }

    pub(crate) fn logins_sent(&self) -> usize {
        self.facts()
            .filter(|fact| matches!(fact, Observation::LoginSent { .. }))
            .count()
    }
}
