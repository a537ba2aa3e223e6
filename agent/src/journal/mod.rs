//! What runs make on servers, on disk before it is made, until it was read back as gone.
//!
//! ```text
//! journal/RUN.json   plan, sealed secret, objects     journal/RUN.lock   held by whoever makes or cleans the run
//!
//! announced ──▶ file ──each is gone──▶ no secret in it, the portal told ──▶ no file
//!                 └──the process ends before──▶ found at the next start: cleaned, told, no file
//! ```
//! Files belong to their owner alone. An agent's holds what was sealed as it came with the claim, so that the next
//! process can sign in; a run with no portal keeps none, and is given the password again.

mod clean;
mod file;

pub(crate) use clean::clean;
pub(crate) use file::{Found, find};

use crate::private::create_private_dir;
use crate::secret::Boxes;
use chrono::{DateTime, Utc};
use file::{Entry, Held};
use model::{LeaseId, Plan, ServerObject};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The journal of one run that is being made.
#[derive(Debug)]
pub(crate) struct RunJournal {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    entry: Entry,
    held: Option<Held>,
}

impl RunJournal {
    /// Nothing is written before something is announced.
    pub(crate) fn new(
        dir: &Path,
        plan: &Plan,
        claimed: Option<(LeaseId, Boxes)>,
        now: DateTime<Utc>,
    ) -> Self {
        let (lease, boxes) = claimed.unzip();
        Self {
            dir: dir.to_owned(),
            state: Mutex::new(State {
                entry: Entry::new(plan.clone(), lease, boxes.unwrap_or_default(), now),
                held: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl probe::Journal for RunJournal {
    fn announce(&self, object: &ServerObject) -> io::Result<()> {
        let mut state = self.state();
        let held = match state.held.take() {
            Some(held) => held,
            None => {
                create_private_dir(&self.dir)?;
                Held::new(&self.dir, state.entry.plan.run)?.ok_or(io::ErrorKind::WouldBlock)?
            }
        };
        let mut entry = state.entry.clone();
        entry.objects.push(object.clone());
        let written = held.write(&entry);
        state.held = Some(held);
        written?;
        state.entry = entry;
        Ok(())
    }

    fn gone(&self, number: u32) {
        let mut state = self.state();
        state.entry.gone.push(number);
        let State { entry, held } = &*state;
        let all_gone = entry.open().next().is_none();
        let Some(held) = held else { return };
        // A portal is told once more when it has the whole log: of a truncated one it may not know.
        let done = match (all_gone, entry.lease) {
            (true, None) => held.remove(),
            // What the run makes later is announced with them again.
            (true, Some(_)) => held.write(&entry.without_secrets()),
            (false, _) => held.write(entry),
        };
        if let Err(error) = done {
            // What it says too much is looked for once more, and is gone.
            tracing::warn!(%error, "the journal could not be brought up to date");
        }
    }
}

#[cfg(test)]
mod tests;
