//! The names that a portal goes by, and whose pages may change something.

use crate::support::{Portal, problem};
use reqwest::{Method, StatusCode};
use server::config::Tls;

async fn behind_proxy() -> Portal {
    Portal::with(|config| {
        config.access.tls = Tls::Proxy;
        config.access.public_url = "https://portal.example".parse().ok();
        config.access.allow_hosts = vec!["inside.example".into()];
    })
    .await
}

#[tokio::test]
async fn a_portal_goes_by_its_public_name_those_allowed_and_loopback() {
    let portal = behind_proxy().await;
    for (host, fits) in [
        ("portal.example", true),
        ("PORTAL.example:443", true),
        ("inside.example:8080", true),
        ("localhost", true),
        ("127.0.0.1:1", true),
        ("evil.example", false),
        ("portal.example.evil.example", false),
        ("evil.example:443", false),
        ("192.0.2.1", false),
        ("", false),
    ] {
        for path in ["/", "/healthz", "/api/session", "/nothing"] {
            let request = portal.call(Method::GET, path, None).header("host", host);
            let response = request.send().await.expect("an answer");
            if fits {
                assert_ne!(response.status(), StatusCode::FORBIDDEN, "{host} {path}");
                let kept = &response.headers()["strict-transport-security"];
                assert_eq!(kept, "max-age=31536000");
            } else {
                problem(response, 403, "foreign_host").await;
            }
        }
    }
    portal.server.shutdown().await;
}

#[tokio::test]
async fn only_our_own_page_over_tls_changes_something() {
    let portal = behind_proxy().await;
    for (origin, host, fits) in [
        ("https://portal.example", "portal.example", true),
        // A proxy that calls by its own name for the portal.
        ("https://portal.example", "127.0.0.1:8080", true),
        ("https://inside.example", "inside.example", true),
        ("http://portal.example", "portal.example", false),
        ("https://evil.example", "portal.example", false),
        ("https://inside.example", "portal.example", false),
        ("null", "portal.example", false),
    ] {
        let request = portal
            .call(Method::POST, "/api/login", None)
            .header("host", host)
            .header("origin", origin)
            .body("{}");
        let response = request.send().await.expect("an answer");
        let status = if fits { 422 } else { 403 };
        let code = if fits { "missing_field" } else { "cross_site" };
        problem(response, status, code).await;
    }
    portal.server.shutdown().await;
}

#[tokio::test]
async fn links_begin_with_the_public_address() {
    let portal = behind_proxy().await;
    assert_eq!(portal.server.public_url(), "https://portal.example");
    assert!(portal.server.url().starts_with("http://127.0.0.1:"));
    let response = portal.get("/api/session", None).await;
    let session: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(session["public_url"], "https://portal.example");
    assert_eq!(session["public_url_is_loopback"], false);
    portal.server.shutdown().await;
}
