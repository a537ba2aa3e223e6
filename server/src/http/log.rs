//! A request's id, its one line in the log, and that it is counted.
//!
//! The line has the route's template, not the address that was called, and no body, header or query value:
//! `docs/LOGGING.md` says what is never logged.

use super::Shared;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// A request's id: ours, never the caller's.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id and writes its line.
pub(super) async fn request(
    State(app): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", request.id = %id);
    async move {
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        app.metrics.answered(&route, response.status().as_u16());
        write(&method, &route, response.status(), started.elapsed());
        response
    }
    .instrument(span)
    .await
}

/// What programs ask again and again.
const ROUTINE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Agents call every few seconds, watchers every few more: what goes well there is only of use to whoever looks closely.
fn write(method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let status_code = status.as_u16();
    let is_routine = route.starts_with("/api/agent/") || ROUTINE.contains(&route);
    if is_routine && status.is_success() {
        tracing::debug!(http.method = %method, http.route = route, http.status = status_code, http.elapsed_us = elapsed_us, "request");
    } else {
        tracing::info!(http.method = %method, http.route = route, http.status = status_code, http.elapsed_us = elapsed_us, "request");
    }
}
