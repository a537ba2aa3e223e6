//! `/api/groups`: runs that were started together, side by side, in one stream.

use super::Shared;
use super::extract::{Group, Json, Nothing, Params, bad_query};
use super::problem::ApiError;
use super::reader::{Reader, Voice};
use super::stream::{EventParams, state};
use crate::runs;
use crate::store::Tail;
use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::response::sse::Event;
use model::api::{GroupEvent, GroupView, NewGroup, RunsCreated};
use model::{RunEvent, RunId};

/// Starts runs that belong together, each with a target of its own.
#[utoipa::path(post, path = "/api/groups", tag = "runs", request_body = NewGroup, responses(
    (status = 201, body = RunsCreated),
    (status = 422, description = "One of them cannot be run; the code says why", body = model::Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<Shared>,
    Json(asked): Json<NewGroup>,
) -> Result<(StatusCode, Answer<RunsCreated>), ApiError> {
    let created = runs::create_group(&app, asked).await?;
    Ok((StatusCode::CREATED, Answer(created)))
}

/// A group: its runs, and what they say together.
#[utoipa::path(get, path = "/api/groups/{id}", tag = "runs", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = GroupView),
    (status = 404, body = model::Problem, description = "There is no such group", content_type = "application/problem+json"),
))]
pub(super) async fn get(
    State(app): State<Shared>,
    Group(group): Group,
) -> Result<Answer<GroupView>, ApiError> {
    Ok(Answer(runs::group(&app, group).await?))
}

/// The events of all its runs: those that are stored, then those that come, until every run is settled.
#[utoipa::path(get, path = "/api/groups/{id}/events", tag = "runs",
    params(("id" = uuid::Uuid, Path), EventParams), responses(
    (status = 200, body = GroupEvent, content_type = "text/event-stream",
        description = "Each message is a GroupEvent, its id a cursor; the last is an event `end` without id"),
))]
pub(super) async fn events(
    State(app): State<Shared>,
    Group(group): Group,
    Params(params): Params<EventParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let runs = runs::of_group(&app, group).await?;
    let read = cursor(params.last(&headers).as_deref(), runs.len())
        .ok_or_else(|| bad_query("after and Last-Event-ID must be a cursor such as 12.0.7."))?;
    let from: Vec<_> = runs.into_iter().zip(read).collect();
    Ok(Reader::new(app, ManyRuns, &from).answer())
}

/// How far each of so many runs has been read. A cursor of another length is of a time when the group had other
/// runs (one was deleted since): all is told anew. `None` when it is no cursor at all.
fn cursor(text: Option<&str>, runs: usize) -> Option<Vec<u64>> {
    let anew = vec![0; runs];
    let Some(text) = text else {
        return Some(anew);
    };
    let read: Vec<u64> = text
        .split('.')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    Some(if read.len() == runs { read } else { anew })
}

/// Asks for the end of all its runs that are not over.
#[utoipa::path(post, path = "/api/groups/{id}/cancel", tag = "runs", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "Asked; the event stream says when it has taken effect"),
    (status = 409, body = model::Problem, description = "All of them are over", content_type = "application/problem+json"),
))]
pub(super) async fn cancel(
    State(app): State<Shared>,
    Group(group): Group,
    Nothing: Nothing,
) -> Result<StatusCode, ApiError> {
    runs::cancel_group(&app, group).await?;
    Ok(StatusCode::ACCEPTED)
}

/// How the events of several runs are told.
struct ManyRuns;

impl Voice for ManyRuns {
    fn event(&self, run: RunId, event: RunEvent, read: &[u64]) -> Event {
        let cursor: Vec<String> = read.iter().map(ToString::to_string).collect();
        let data = serde_json::to_string(&GroupEvent { run, event }).unwrap_or_default();
        Event::default().id(cursor.join(".")).data(data)
    }

    fn end(&self, tails: &[(RunId, Option<Tail>)]) -> Event {
        let runs: Vec<_> = tails
            .iter()
            .map(|(run, tail)| serde_json::json!({ "run": run, "state": state(*tail) }))
            .collect();
        let data = serde_json::json!({ "runs": runs }).to_string();
        Event::default().event("end").data(data)
    }
}

#[cfg(test)]
mod tests {
    use super::cursor;

    #[test]
    fn a_cursor_counts_the_groups_runs() {
        assert_eq!(cursor(None, 3), Some(vec![0, 0, 0]));
        assert_eq!(cursor(Some("12.0.7"), 3), Some(vec![12, 0, 7]));
        assert_eq!(cursor(Some("12.0.7"), 2), Some(vec![0, 0]));
        for text in ["x", "1.-2.3", "1..3", ".", "1.2.3.x"] {
            assert_eq!(cursor(Some(text), 3), None, "{text}");
        }
    }
}
