//! What readers see of runs.

use super::RunError;
use super::fold;
use crate::app::App;
use crate::store::{Filter, RunRow};
use model::api::RunPage;
use model::{Artifact, RunEvent, RunId, RunView};

/// A page of runs, newest first.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, filter: &Filter, limit: u32) -> Result<RunPage, RunError> {
    let mut runs = app.store.runs(filter, limit + 1).await?;
    let more = runs.len() > limit as usize;
    runs.truncate(limit as usize);
    let next = runs.last().filter(|_| more).map(|run| run.id.to_string());
    Ok(RunPage { runs, next })
}

/// One run.
///
/// # Errors
/// When there is none.
pub async fn view(app: &App, run: RunId) -> Result<RunView, RunError> {
    let (row, state, artifacts) = look(app, run).await?;
    let view = of(&row, &state, artifacts);
    if !row.state.is_settled() {
        app.folds.keep(run, state);
    }
    Ok(view)
}

/// One run, its log folded, and its files.
pub(super) async fn look(
    app: &App,
    run: RunId,
) -> Result<(RunRow, rules::State, Vec<Artifact>), RunError> {
    let row = app.store.run(run).await?.ok_or(RunError::NotFound)?;
    let state = fold::of_stored(&app.folds, app.store.as_ref(), run).await?;
    let artifacts = app.store.artifacts(run).await?;
    Ok((row, state, artifacts))
}

/// The whole log of a run; its length is capped.
///
/// # Errors
/// The store's.
pub async fn all_events(app: &App, run: RunId) -> Result<Vec<RunEvent>, RunError> {
    const PAGE: u32 = 2_000;
    let mut all: Vec<RunEvent> = Vec::new();
    loop {
        let after = all.last().map_or(0, |event| event.seq);
        let mut page = app.store.events(run, after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.append(&mut page);
    }
}

pub(super) fn of(row: &RunRow, state: &rules::State, artifacts: Vec<Artifact>) -> RunView {
    let settled = row.state.is_settled();
    let findings = if settled {
        row.findings.clone()
    } else {
        rules::judge(state).findings
    };
    RunView {
        id: row.id(),
        group: row.group,
        state: row.state,
        interruption: row.interruption,
        outcome: row.outcome,
        cancelling: row.cancelling,
        cleaning: row.cleaning,
        target: row.plan.target.clone(),
        login: row.plan.login.clone(),
        options: row.plan.options.clone(),
        agent: row.agent,
        agent_name: row.agent_name.clone(),
        created_at: row.created_at,
        started_at: row.started_at,
        settled_at: row.settled_at,
        last_seq: row.last_seq,
        steps: state.steps().to_vec(),
        verdict: findings.first().filter(|_| settled).cloned(),
        findings,
        rules_version: if settled {
            row.rules_version
        } else {
            rules::RULES_VERSION
        },
        artifacts,
    }
}
