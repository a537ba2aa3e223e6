//! The log that a run writes: gives steps their ids, stamps events with one monotonic clock, and hands them
//! to the sink one at a time, so that their order and their clock agree.
//!
//! ```text
//! start ──▶ open ──finish──▶ finished
//!             └──the run ends──▶ finished by `finish_open`, with the run's own reason
//! ```

use crate::failure::Failure;
use crate::trace::Own;
use model::{
    AgentEvent, Attempt, EventBody, FailureCode, Observation, StepId, StepKind, StepState, Subject,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Receives a run's events, in order. Must not block: it is called between network events.
pub trait Sink: Send + Sync {
    /// Takes the next event.
    fn emit(&self, event: AgentEvent);

    /// From now on, this must not stand in any event: an access token that the run got.
    fn hide(&self, secret: &str) {
        let _ = secret;
    }
}

/// Longest free text of a step or an attempt.
const DETAIL_CHARS: usize = 1_000;

/// At most so many characters of a text.
pub(crate) fn bounded(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

pub(crate) struct Recorder<'a> {
    sink: &'a dyn Sink,
    origin: Instant,
    state: Mutex<State>,
    own: Arc<Own>,
}

#[derive(Default)]
struct State {
    steps: u32,
    open: BTreeMap<StepId, Instant>,
    ended: bool,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(sink: &'a dyn Sink) -> Self {
        Self {
            sink,
            origin: Instant::now(),
            state: Mutex::new(State::default()),
            own: Arc::default(),
        }
    }

    /// Another log on the same clock, for what is not told in this one; what it talks to is the run's own.
    pub(crate) fn quiet<'b>(&self, sink: &'b dyn Sink) -> Recorder<'b> {
        Recorder {
            sink,
            origin: self.origin,
            state: Mutex::new(State::default()),
            own: Arc::clone(&self.own),
        }
    }

    /// What the run talks to.
    pub(crate) fn own(&self) -> &Arc<Own> {
        &self.own
    }

    /// An instant on the run's clock.
    pub(crate) fn micros(&self, instant: Instant) -> u64 {
        micros_between(self.origin, instant)
    }

    /// The instant at a time of the run's clock.
    pub(crate) fn instant(&self, us: u64) -> Instant {
        self.origin + Duration::from_micros(us)
    }

    /// Tells the sink what must not stand in any event.
    pub(crate) fn hide(&self, secret: &str) {
        self.sink.hide(secret);
    }

    /// The first event.
    pub(crate) fn run_started(&self) {
        let mut state = self.state();
        self.emit(
            &mut state,
            EventBody::RunStarted {
                agent_version: env!("CARGO_PKG_VERSION").to_owned(),
                clock_ahead_ms: None,
            },
        );
    }

    /// The last event; nothing is taken after it.
    pub(crate) fn run_finished(&self, cancelled: bool) {
        let mut state = self.state();
        self.emit(&mut state, EventBody::RunFinished { cancelled });
        state.ended = true;
    }

    /// Finishes every step that is still open, the youngest first, so that children end before parents.
    pub(crate) fn finish_open(&self, code: &FailureCode) {
        let mut state = self.state();
        while let Some((step, started)) = state.open.pop_last() {
            let body = EventBody::StepFinished {
                step,
                state: StepState::Failed,
                code: Some(code.clone()),
                detail: None,
                elapsed_us: micros_between(started, Instant::now()),
            };
            self.emit(&mut state, body);
        }
    }

    /// Begins a step.
    pub(crate) fn start(&'a self, kind: StepKind, place: Place, subject: Subject) -> StepLog<'a> {
        let started = Instant::now();
        let mut state = self.state();
        state.steps = state.steps.saturating_add(1);
        let step = StepId(state.steps);
        state.open.insert(step, started);
        let body = EventBody::StepStarted {
            step,
            parent: place.parent,
            step_kind: kind,
            hop: place.hop,
            subject,
        };
        self.emit(&mut state, body);
        StepLog {
            recorder: self,
            step,
            started,
            aside: None,
        }
    }

    /// Records a step that is not tried.
    pub(crate) fn skip(
        &'a self,
        kind: StepKind,
        place: Place,
        subject: Subject,
        code: FailureCode,
        detail: Option<&str>,
    ) {
        self.start(kind, place, subject).skipped(code, detail);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stamps and hands over while the state is locked: that lock is what keeps the order.
    fn emit(&self, state: &mut State, body: EventBody) {
        if state.ended {
            return;
        }
        self.sink.emit(AgentEvent {
            at: chrono::Utc::now(),
            elapsed_us: self.micros(Instant::now()),
            body,
        });
    }
}

/// Where a step stands in the tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) hop: u32,
    pub(crate) parent: Option<StepId>,
}

/// Facts that are kept aside and not written: of operations that are too many for a log. Bounded.
#[derive(Default)]
pub(crate) struct Aside(Mutex<Vec<Observation>>);

/// Facts of one operation that are kept at most.
const MOST_ASIDE: usize = 64;

impl Aside {
    /// Takes them out.
    pub(crate) fn take(&self) -> Vec<Observation> {
        std::mem::take(&mut *self.facts())
    }

    fn keep(&self, observation: Observation) {
        let mut facts = self.facts();
        if facts.len() < MOST_ASIDE {
            facts.push(observation);
        }
    }

    fn facts(&self) -> MutexGuard<'_, Vec<Observation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one step's events. Left without an end, the step is ended with the run.
#[derive(Clone, Copy)]
pub(crate) struct StepLog<'a> {
    recorder: &'a Recorder<'a>,
    step: StepId,
    started: Instant,
    aside: Option<&'a Aside>,
}

impl<'a> StepLog<'a> {
    pub(crate) fn id(&self) -> StepId {
        self.step
    }

    pub(crate) fn recorder(&self) -> &'a Recorder<'a> {
        self.recorder
    }

    /// The run's clock.
    pub(crate) fn now_us(&self) -> u64 {
        self.recorder.micros(Instant::now())
    }

    /// The same step, whose facts are kept aside.
    pub(crate) fn aside(self, aside: &'a Aside) -> Self {
        Self {
            aside: Some(aside),
            ..self
        }
    }

    /// Records a fact.
    pub(crate) fn observe(&self, attempt: Option<u32>, observation: Observation) {
        if let Some(aside) = self.aside {
            return aside.keep(observation);
        }
        let body = EventBody::Observed {
            step: self.step,
            attempt,
            observation,
        };
        self.recorder.emit(&mut self.recorder.state(), body);
    }

    /// Records that one try ended.
    pub(crate) fn attempt(&self, try_: Try) {
        let attempt = Attempt {
            number: try_.number,
            started_us: self.recorder.micros(try_.started),
            elapsed_us: micros_between(try_.started, try_.ended),
            code: try_.code,
            local: try_.local,
            detail: try_.detail.map(|text| bounded(&text, DETAIL_CHARS)),
        };
        let body = EventBody::AttemptFinished {
            step: self.step,
            attempt,
        };
        self.recorder.emit(&mut self.recorder.state(), body);
    }

    /// Ends the step well.
    pub(crate) fn ok(self) {
        self.finish(StepState::Ok, None, None);
    }

    /// Ends the step: well, or with this failure.
    pub(crate) fn end(self, failure: Option<&Failure>) {
        match failure {
            None => self.ok(),
            Some(failure) => self.failed(failure.code.clone(), failure.detail.as_deref()),
        }
    }

    /// Ends the step with a failure.
    pub(crate) fn failed(self, code: FailureCode, detail: Option<&str>) {
        self.finish(StepState::Failed, Some(code), detail);
    }

    /// Ends the step as not tried.
    pub(crate) fn skipped(self, code: FailureCode, detail: Option<&str>) {
        self.finish(StepState::Skipped, Some(code), detail);
    }

    fn finish(self, end: StepState, code: Option<FailureCode>, detail: Option<&str>) {
        let mut state = self.recorder.state();
        if state.open.remove(&self.step).is_none() {
            return;
        }
        let body = EventBody::StepFinished {
            step: self.step,
            state: end,
            code,
            detail: detail.map(|text| bounded(text, DETAIL_CHARS)),
            elapsed_us: micros_between(self.started, Instant::now()),
        };
        self.recorder.emit(&mut state, body);
    }
}

/// One try of a step, on the run's clocks.
pub(crate) struct Try {
    pub(crate) number: u32,
    pub(crate) started: Instant,
    pub(crate) ended: Instant,
    pub(crate) code: Option<FailureCode>,
    pub(crate) local: Option<String>,
    pub(crate) detail: Option<String>,
}

impl Try {
    /// A try that is over now, well or with this failure.
    pub(crate) fn over(
        number: u32,
        started: Instant,
        local: Option<String>,
        failure: Option<&Failure>,
    ) -> Self {
        Self {
            number,
            started,
            ended: Instant::now(),
            code: failure.map(|failure| failure.code.clone()),
            local,
            detail: failure.and_then(|failure| failure.detail.clone()),
        }
    }
}

pub(crate) fn micros_between(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}
