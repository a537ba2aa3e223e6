//! Changes of a run: what the lifecycle decides is written down here, in one transaction with its cause.

use super::RunError;
use super::cleaning;
use super::deadlines::Due;
use super::fold;
use super::lifecycle::{self, Input, Life, Say};
use crate::app::App;
use crate::store::{Disturbance, Entry, Lease, RunRow, RunTx, StoreError};
use model::{EventBody, LeaseId, RunId, RunState, Step};
use std::time::Duration;

/// A person asks for the end of a run.
///
/// # Errors
/// When there is none, or it is over otherwise.
pub async fn cancel(app: &App, run: RunId) -> Result<(), RunError> {
    bring(app, run, Input::CancelAsked).await.map(|_| ())
}

/// The run's agent was removed: nobody will make it, or go on with it.
///
/// # Errors
/// The store's.
pub async fn agent_removed(app: &App, run: RunId) -> Result<(), RunError> {
    match bring(app, run, Input::AgentRemoved).await {
        Ok(_) | Err(RunError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// An agent claims a run; false when it does not wait any more.
///
/// # Errors
/// The store's.
pub async fn claim(app: &App, run: RunId) -> Result<Option<RunRow>, RunError> {
    let Some(tx) = app.store.open(run).await? else {
        return Ok(None);
    };
    let mut row = tx.row().clone();
    row.lease = Some(Lease {
        id: LeaseId(app.ids.make(app.now())),
        acked: 0,
        ended: false,
    });
    row.started_at = Some(app.now());
    match write(app, tx, row, Input::Claimed, Vec::new()).await {
        Err(RunError::Settled { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// Takes a settled run away for good.
///
/// # Errors
/// When there is none, or it is not settled.
pub async fn delete(app: &App, run: RunId) -> Result<(), RunError> {
    let tail = app.store.tail(run).await?.ok_or(RunError::NotFound)?;
    if !tail.state.is_settled() {
        return Err(RunError::Settled {
            code: "run_not_settled",
            reason: "The run is not over. Cancel it first.",
        });
    }
    if !app.store.hide_run(run).await? {
        return Err(RunError::NotFound);
    }
    app.folds.forget(run);
    app.wake.run_changed(run);
    app.sweeper.wake();
    tracing::info!(run.id = %run, "run deleted");
    Ok(())
}

/// Sets the deadlines of all live runs anew, after a start: downtime counts against nobody.
///
/// # Errors
/// The store's.
pub async fn restore(app: &App) -> Result<(), RunError> {
    for live in app.store.live_runs(None).await? {
        let (due, after) = match live.state {
            RunState::Queued => (Due::Claim, app.timing.queued),
            _ => (Due::Renewal, app.timing.lease),
        };
        app.deadlines.set(live.run, due, after);
        if live.cancelling {
            app.deadlines.set(live.run, Due::Cancel, app.timing.cancel);
        }
    }
    Ok(())
}

/// Brings every deadline to its run when it is due. Returns when the portal goes away.
pub async fn watch_deadlines(app: &App) {
    const TRY_AGAIN: Duration = Duration::from_secs(1);
    loop {
        let (run, due) = tokio::select! {
            () = app.closing.cancelled() => return,
            disturbance = app.store.disturbed() => {
                settle_down(app, disturbance).await;
                continue;
            }
            next = app.deadlines.next() => next,
        };
        match bring(app, run, due.input()).await {
            Ok(_) | Err(RunError::NotFound) => {}
            Err(error) => {
                tracing::error!(run.id = %run, error = %error, "a deadline could not be written down");
                // While the database is away no agent can be heard: that counts against none.
                let unheard = matches!(error, RunError::Store(StoreError::Unavailable(_)))
                    && due != Due::Cancel;
                let after = if unheard { app.timing.lease } else { TRY_AGAIN };
                app.deadlines.start(run, due, after);
            }
        }
    }
}

/// The database was away: as after a start, deadlines begin anew. Or it is lost, and so is the portal.
async fn settle_down(app: &App, disturbance: Disturbance) {
    match disturbance {
        Disturbance::Back => {
            if let Err(error) = restore(app).await {
                tracing::error!(error = %error, "deadlines could not be set anew");
            }
        }
        Disturbance::Taken => {
            app.lost.cancel();
            app.closing.cancelled().await;
        }
    }
}

async fn bring(app: &App, run: RunId, input: Input) -> Result<RunRow, RunError> {
    let tx = app.store.open(run).await?.ok_or(RunError::NotFound)?;
    let row = tx.row().clone();
    write(app, tx, row, input, Vec::new()).await
}

/// Writes an input and all that follows from it: the agent's own events first, then what the portal says.
/// `row` is the run as it is to be, but for what the lifecycle decides.
pub(super) async fn write(
    app: &App,
    mut tx: Box<dyn RunTx>,
    mut row: RunRow,
    input: Input,
    mut entries: Vec<Entry>,
) -> Result<RunRow, RunError> {
    let before = tx.row().clone();
    let next = lifecycle::next(life_of(&before), input)?;
    put(&mut row, next.life);
    let now = app.now();
    let own = |body| Entry {
        at: now,
        elapsed_us: None,
        body,
        number: None,
    };
    let mut settled = false;
    for say in &next.say {
        match say {
            Say::Claimed => entries.extend(
                row.lease
                    .map(|lease| own(EventBody::RunClaimed { lease: lease.id })),
            ),
            Say::CancelRequested => entries.push(own(EventBody::CancelRequested)),
            Say::Settled => settled = true,
        }
    }
    if row == before && entries.is_empty() && !settled {
        return Ok(before);
    }
    tx.append(&entries).await?;
    let cleans = entries.iter().any(|entry| cleaning::concerns(&entry.body));
    if cleans && !settled {
        let state = fold::of_open(&app.folds, tx.as_mut()).await?;
        row.cleaning = state.is_cleaning();
    }
    let mut steps = Vec::new();
    if settled {
        steps = settle(app, tx.as_mut(), &mut row).await?;
    } else if !row.state.is_settled() {
        row.settled_at = None;
        row.outcome = None;
        row.findings = Vec::new();
        row.rules_version = 0;
    }
    let row = tx.commit(row).await?;
    if settled {
        app.metrics.run_settled(&row, &steps);
    }
    follow_up(app, &before, &row);
    Ok(row)
}

/// Judges the log, says that the run is settled, and judges once more, so that the findings are those of the
/// whole log. Answers the steps.
async fn settle(app: &App, tx: &mut dyn RunTx, row: &mut RunRow) -> Result<Vec<Step>, RunError> {
    let mut state = fold::of_open(&app.folds, tx).await?;
    let outcome = rules::settle(&state, row.state, row.interruption).outcome;
    let now = app.now();
    let seq = tx
        .append(&[Entry {
            at: now,
            elapsed_us: None,
            body: EventBody::RunSettled {
                state: row.state,
                outcome,
                interruption: row.interruption,
            },
            number: None,
        }])
        .await?;
    for event in tx.events(seq - 1, 1).await? {
        state.apply(&event);
    }
    row.cleaning = state.is_cleaning();
    row.settled_at = Some(now);
    row.outcome = Some(outcome);
    row.findings = rules::judge(&state).findings;
    row.rules_version = rules::RULES_VERSION;
    Ok(state.steps().to_vec())
}

/// What a stored change means for those who wait.
fn follow_up(app: &App, before: &RunRow, row: &RunRow) {
    let run = row.id();
    if before.state == RunState::Queued && row.state != RunState::Queued {
        app.deadlines.clear(run, Due::Claim);
    }
    if row.state == RunState::Running {
        app.deadlines.set(run, Due::Renewal, app.timing.lease);
    }
    if row.cancelling && !before.cancelling {
        app.deadlines.start(run, Due::Cancel, app.timing.cancel);
        app.wake.agent_has_work(row.agent);
    }
    if row.state.is_settled() {
        app.deadlines.clear(run, Due::Renewal);
        app.deadlines.clear(run, Due::Cancel);
        app.folds.forget(run);
    }
    if row.state != before.state {
        tracing::info!(
            run.id = %run,
            run.state = row.state.as_str(),
            run.outcome = row.outcome.map(|outcome| outcome.as_str()),
            run.verdict = row.findings.first().map(|finding| finding.code.as_str()),
            "run {}", row.state.as_str()
        );
    }
    app.wake.run_changed(run);
}

/// Where a stored run is in its life.
pub(super) fn life_of(row: &RunRow) -> Life {
    Life {
        state: row.state,
        interruption: row.interruption,
        cancelling: row.cancelling,
        leased: row.lease.is_some(),
        ended: row.lease.is_some_and(|lease| lease.ended),
    }
}

fn put(row: &mut RunRow, life: Life) {
    row.state = life.state;
    row.interruption = life.interruption;
    row.cancelling = life.cancelling;
    if let Some(lease) = &mut row.lease {
        lease.ended = life.ended;
    }
}
