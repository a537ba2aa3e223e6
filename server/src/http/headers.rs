//! Headers that stand on every answer.

use super::Shared;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The page's content security policy: no inline script, nothing from elsewhere.
pub(crate) const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     style-src-attr 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Browsers come back over TLS only.
const A_YEAR: &str = "max-age=31536000";

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Addresses with a share link's token in them.
const SHARED: [&str; 2] = ["/s/", "/api/shares/"];

/// Adds them; and keeps caches away from what does not say otherwise, and caches and search engines from what is
/// shared.
pub(super) async fn add(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let shared = SHARED.iter().any(|start| path.starts_with(start));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.gate.reach.is_secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(A_YEAR),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if shared {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    }
    response
}
