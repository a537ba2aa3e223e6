//! What handlers take from a request, with every refusal as a problem.

use super::Shared;
use super::problem::ApiError;
use crate::agents;
use crate::store::AgentRow;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt;
use model::{AgentId, GroupId, RunId};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

/// Largest body of the public API.
pub(super) const PUBLIC: usize = 64 * 1024;
/// Largest batch of an agent's events.
pub(super) const BATCH: usize = 8 * 1024 * 1024;
/// A body has this long to arrive.
const BODY: Duration = Duration::from_secs(30);

/// A body of JSON, of at most `LIMIT` bytes.
pub(super) struct Json<T, const LIMIT: usize = PUBLIC>(pub(super) T);

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<Shared> for Json<T, LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, ApiError> {
        let bytes = body(request, LIMIT).await?;
        read(&bytes).map(Json)
    }
}

/// No body, or an empty object.
pub(super) struct Nothing;

impl FromRequest<Shared> for Nothing {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, ApiError> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Empty {}
        let bytes = body(request, PUBLIC).await?;
        if bytes.is_empty() {
            return Ok(Self);
        }
        read(&bytes).map(|Empty {}| Self)
    }
}

/// Reads an object. A list would do for serde, field by field; here it would only be a mistake.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let read = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
    if bytes.trim_ascii_start().starts_with(b"{") {
        Ok(read)
    } else {
        Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_field",
            "The body must be an object.",
        ))
    }
}

async fn body(request: Request, limit: usize) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("The body is larger than {limit} bytes."),
        )
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut chunks = request.into_body().into_data_stream();
    let read = async {
        let mut whole = Vec::with_capacity(announced.unwrap_or_default());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| {
                ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "body_broken",
                    "The body did not arrive whole.",
                )
            })?;
            if whole.len() + chunk.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    };
    tokio::time::timeout(BODY, read).await.unwrap_or_else(|_| {
        Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body did not arrive in time.",
        ))
    })
}

/// Says where a body cannot be read and what was expected there; never what stands there.
fn unreadable(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let place = if line == 0 {
        String::new()
    } else {
        format!(" at line {line}, column {column}")
    };
    if matches!(error.classify(), Category::Syntax | Category::Eof) {
        return ApiError::new(
            StatusCode::BAD_REQUEST,
            "bad_json",
            format!("The body is not JSON{place}."),
        );
    }
    let text = error.to_string();
    let expected = text
        .split_once(", expected ")
        .and_then(|(_, rest)| rest.split(" at line ").next())
        .map(|expected| format!("Expected {expected}."));
    let unknown = text.starts_with("unknown field");
    let missing = text
        .strip_prefix("missing field ")
        .and_then(|rest| rest.split(" at line ").next());
    let error = if unknown {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_field",
            format!("The body has a field that is not known{place}."),
        )
    } else if let Some(missing) = missing {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "missing_field",
            format!("The body lacks the field {missing}{place}."),
        )
    } else {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_field",
            format!("A field of the body has another type than it must{place}."),
        )
    };
    match expected {
        Some(expected) => error.detail(expected),
        None => error,
    }
}

/// The query of a request. What does not fit is refused without being repeated.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|_| bad_query("A parameter is not known, or comes twice."))
    }
}

pub(super) fn bad_query(reason: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "bad_query", reason)
}

/// The run that the address names. What is no id is no run either.
pub(super) struct Run(pub(super) RunId);

impl FromRequestParts<Shared> for Run {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let id = id(parts, app).await.map(Self);
        id.ok_or_else(|| crate::runs::RunError::NotFound.into())
    }
}

/// The group that the address names.
pub(super) struct Group(pub(super) GroupId);

impl FromRequestParts<Shared> for Group {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let id = id(parts, app).await.map(Self);
        id.ok_or_else(|| crate::runs::RunError::NoGroup.into())
    }
}

/// The agent that the address names.
pub(super) struct NamedAgent(pub(super) AgentId);

impl FromRequestParts<Shared> for NamedAgent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let id = id(parts, app).await.map(Self);
        id.ok_or_else(|| agents::AgentError::NotFound.into())
    }
}

async fn id<T: FromStr>(parts: &mut Parts, app: &Shared) -> Option<T> {
    // The first of what the address names.
    let Path(named) = Path::<Vec<(String, String)>>::from_request_parts(parts, app)
        .await
        .ok()?;
    named.first()?.1.parse().ok()
}

/// The agent whose token the call carries: `access` has looked it up.
pub(super) struct Agent(pub(super) AgentRow);

impl FromRequestParts<Shared> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        let agent = parts.extensions.get::<AgentRow>().cloned();
        agent.map(Self).ok_or_else(ApiError::unauthorized)
    }
}

/// The token that a call carries.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
}

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Who calls: the other end, or whom a proxy of ours speaks for.
pub(super) struct Caller(pub(super) IpAddr);

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(peer)| *peer);
        // A proxy adds to the last of these headers, when there are several.
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let forwarded = forwarded.and_then(|value| value.to_str().ok());
        Ok(Self(app.gate.reach.caller(peer, forwarded)))
    }
}
