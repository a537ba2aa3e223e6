//! A run's events as they come: server-sent events whose id is `seq`.

use super::Shared;
use super::extract::{Params, Run, bad_query};
use super::problem::ApiError;
use super::reader::{Reader, Voice};
use crate::runs::RunError;
use crate::store::Tail;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use model::{RunEvent, RunId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Where a stream begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventParams {
    /// Only what comes after this id. `Last-Event-ID` says the same and wins.
    after: Option<String>,
}

impl EventParams {
    /// The id after which to begin; nothing for the start.
    pub(super) fn last(self, headers: &HeaderMap) -> Option<String> {
        let last = headers
            .get("last-event-id")
            .map(|id| id.to_str().unwrap_or("?").to_owned());
        last.or(self.after).filter(|id| !id.is_empty())
    }
}

/// A run's events: those that are stored, then those that come, until it is settled.
#[utoipa::path(get, path = "/api/runs/{id}/events", tag = "runs",
    params(("id" = uuid::Uuid, Path), EventParams), responses(
    (status = 200, body = model::RunEvent, content_type = "text/event-stream",
        description = "Each message is a RunEvent, its id the `seq`; the last is an event `end` without id"),
))]
pub(super) async fn events(
    State(app): State<Shared>,
    Run(run): Run,
    Params(params): Params<EventParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = match params.last(&headers) {
        None => 0,
        Some(id) => id
            .parse()
            .map_err(|_| bad_query("after and Last-Event-ID must be a number."))?,
    };
    if app.store.tail(run).await?.is_none() {
        return Err(RunError::NotFound.into());
    }
    Ok(Reader::new(app, OneRun, &[(run, after)]).answer())
}

/// How one run's events are told.
struct OneRun;

impl Voice for OneRun {
    fn event(&self, _: RunId, event: RunEvent, _: &[u64]) -> Event {
        let data = serde_json::to_string(&event).unwrap_or_default();
        Event::default().id(event.seq.to_string()).data(data)
    }

    fn end(&self, tails: &[(RunId, Option<Tail>)]) -> Event {
        let tail = tails.first().and_then(|(_, tail)| *tail);
        let data = serde_json::json!({ "state": state(tail) }).to_string();
        Event::default().event("end").data(data)
    }
}

/// How a run stands at the end of a stream.
pub(super) fn state(tail: Option<Tail>) -> &'static str {
    tail.map_or("deleted", |tail| tail.state.as_str())
}
