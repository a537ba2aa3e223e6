//! What a run of the engine says, kept for a test to read.

use model::AgentEvent;
use std::sync::{Arc, Mutex};

/// Keeps every event.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<AgentEvent>>>);

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.0.lock().expect("not poisoned").push(event);
    }
}

impl Heard {
    /// The events so far.
    ///
    /// # Panics
    /// When somebody panicked while writing one.
    #[must_use]
    pub fn events(&self) -> Vec<AgentEvent> {
        self.0.lock().expect("not poisoned").clone()
    }
}
