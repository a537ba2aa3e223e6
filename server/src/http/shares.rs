//! Share links: made, listed and revoked by the operator; opened by whoever holds a token, without a login.
//!
//! A link that is unknown, malformed, expired or revoked, and one whose run is gone, have one and the same
//! answer. `headers` adds what keeps all of this out of caches, referrers and search engines.

use super::Shared;
use super::downloads::{File, Link, RedactParams, download};
use super::extract::{Json, Params, Run, bad_query};
use super::problem::ApiError;
use super::stream::EventParams;
use crate::metrics::OpenStream;
use crate::runs::RunError;
use crate::shares::{self, Follower, Told};
use axum::Json as Answer;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use model::api::{NewShare, ShareCreated, ShareView, SharedRun};
use std::convert::Infallible;
use tokio::sync::OwnedSemaphorePermit;

/// What stands in the place of a token. What is none goes the same way.
pub(super) struct Token(String);

impl FromRequestParts<Shared> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        Ok(Self(text.map(|Path(text)| text).unwrap_or_default()))
    }
}

/// Makes a link.
#[utoipa::path(post, path = "/api/runs/{id}/shares", tag = "shares", params(("id" = uuid::Uuid, Path)),
    request_body = NewShare, responses(
    (status = 201, body = ShareCreated),
    (status = 422, description = "It cannot be made; the code says why", body = model::Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<Shared>,
    Run(run): Run,
    Json(asked): Json<NewShare>,
) -> Result<(StatusCode, Answer<ShareCreated>), ApiError> {
    let created = shares::create(&app, run, &asked).await?;
    Ok((StatusCode::CREATED, Answer(created)))
}

/// The links of a run that are good, newest first.
#[utoipa::path(get, path = "/api/runs/{id}/shares", tag = "shares", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = Vec<ShareView>),
))]
pub(super) async fn list(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<Answer<Vec<ShareView>>, ApiError> {
    Ok(Answer(shares::list(&app, run).await?))
}

/// What a link would show if it were made now.
#[utoipa::path(get, path = "/api/runs/{id}/shares/preview", tag = "shares",
    params(("id" = uuid::Uuid, Path), RedactParams), responses((status = 200, body = SharedRun)))]
pub(super) async fn preview(
    State(app): State<Shared>,
    Run(run): Run,
    Params(params): Params<RedactParams>,
) -> Result<Answer<SharedRun>, ApiError> {
    let redact = params.read()?.unwrap_or_default();
    Ok(Answer(shares::preview(&app, run, redact).await?))
}

/// Revokes a link, by its id; what is open of it ends.
#[utoipa::path(delete, path = "/api/shares/{token}", tag = "shares", params(("token" = String, Path)), responses(
    (status = 204, description = "Gone"),
    (status = 404, body = model::Problem, description = "There is no such link", content_type = "application/problem+json"),
))]
pub(super) async fn revoke(
    State(app): State<Shared>,
    Token(id): Token,
) -> Result<StatusCode, ApiError> {
    let id = id.parse().map_err(|_| RunError::NoShare)?;
    shares::revoke(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The run that a link shows, redacted.
#[utoipa::path(get, path = "/api/shares/{token}", tag = "shares", params(("token" = String, Path)), responses(
    (status = 200, body = SharedRun),
    (status = 404, body = model::Problem, description = "The link leads nowhere, or not any more", content_type = "application/problem+json"),
))]
pub(super) async fn open(
    State(app): State<Shared>,
    Token(token): Token,
    method: Method,
) -> Result<Answer<SharedRun>, ApiError> {
    let opened = shares::open(&app, &token).await?;
    let shown = shares::shared(&app, &opened).await?;
    if method == Method::GET {
        app.store.count_view(opened.share.id).await?;
    }
    Ok(Answer(shown))
}

/// Its events, redacted: those that are stored, then those that come, until the link ends.
#[utoipa::path(get, path = "/api/shares/{token}/events", tag = "shares",
    params(("token" = String, Path), EventParams), responses(
    (status = 200, body = model::RunEvent, content_type = "text/event-stream",
        description = "Each message is a RunEvent, its id the `seq`; the last is an event `end` without id"),
))]
pub(super) async fn events(
    State(app): State<Shared>,
    Token(token): Token,
    Params(params): Params<EventParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = match params.last(&headers) {
        None => 0,
        Some(id) => id
            .parse()
            .map_err(|_| bad_query("after and Last-Event-ID must be a number."))?,
    };
    let opened = shares::open(&app, &token).await?;
    let turn = app.shares.streams.clone();
    let turn = turn.try_acquire_owned().map_err(|_| busy())?;
    let reader = Reader {
        come_back: app.timing.come_back,
        _open: app.metrics.stream(),
        _turn: turn,
        follower: Follower::new(app.clone(), opened, after),
    };
    let told = stream::unfold(reader, |mut reader| async move {
        let told = reader.follower.next().await?;
        let event = reader.written(told);
        Some((Ok::<_, Infallible>(event), reader))
    });
    let keep_alive = KeepAlive::new().interval(app.timing.keep_alive);
    let mut response = Sse::new(told).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

/// A stream that is open.
struct Reader {
    follower: Follower,
    come_back: std::time::Duration,
    _open: OpenStream,
    _turn: OwnedSemaphorePermit,
}

impl Reader {
    fn written(&self, told: Told) -> Event {
        let end = |state: &str| {
            let data = serde_json::json!({ "state": state }).to_string();
            Event::default().event("end").data(data)
        };
        match told {
            Told::Event(event) => {
                let data = serde_json::to_string(&event).unwrap_or_default();
                Event::default().id(event.seq.to_string()).data(data)
            }
            Told::End(state) => end(state.as_str()),
            Told::Gone => end("gone"),
            Told::ComeBack => Event::default().retry(self.come_back),
        }
    }
}

/// The redacted run's own bundle.
#[utoipa::path(get, path = "/api/shares/{token}/AllFiles.zip", tag = "shares", params(("token" = String, Path)),
    responses((status = 200, content_type = "application/zip", description = "The bundle, with manifest.json")))]
pub(super) async fn all_files(
    State(app): State<Shared>,
    Token(token): Token,
) -> Result<Response, ApiError> {
    file(app, &token, File::AllFiles).await
}

/// Its report in Markdown.
#[utoipa::path(get, path = "/api/shares/{token}/report.md", tag = "shares", params(("token" = String, Path)),
    responses((status = 200, content_type = "text/markdown", body = String)))]
pub(super) async fn report_markdown(
    State(app): State<Shared>,
    Token(token): Token,
) -> Result<Response, ApiError> {
    file(app, &token, File::Markdown).await
}

/// Its report as one HTML file.
#[utoipa::path(get, path = "/api/shares/{token}/report.html", tag = "shares", params(("token" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(super) async fn report_html(
    State(app): State<Shared>,
    Token(token): Token,
) -> Result<Response, ApiError> {
    file(app, &token, File::Html).await
}

async fn file(app: Shared, token: &str, file: File) -> Result<Response, ApiError> {
    let opened = shares::open(&app, token).await?;
    let turn = app.shares.downloads.clone();
    let turn = turn.try_acquire_owned().map_err(|_| busy())?;
    let link = Link::new(opened.share.token_hash, turn);
    let view = shares::whole(&app, &opened).await?;
    Ok(download(
        app,
        view,
        Some(opened.share.redact),
        Some(link),
        file,
    ))
}

fn busy() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "Too many people read shared runs right now. Try again.",
    )
}
