//! Every error as `application/problem+json` with a stable `code`.
//!
//! Handlers and extractors answer an [`ApiError`]. It rides in the response's extensions until [`finish`]
//! writes it out with the request's id; whatever error comes without one (no such route, wrong method, a
//! layer's refusal) is given one there, so no error leaves in another shape.

use super::log::RequestId;
use crate::agents::AgentError;
use crate::runs::RunError;
use crate::store::StoreError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::Problem;
use std::any::Any;

/// An error as a caller sees it. Never repeats what was sent.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: Option<String>,
    wanted: Option<u64>,
    retry_after: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, title: impl Into<String>) -> Self {
        Self {
            status,
            code,
            title: title.into(),
            detail: None,
            wanted: None,
            retry_after: None,
        }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// In so many seconds it may be tried again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")
    }

    /// Every refused agent call looks the same, whatever was wrong with its token.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "This call needs an agent's token.",
        )
    }

    fn of_status(status: StatusCode) -> Self {
        let (code, title) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "This address does not take this method.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The body is too large."),
            status if status.is_server_error() => (
                "internal",
                "Something went wrong on our side. The log has it under this request's id.",
            ),
            _ => ("bad_request", "The request cannot be understood."),
        };
        Self::new(status, code, title)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        let title = error.to_string();
        match error {
            RunError::NotFound => Self::new(StatusCode::NOT_FOUND, "no_such_run", title),
            RunError::NoGroup => Self::new(StatusCode::NOT_FOUND, "no_such_group", title),
            RunError::NoArtifact => Self::new(StatusCode::NOT_FOUND, "no_such_artifact", title),
            RunError::NoShare => Self::new(StatusCode::NOT_FOUND, "no_such_share", title),
            RunError::Invalid { code, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
            }
            RunError::Settled { code, .. } => Self::new(StatusCode::CONFLICT, code, title),
            RunError::NotYours => Self::new(StatusCode::FORBIDDEN, "not_your_run", title),
            RunError::Gap { wanted } => Self {
                wanted: Some(wanted),
                ..Self::new(StatusCode::CONFLICT, "gap", title)
            },
            RunError::Conflict { .. } => Self::new(StatusCode::CONFLICT, "conflict", title),
            RunError::Store(error) => error.into(),
        }
    }
}

impl From<AgentError> for ApiError {
    fn from(error: AgentError) -> Self {
        let title = error.to_string();
        match error {
            AgentError::NotFound => Self::new(StatusCode::NOT_FOUND, "no_such_agent", title),
            AgentError::BuiltIn => Self::new(StatusCode::CONFLICT, "built_in_agent", title),
            AgentError::Removed => Self::unauthorized(),
            AgentError::Refused => Self::new(StatusCode::UNAUTHORIZED, "enrolment_refused", title),
            AgentError::TooMany { code, .. } => Self::new(StatusCode::CONFLICT, code, title),
            AgentError::Invalid { code, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
            }
            AgentError::Run(error) => error.into(),
            AgentError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "the store failed");
        match error {
            StoreError::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "The portal's disk is full. Reading still works.",
            ),
            StoreError::Unavailable(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "storage_unavailable",
                "The portal's database is not available. Try again.",
            ),
            StoreError::Corrupt(_) => Self::of_status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// What is answered when a handler panicked.
pub(super) fn of_panic(_: Box<dyn Any + Send + 'static>) -> HttpResponse<Body> {
    tracing::error!("a handler panicked");
    ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

fn is_page(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Writes every error out as problem+json, but for the page's own "not found".
pub(super) async fn finish(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    let error = response.extensions_mut().remove::<ApiError>();
    let is_error = status.is_client_error() || status.is_server_error();
    if error.is_none() && (!is_error || is_page(&response)) {
        return response;
    }
    let error = error.unwrap_or_else(|| ApiError::of_status(status));
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: error.title,
        status: status.as_u16(),
        code: error.code.to_owned(),
        detail: error.detail,
        request_id: id.map(|RequestId(id)| id),
        wanted: error.wanted,
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    parts
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let unavailable = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
    if let Some(seconds) = error.retry_after.or(unavailable) {
        parts
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Response::from_parts(parts, Body::from(body))
}
