//! A run's events as they come: server-sent events whose id is `seq`.
//!
//! ```text
//!            events after the cursor?
//!      ┌──────── yes ──▶ send them, one by one, as fast as the reader takes them ──┐
//!   ──▶│                                                                           │
//!      │◀──────────────────────────────────────────────────────────────────────────┘
//!      ├── no, and the run is settled ──▶ `end`, close
//!      ├── no, and the portal goes away ──▶ `retry:`, close
//!      └── no ──▶ wait for a change
//! ```
//!
//! There is no queue: the only state of a reader is its cursor, and all it reads comes from the store. A slow
//! reader costs one page of events, and misses nothing.

use super::Shared;
use super::extract::{Params, Run, bad_query};
use super::problem::ApiError;
use crate::metrics::OpenStream;
use crate::runs::{RunError, Waiter};
use crate::store::{StoreResult, Tail};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};
use model::{RunEvent, RunId};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use utoipa::IntoParams;

const PAGE: u32 = 500;

/// Where a stream begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventParams {
    /// Only events with a higher `seq`. `Last-Event-ID` says the same and wins.
    after: Option<String>,
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
    let after = after(&headers, params)?;
    // The place is taken before the first look, so that no change is missed.
    let changes = app.wake.reader(run);
    if app.store.tail(run).await?.is_none() {
        return Err(RunError::NotFound.into());
    }
    let open = app.metrics.stream();
    let keep_alive = KeepAlive::new().interval(app.timing.keep_alive);
    let reader = Reader {
        app,
        run,
        cursor: after,
        page: VecDeque::new(),
        changes,
        over: false,
        _open: open,
    };
    let mut response = Sse::new(reader.stream())
        .keep_alive(keep_alive)
        .into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

fn after(headers: &HeaderMap, params: EventParams) -> Result<u64, ApiError> {
    let last = headers
        .get("last-event-id")
        .map(|id| id.to_str().unwrap_or("?").to_owned());
    match last.or(params.after) {
        None => Ok(0),
        Some(text) if text.is_empty() => Ok(0),
        Some(text) => text
            .parse()
            .map_err(|_| bad_query("after and Last-Event-ID must be a number.")),
    }
}

struct Reader {
    app: Shared,
    run: RunId,
    cursor: u64,
    page: VecDeque<RunEvent>,
    changes: Waiter<RunId>,
    over: bool,
    _open: OpenStream,
}

impl Reader {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let event = reader.next().await?;
            Some((Ok(event), reader))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            if self.app.closing.is_cancelled() {
                return Some(self.come_back());
            }
            if let Some(event) = self.page.pop_front() {
                self.cursor = event.seq;
                return Some(written(&event));
            }
            match self.look().await {
                Ok(Some(event)) => return Some(event),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(run.id = %self.run, error = %error, "a stream could not go on");
                    return Some(self.come_back());
                }
            }
        }
        None
    }

    /// Fills the page, or says that it is over, or waits for a change.
    async fn look(&mut self) -> StoreResult<Option<Event>> {
        let tail = self.app.store.tail(self.run).await?;
        let last = tail.map_or(0, |tail| tail.last_seq);
        if last > self.cursor {
            let page = self.app.store.events(self.run, self.cursor, PAGE).await?;
            self.page = page.into();
            return Ok(None);
        }
        if tail.is_none_or(|tail| tail.state.is_settled()) {
            self.over = true;
            return Ok(Some(end(tail)));
        }
        tokio::select! {
            () = self.changes.changed() => {}
            () = self.app.closing.cancelled() => {}
        }
        Ok(None)
    }

    /// Tells the reader to come back soon; it then says how far it has read.
    fn come_back(&mut self) -> Event {
        self.over = true;
        Event::default().retry(self.app.timing.come_back)
    }
}

fn written(event: &RunEvent) -> Event {
    let data = serde_json::to_string(event).unwrap_or_default();
    Event::default().id(event.seq.to_string()).data(data)
}

fn end(tail: Option<Tail>) -> Event {
    let state = tail.map_or("deleted", |tail| tail.state.as_str());
    let data = serde_json::json!({ "state": state }).to_string();
    Event::default().event("end").data(data)
}
