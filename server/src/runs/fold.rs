//! A run's log, folded by the rules. The folds of live runs are kept, so that each event is folded once.

use crate::store::{RunTx, Store, StoreResult};
use model::RunId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

const PAGE: u32 = 1_000;

/// The live runs' folds.
#[derive(Debug, Default)]
pub struct Folds {
    live: Mutex<HashMap<RunId, rules::State>>,
}

impl Folds {
    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, rules::State>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is folded so far, taken out.
    fn take(&self, run: RunId) -> rules::State {
        self.lock().remove(&run).unwrap_or_default()
    }

    /// Keeps a fold of stored events, unless a longer one is there.
    pub(super) fn keep(&self, run: RunId, state: rules::State) {
        let mut live = self.lock();
        let longer = live
            .get(&run)
            .is_some_and(|kept| kept.last_seq() >= state.last_seq());
        if !longer {
            live.insert(run, state);
        }
    }

    /// The run is settled, or gone.
    pub(super) fn forget(&self, run: RunId) {
        self.lock().remove(&run);
    }
}

/// The fold of all that is stored of a run.
pub(super) async fn of_stored(
    folds: &Folds,
    store: &dyn Store,
    run: RunId,
) -> StoreResult<rules::State> {
    let mut state = folds.take(run);
    loop {
        let events = store.events(run, state.last_seq(), PAGE).await?;
        if events.is_empty() {
            return Ok(state);
        }
        for event in &events {
            state.apply(event);
        }
    }
}

/// The fold of all that is stored and appended of a run that is open for a change. Keep it only after the
/// commit.
pub(super) async fn of_open(folds: &Folds, tx: &mut dyn RunTx) -> StoreResult<rules::State> {
    let mut state = folds.take(tx.row().id());
    loop {
        let events = tx.events(state.last_seq(), PAGE).await?;
        if events.is_empty() {
            return Ok(state);
        }
        for event in &events {
            state.apply(event);
        }
    }
}
