//! Runs that were started together: looked at, judged and cancelled as one.

use super::read::{look, of};
use super::{RunError, change};
use crate::app::App;
use model::api::GroupView;
use model::{GroupId, RunId};
use rules::Vantage;

/// The runs of a group, by id.
///
/// # Errors
/// When there is no such group.
pub async fn of_group(app: &App, group: GroupId) -> Result<Vec<RunId>, RunError> {
    let runs = app.store.group(group).await?;
    if runs.is_empty() {
        return Err(RunError::NoGroup);
    }
    Ok(runs)
}

/// A group, and what its runs say together.
///
/// # Errors
/// When there is no such group.
pub async fn group(app: &App, group: GroupId) -> Result<GroupView, RunError> {
    let mut read = Vec::new();
    for run in of_group(app, group).await? {
        match look(app, run).await {
            Ok(one) => read.push(one),
            // Deleted meanwhile.
            Err(RunError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let vantages: Vec<Vantage<'_>> = read
        .iter()
        .map(|(row, state, _)| Vantage {
            run: row.id(),
            state,
        })
        .collect();
    let findings = rules::judge_group(&vantages);
    let runs = read
        .iter()
        .map(|(row, state, artifacts)| of(row, state, artifacts.clone()))
        .collect();
    for (row, state, _) in read {
        if !row.state.is_settled() {
            app.folds.keep(row.id(), state);
        }
    }
    Ok(GroupView {
        id: group,
        runs,
        findings,
    })
}

/// A person asks for the end of all that is not over.
///
/// # Errors
/// When there is no such group, or all of it is over.
pub async fn cancel_group(app: &App, group: GroupId) -> Result<(), RunError> {
    let mut asked = false;
    for run in of_group(app, group).await? {
        match change::cancel(app, run).await {
            Ok(()) => asked = true,
            Err(RunError::Settled { .. } | RunError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    if asked {
        return Ok(());
    }
    Err(RunError::Settled {
        code: "run_settled",
        reason: "Every run of the group is over.",
    })
}
