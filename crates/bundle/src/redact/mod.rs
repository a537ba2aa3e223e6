//! A run for others' eyes: the same events, view and findings, with what a [`Redaction`] masks replaced.
//!
//! ```text
//!  event 1, 2, 3 … ──▶ Redactor ──▶ the same events, masked
//!                         │ what was seen so far: original → pseudonym
//!  the run's view ────────┴───────▶ the same view, masked alike
//! ```
//!
//! Pseudonyms are numbered in the order in which the log first shows their originals. Whoever reads from the
//! middle of a log gives the events before to a redactor first, and gets the same pseudonyms as everybody else.
//! Findings are made of the real log and masked afterwards: a masked log is for reading, not for judging.
//!
//! Each field is decided about by name, here and in no other place: a new one does not compile before it is.
//! Nothing is known of stores, streams or pages; it builds for WebAssembly.

mod beats;
mod certificate;
mod checks;
mod event;
mod fact;
mod forms;
mod held;
mod instance_link;
mod json;
mod names;
mod path;
mod public_names;
mod replica;
#[cfg(test)]
mod tests;
mod text;
mod typed;
mod view;
mod writes;

use crate::{Error, Log};
use model::{Redaction, RunEvent, RunView};
use names::Names;
use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

/// Masks the events of one run, in their order, and what is made of them.
#[derive(Clone, Debug)]
pub struct Redactor {
    masker: Masker,
}

impl Redactor {
    /// For a run of which nothing was seen yet.
    #[must_use]
    pub fn new(redaction: Redaction) -> Self {
        Self {
            masker: Masker {
                redaction,
                names: Names::default(),
                resolver_ports: HashSet::new(),
                schema: None,
            },
        }
    }

    /// The next event of the log, masked.
    pub fn event(&mut self, event: &RunEvent) -> RunEvent {
        let before = self.masker.names.changes();
        let masked = self.masker.event(event);
        if self.masker.names.changes() == before {
            return masked;
        }
        // A name may stand in an event's text before the field that says it is one.
        self.masker.event(event)
    }

    /// The run as of the events that were seen, masked like them.
    #[must_use]
    pub fn view(&self, run: &RunView) -> RunView {
        // What only a finding says must not shift the numbers of the events to come.
        self.masker.clone().view(run)
    }

    /// How many values were masked so far, by kind.
    #[must_use]
    pub fn masked(&self) -> BTreeMap<String, u64> {
        self.masker.names.counts()
    }
}

/// A log, masked as it is read.
#[derive(Clone, Debug)]
pub struct Redacted<L> {
    log: L,
    redaction: Redaction,
}

impl<L: Log> Redacted<L> {
    /// This log under that redaction.
    #[must_use]
    pub fn new(log: L, redaction: Redaction) -> Self {
        Self { log, redaction }
    }

    /// A redactor that has seen the log up to this event.
    ///
    /// # Errors
    /// [`Error::Log`] when the log cannot be read.
    pub fn redactor(&self, last_seq: u64) -> Result<Redactor, Error> {
        let mut redactor = Redactor::new(self.redaction);
        self.log.each(&mut |event| {
            if event.seq <= last_seq {
                redactor.event(event);
            }
            Ok(())
        })?;
        Ok(redactor)
    }
}

impl<L: Log> Log for Redacted<L> {
    fn each(&self, visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>) -> Result<(), Error> {
        let mut redactor = Redactor::new(self.redaction);
        self.log.each(&mut |event| visit(&redactor.event(event)))
    }
}

/// What masks: the originals so far, and under which redaction.
#[derive(Clone, Debug)]
struct Masker {
    redaction: Redaction,
    names: Names,
    /// Internal resolvers with the ports they answer at, for *support*.
    resolver_ports: HashSet<(IpAddr, String)>,
    /// The schema that the run writes in, and its pseudonym, for *public*.
    schema: Option<(String, String)>,
}
