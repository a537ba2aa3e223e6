//! Taking runs away: those that were deleted, and settled ones that are older or more than the portal keeps.
//!
//! A run is hidden first, at once and for every reader; its share links lead nowhere from then on. Its rows go after
//! that, [`AT_ONCE`] a transaction with a pause between, so that agents' events get in; its files last. A portal that
//! was ended on the way goes on at its next start.

use crate::app::App;
use crate::artifacts;
use crate::store::{Filter, Retention, Store, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::sync::Notify;

/// Rows that one transaction takes away, and runs that one hides.
const AT_ONCE: u32 = 1_000;

/// Which settled runs are kept; all, unless something is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Those of so many days.
    pub days: Option<u32>,
    /// So many, the newest.
    pub runs: Option<u64>,
}

impl Keep {
    /// What that means now.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Retention {
        let made_before = |days| now.checked_sub_signed(TimeDelta::days(i64::from(days)));
        Retention {
            made_before: self.days.and_then(made_before),
            most: self.runs,
        }
    }

    fn is_all(self) -> bool {
        self == Self::default()
    }
}

/// Tells the sweeper that there is something to take away.
#[derive(Debug, Default)]
pub struct Sweeper {
    asked: Notify,
}

impl Sweeper {
    /// A run was hidden.
    pub fn wake(&self) {
        self.asked.notify_one();
    }
}

/// Takes away what is to go, at the start, when a run was deleted, and now and then. Returns when the portal goes away.
pub async fn keep_swept(app: &App) {
    loop {
        match sweep(app).await {
            Ok((0, 0)) => {}
            Ok((runs, rows)) => {
                tracing::info!(sweep.hidden = runs, sweep.rows = rows, "runs taken away");
            }
            Err(error) => tracing::warn!(error = %error, "runs could not be taken away"),
        }
        tokio::select! {
            () = app.closing.cancelled() => return,
            () = app.sweeper.asked.notified() => {}
            () = tokio::time::sleep(app.timing.retain) => {}
        }
    }
}

async fn sweep(app: &App) -> StoreResult<(u64, u64)> {
    let store = app.store.as_ref();
    let pause = app.timing.sweep_pause;
    let (mut hidden, mut rows) = (0, 0);
    if !app.keep.is_all() {
        let kept = app.keep.at(app.now());
        while !app.closing.is_cancelled() {
            let some = store.hide_runs(&kept, AT_ONCE).await?;
            hidden += some;
            if some == 0 {
                break;
            }
            tokio::time::sleep(pause).await;
        }
    }
    while !app.closing.is_cancelled() {
        let some = store.sweep(AT_ONCE).await?;
        rows += some;
        app.metrics.swept(some);
        if some == 0 {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    artifacts::sweep(store, app.files.as_ref()).await?;
    Ok((hidden, rows))
}

/// Does the same once, for whoever asks for it by hand; a portal may be at work on the same store. Answers how many
/// runs were hidden.
///
/// # Errors
/// The store's.
pub async fn retain(store: &dyn Store, kept: &Retention, pause: Duration) -> StoreResult<u64> {
    let mut hidden = 0;
    loop {
        let some = store.hide_runs(kept, AT_ONCE).await?;
        hidden += some;
        if some == 0 {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    while store.sweep(AT_ONCE).await? > 0 {
        tokio::time::sleep(pause).await;
    }
    Ok(hidden)
}

/// How many runs would go.
///
/// # Errors
/// The store's.
pub async fn not_kept(store: &dyn Store, kept: &Retention) -> StoreResult<u64> {
    let mut filter = Filter::default();
    let (mut seen, mut count) = (0, 0);
    loop {
        let page = store.runs(&filter, AT_ONCE).await?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        filter.before = Some(last.id);
        for run in &page {
            let old = kept
                .made_before
                .is_some_and(|before| run.created_at < before);
            let beyond = kept.most.is_some_and(|most| seen >= most);
            count += u64::from(run.state.is_settled() && (old || beyond));
            seen += 1;
        }
    }
}
