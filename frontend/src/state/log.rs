//! A run's log as it arrives, folded: the page's one source while a run lives and after.
//!
//! Events come in order of `seq`; a reconnect may bring some again, and those change nothing. A hole means that
//! the stream is to be asked again from [`RunLog::last_seq`].

use bundle::lasting::Lasting;
use model::{Observation, RunEvent, Step, StepId};
use rules::State;
use std::collections::BTreeMap;

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// It is the next one.
    New,
    /// It is here already.
    Known,
    /// One before it is missing.
    Hole,
}

/// The log and what is folded from it.
#[derive(Default)]
pub(crate) struct RunLog {
    events: Vec<RunEvent>,
    folded: State,
    /// What lasts, folded likewise.
    lasting: Lasting,
    /// Places in `events` by step.
    of_steps: BTreeMap<StepId, Vec<u32>>,
    /// Places of statements that were sent.
    statements: Vec<u32>,
    /// Places of facts of the further checks.
    further: Vec<u32>,
    /// Places of facts that a support case needs.
    for_support: Vec<u32>,
}

impl RunLog {
    /// Takes the next event.
    pub(crate) fn take(&mut self, event: RunEvent) -> Taken {
        let last = self.last_seq();
        if event.seq <= last {
            return Taken::Known;
        }
        if event.seq > last + 1 {
            return Taken::Hole;
        }
        self.folded.apply(&event);
        self.lasting.take(&event);
        let place = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        if let Some(step) = event.body.step() {
            self.of_steps.entry(step).or_default().push(place);
        }
        match observation(&event) {
            Some(Observation::StatementSent { .. }) => self.statements.push(place),
            Some(
                Observation::TraceId { .. } | Observation::Routing(_) | Observation::ServerError(_),
            ) => self.for_support.push(place),
            Some(
                Observation::GatewayRegion(_)
                | Observation::TlsOffer(_)
                | Observation::RevocationAnswer(_)
                | Observation::Instances { .. }
                | Observation::Token(_)
                | Observation::TokenRefused(_)
                | Observation::DeviceCode(_)
                | Observation::TraceFile(_)
                | Observation::TracedConnection(_),
            ) => self.further.push(place),
            _ => {}
        }
        self.events.push(event);
        Taken::New
    }

    /// The highest `seq` that is here.
    pub(crate) fn last_seq(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq)
    }

    /// All events, by `seq` from 1.
    pub(crate) fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// The run as the rules see it.
    pub(crate) fn folded(&self) -> &State {
        &self.folded
    }

    /// What lasts.
    pub(crate) fn lasting(&self) -> &Lasting {
        &self.lasting
    }

    /// The steps, in the order they began.
    pub(crate) fn steps(&self) -> &[Step] {
        self.folded.steps()
    }

    /// The events of a step, in order.
    pub(crate) fn of_step(&self, step: StepId) -> impl Iterator<Item = &RunEvent> {
        let places = self.of_steps.get(&step).map_or(&[][..], Vec::as_slice);
        self.at(places)
    }

    /// What a step saw, in order.
    pub(crate) fn seen_by(&self, step: StepId) -> impl Iterator<Item = &Observation> {
        self.of_step(step).filter_map(observation)
    }

    /// The statements that were sent, in order.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &RunEvent> {
        self.at(&self.statements)
    }

    /// The facts that a support case needs, in order.
    pub(crate) fn for_support(&self) -> impl DoubleEndedIterator<Item = &Observation> {
        self.at(&self.for_support).filter_map(observation)
    }

    /// The facts of the further checks, in order, each with its step.
    pub(crate) fn further<'a>(
        &'a self,
    ) -> impl DoubleEndedIterator<Item = (Option<StepId>, &'a Observation)> {
        let with_step = |event: &'a RunEvent| Some((event.body.step(), observation(event)?));
        self.at(&self.further).filter_map(with_step)
    }

    fn at<'a>(&'a self, places: &'a [u32]) -> impl DoubleEndedIterator<Item = &'a RunEvent> {
        places
            .iter()
            .filter_map(|place| self.events.get(usize::try_from(*place).ok()?))
    }
}

/// The fact that an event brings.
pub(crate) fn observation(event: &RunEvent) -> Option<&Observation> {
    match &event.body {
        model::EventBody::Observed { observation, .. } => Some(observation),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn events_are_taken_once_and_in_order() {
        let events = Story::redirect_blocked().events;
        let mut log = RunLog::default();
        assert_eq!(log.take(events[1].clone()), Taken::Hole);
        for event in &events {
            assert_eq!(log.take(event.clone()), Taken::New);
        }
        assert_eq!(log.take(events[3].clone()), Taken::Known);
        assert_eq!(log.last_seq(), events.len() as u64);
        assert_eq!(log.events()[1], events[1]);
    }

    #[test]
    fn the_events_of_a_step_are_found_without_reading_the_log() {
        let log = Story::redirect_blocked().log();
        let step = log.steps()[1].id;
        assert!(log.of_step(step).count() >= 2);
        assert!(
            log.of_step(step)
                .all(|event| event.body.step() == Some(step))
        );
        assert_eq!(log.of_step(StepId(999)).count(), 0);
    }
}
