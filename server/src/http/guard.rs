//! Who may call at all: any page that a person has open can reach loopback.
//!
//! - `Host` must be a loopback name or the address listened on: a foreign name that was pointed at loopback
//!   (DNS rebinding) is refused, for reads too.
//! - Calls that change something must come from our own page, by `Origin` and `Sec-Fetch-Site`, or from no
//!   page at all; and say `application/json`, which no page can send elsewhere without asking first.

use super::Shared;
use super::problem::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Refuses what must not be called.
pub(super) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    match check(&request, app.address.ip()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(request: &Request, listening: IpAddr) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = host(request).ok_or_else(foreign_host)?;
    if !is_ours(host, listening) {
        return Err(foreign_host());
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    if !is_same_site(headers, host) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "Another site's page may not do this.",
        ));
    }
    if is_json(headers) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        "Calls that change something are application/json.",
    ))
}

fn foreign_host() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "foreign_host",
        "This portal does not go by that name.",
    )
}

/// The one name the request is for.
fn host(request: &Request) -> Option<&str> {
    let mut all = request.headers().get_all(header::HOST).iter();
    let named = all.next()?.to_str().ok()?;
    let also = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let same = also.is_none_or(|also| also.eq_ignore_ascii_case(named));
    (all.next().is_none() && same).then_some(named)
}

fn is_ours(host: &str, listening: IpAddr) -> bool {
    let name = without_port(host);
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let literal = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    literal
        .parse::<IpAddr>()
        .is_ok_and(|ip| ip == listening || ip.is_loopback())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => {
            // `::1` without brackets is no host with a port.
            if name.contains(':') && !name.ends_with(']') {
                host
            } else {
                name
            }
        }
        _ => host,
    }
}

/// From our own page, or from no page: browsers say where a call comes from, other programs do not.
fn is_same_site(headers: &HeaderMap, host: &str) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let fetched = text(header::HeaderName::from_static("sec-fetch-site"));
    if !matches!(fetched, None | Some("same-origin" | "none")) {
        return false;
    }
    match text(header::ORIGIN) {
        None => true,
        Some(origin) => ["http://", "https://"].iter().any(|scheme| {
            origin
                .strip_prefix(scheme)
                .is_some_and(|origin| origin.eq_ignore_ascii_case(host))
        }),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(kind)) = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_loopback_names_are_ours() {
        let listening = "127.0.0.1".parse().expect("an address");
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_ours(host, listening), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]:8080",
            "localhost:80:80",
            "local host",
        ] {
            assert!(!is_ours(host, listening), "{host}");
        }
    }
}
