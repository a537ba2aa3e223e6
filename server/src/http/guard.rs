//! Who may call at all: any page that a person has open can reach loopback.
//!
//! - `Host` must be a name that the portal goes by: a foreign name that was pointed at it (DNS rebinding) is
//!   refused, for reads too.
//! - Calls that change something must come from our own page, by `Origin` and `Sec-Fetch-Site`, or from no
//!   page at all; and say `application/json` (files: `application/octet-stream`), which no page can send elsewhere
//!   without asking first.

use super::Shared;
use super::problem::ApiError;
use crate::access::Reach;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses what must not be called.
pub(super) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    match check(&request, &app.gate.reach) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(request: &Request, reach: &Reach) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = host(request).ok_or_else(foreign_host)?;
    if !reach.is_ours(host) {
        return Err(foreign_host());
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    if !is_same_site(headers, host, reach) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "Another site's page may not do this.",
        ));
    }
    let kind = if is_file(request) {
        "application/octet-stream"
    } else {
        "application/json"
    };
    if is(headers, kind) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        format!("Calls like this one are {kind}."),
    ))
}

fn foreign_host() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "foreign_host",
        "This portal does not go by that name.",
    )
}

/// The one name the request is for. HTTP/2 has it in the address, HTTP/1.1 in a header; both must agree.
fn host(request: &Request) -> Option<&str> {
    let mut all = request.headers().get_all(header::HOST).iter();
    let also = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let Some(named) = all.next() else {
        return also;
    };
    let named = named.to_str().ok()?;
    let same = also.is_none_or(|also| also.eq_ignore_ascii_case(named));
    (all.next().is_none() && same).then_some(named)
}

/// From our own page, or from no page: browsers say where a call comes from, other programs do not.
fn is_same_site(headers: &HeaderMap, host: &str, reach: &Reach) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let fetched = text(header::HeaderName::from_static("sec-fetch-site"));
    if !matches!(fetched, None | Some("same-origin" | "none")) {
        return false;
    }
    text(header::ORIGIN).is_none_or(|origin| reach.is_own_origin(origin, host))
}

/// Whether a file is handed in there, and not an object.
fn is_file(request: &Request) -> bool {
    let path = request.uri().path();
    *request.method() == Method::POST
        && path.starts_with("/api/agent/runs/")
        && path.contains("/artifacts/")
}

fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let Some(Ok(kind)) = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case(wanted)
}
