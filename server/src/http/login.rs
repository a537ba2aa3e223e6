//! `/api/session`, `/api/login`, `/api/logout`: the operator's way in and out.

use super::Shared;
use super::access::{self, cookie, cookie_name};
use super::extract::{Caller, Json, Nothing};
use super::problem::ApiError;
use crate::access::{LoginError, log_in, log_out};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use model::api::{Login, Session};

/// What a page needs to know before it asks for anything else.
#[utoipa::path(get, path = "/api/session", tag = "access", responses((status = 200, body = Session)))]
pub(super) async fn session(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Answer<Session>, ApiError> {
    let operator = access::operator(&app, &headers).await?;
    Ok(Answer(Session {
        login_required: app.gate.has_password(),
        signed_in: operator.is_some(),
        expires_at: operator.and_then(|operator| operator.expires_at),
        public_url: app.gate.reach.public_url.clone(),
        public_url_is_loopback: app.gate.reach.is_loopback,
    }))
}

/// Logs in.
#[utoipa::path(post, path = "/api/login", tag = "access", request_body = Login, responses(
    (status = 204, description = "Logged in; a cookie says so from now on"),
    (status = 401, body = model::Problem, description = "Another password", content_type = "application/problem+json"),
    (status = 409, body = model::Problem, description = "There is no password to log in with", content_type = "application/problem+json"),
    (status = 429, body = model::Problem, description = "Too many tries; `Retry-After` says when the next may be made", content_type = "application/problem+json"),
))]
pub(super) async fn login(
    State(app): State<Shared>,
    Caller(from): Caller,
    headers: HeaderMap,
    Json(Login { password }): Json<Login>,
) -> Result<(StatusCode, [(HeaderName, String); 1]), ApiError> {
    let is_secure = app.gate.reach.is_secure;
    let (value, lasts) = log_in(&app, from, password).await?;
    if let Some(before) = cookie(&headers, cookie_name(is_secure)) {
        log_out(&app, before).await?;
    }
    let header = set_cookie(&value, lasts, is_secure);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, header)]))
}

/// Logs out: the cookie is worth nothing from now on, and what is open under it ends.
#[utoipa::path(post, path = "/api/logout", tag = "access", responses(
    (status = 204, description = "Logged out"),
    (status = 401, body = model::Problem, description = "Not logged in", content_type = "application/problem+json"),
))]
pub(super) async fn logout(
    State(app): State<Shared>,
    headers: HeaderMap,
    Nothing: Nothing,
) -> Result<(StatusCode, [(HeaderName, String); 1]), ApiError> {
    let is_secure = app.gate.reach.is_secure;
    if let Some(value) = cookie(&headers, cookie_name(is_secure)) {
        log_out(&app, value).await?;
    }
    let header = set_cookie("", 0, is_secure);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, header)]))
}

fn set_cookie(value: &str, lasts: u64, is_secure: bool) -> String {
    let name = cookie_name(is_secure);
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}")
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        let new = |status, code, title| Self::new(status, code, title);
        match error {
            LoginError::NoPassword => new(
                StatusCode::CONFLICT,
                "no_password",
                "This portal has no password: everything is open.",
            ),
            LoginError::TooMany(seconds) => new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                "Too many tries. Wait a little.",
            )
            .retry_after(seconds),
            LoginError::Wrong => new(
                StatusCode::UNAUTHORIZED,
                "wrong_password",
                "This is not the password.",
            ),
            LoginError::Store(error) => error.into(),
        }
    }
}
