//! For whoever runs the portal: is it alive, can it work, what can it do.

use super::problem::ApiError;
use super::{Read, Shared};
use crate::metrics;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::OpenApi;

/// Alive.
#[utoipa::path(get, path = "/healthz", tag = "portal", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Able to work: its database answers and it is not going away.
#[utoipa::path(get, path = "/readyz", tag = "portal", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 503, body = model::Problem, description = "Not now", content_type = "application/problem+json"),
))]
pub(super) async fn readyz(State(app): State<Shared>) -> Result<&'static str, ApiError> {
    if app.closing.is_cancelled() {
        return Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "closing",
            "The portal is going away.",
        ));
    }
    app.store.ready().await?;
    Ok("ready\n")
}

/// What the portal counts of itself, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "portal", responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(app): State<Shared>) -> Response {
    let kind = [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)];
    (kind, metrics::text(&app).await).into_response()
}

/// The API's description, as a route.
pub(super) fn openapi(document: &OpenApi) -> Read {
    let text = serde_json::to_string(document)
        .map(Bytes::from)
        .unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    ("/api/openapi.json", get(|| async move { (kind, text) }))
}
