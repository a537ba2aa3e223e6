//! `/api/runs`: start, list, look, cancel, delete.

use super::Shared;
use super::extract::{Json, Nothing, Params, Run, bad_query};
use super::problem::ApiError;
use crate::runs;
use crate::store::Filter;
use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use model::api::{NewRun, RunPage, RunsCreated};
use model::{Outcome, RunView};
use serde::Deserialize;
use utoipa::IntoParams;

const MOST_ROWS: u32 = 200;
const ROWS: u32 = 50;

/// Starts a run.
#[utoipa::path(post, path = "/api/runs", tag = "runs", request_body = NewRun, responses(
    (status = 201, body = RunsCreated),
    (status = 422, description = "It cannot be run; the code says why", body = model::Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<Shared>,
    Json(asked): Json<NewRun>,
) -> Result<(StatusCode, Answer<RunsCreated>), ApiError> {
    let created = runs::create(&app, asked).await?;
    Ok((StatusCode::CREATED, Answer(created)))
}

/// Which runs a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Prefix of the server string, any case.
    server: Option<String>,
    /// `ok`, `problem`, `inconclusive`, `interrupted` or `cancelled`.
    outcome: Option<String>,
    /// Code of a finding.
    finding: Option<String>,
    /// Id of an agent.
    agent: Option<String>,
    /// Made at or after, RFC 3339.
    since: Option<String>,
    /// Made before, RFC 3339.
    until: Option<String>,
    /// `next` of the page before.
    before: Option<String>,
    /// Rows of a page, 1 to 200; 50 when absent.
    limit: Option<String>,
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(ListParams), responses(
    (status = 200, body = RunPage),
    (status = 400, description = "A parameter cannot be read", body = model::Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<Shared>,
    Params(params): Params<ListParams>,
) -> Result<Answer<RunPage>, ApiError> {
    let (filter, limit) = filter(params)?;
    Ok(Answer(runs::list(&app, &filter, limit).await?))
}

fn filter(params: ListParams) -> Result<(Filter, u32), ApiError> {
    let limit = match given(params.limit) {
        None => ROWS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| bad_query("limit must be a number from 1 to 200."))?,
    };
    let outcome = match given(params.outcome) {
        None => None,
        Some(word) => Some(outcome(&word).ok_or_else(|| {
            bad_query("outcome must be ok, problem, inconclusive, interrupted or cancelled.")
        })?),
    };
    let filter = Filter {
        server: given(params.server),
        outcome,
        finding: given(params.finding),
        agent: id(params.agent, "agent")?,
        since: time(params.since, "since")?,
        until: time(params.until, "until")?,
        before: id(params.before, "before")?,
    };
    Ok((filter, limit))
}

/// An empty parameter is an absent one.
fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn outcome(word: &str) -> Option<Outcome> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

fn id<T: std::str::FromStr>(text: Option<String>, name: &str) -> Result<Option<T>, ApiError> {
    given(text)
        .map(|text| {
            text.parse()
                .map_err(|_| bad_query(format!("{name} must be an id.")))
        })
        .transpose()
}

fn time(text: Option<String>, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
    given(text)
        .map(|text| {
            DateTime::parse_from_rfc3339(&text)
                .map(|time| time.with_timezone(&Utc))
                .map_err(|_| {
                    bad_query(format!(
                        "{name} must be a time such as 2026-11-20T12:00:00Z."
                    ))
                })
        })
        .transpose()
}

/// One run.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = RunView),
    (status = 404, body = model::Problem, description = "There is no such run", content_type = "application/problem+json"),
))]
pub(super) async fn get(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<Answer<RunView>, ApiError> {
    Ok(Answer(runs::view(&app, run).await?))
}

/// Asks for the end of a run.
#[utoipa::path(post, path = "/api/runs/{id}/cancel", tag = "runs", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "Asked; the event stream says when it has taken effect"),
    (status = 409, body = model::Problem, description = "The run is over", content_type = "application/problem+json"),
))]
pub(super) async fn cancel(
    State(app): State<Shared>,
    Run(run): Run,
    Nothing: Nothing,
) -> Result<StatusCode, ApiError> {
    runs::cancel(&app, run).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Deletes a settled run and all that belongs to it.
#[utoipa::path(delete, path = "/api/runs/{id}", tag = "runs", params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "Gone"),
    (status = 409, body = model::Problem, description = "The run is not over", content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<StatusCode, ApiError> {
    runs::delete(&app, run).await?;
    Ok(StatusCode::NO_CONTENT)
}
