//! Who may call at all, what every answer carries, and what no route takes.

use crate::support::{Portal, problem};
use reqwest::Method;

#[tokio::test]
async fn a_foreign_host_is_refused_for_reads_too() {
    let portal = Portal::start().await;
    for host in ["evil.example", "localhost.evil.example:80", "10.0.0.1", ""] {
        for path in ["/", "/api/runs", "/healthz", "/nothing"] {
            let request = portal.http.get(portal.url(path)).header("host", host);
            let response = request.send().await.expect("an answer");
            problem(response, 403, "foreign_host").await;
        }
    }
    let port = portal.server.address.port();
    for host in ["localhost", "127.0.0.1", "[::1]:8080", "LocalHost:1"] {
        let request = portal.http.get(portal.url("/healthz")).header("host", host);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{host}, port {port}");
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let portal = Portal::start().await;
    let own = portal.server.url();
    let foreign: &[(&str, &str)] = &[
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    let calls = [
        (Method::POST, "/api/runs"),
        (
            Method::POST,
            "/api/runs/01a1fd3b-44f4-751c-b846-f23f52f4e303/cancel",
        ),
        (
            Method::DELETE,
            "/api/runs/01a1fd3b-44f4-751c-b846-f23f52f4e303",
        ),
        (Method::POST, "/api/agent/poll"),
    ];
    for (header, value) in foreign {
        for (method, path) in &calls {
            let request = portal
                .http
                .request(method.clone(), portal.url(path))
                .header("content-type", "application/json")
                .header(*header, *value)
                .body("{}");
            let response = request.send().await.expect("an answer");
            problem(response, 403, "cross_site").await;
        }
        let read = portal.http.get(portal.url("/api/runs"));
        let response = read.header(*header, *value).send().await;
        assert_eq!(
            response.expect("an answer").status(),
            200,
            "reads carry no harm"
        );
    }
    let request = portal
        .http
        .post(portal.url("/api/runs"))
        .header("content-type", "application/json; charset=utf-8")
        .header("origin", own)
        .header("sec-fetch-site", "same-origin")
        .body("{}");
    let response = request.send().await.expect("an answer");
    problem(response, 422, "missing_field").await;
}

#[tokio::test]
async fn only_json_changes_anything() {
    let portal = Portal::start().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let request = portal
            .http
            .post(portal.url("/api/runs"))
            .header("content-type", kind)
            .body(r#"{"server":"a"}"#);
        problem(request.send().await.expect("an answer"), 415, "not_json").await;
    }
    let bare = portal.http.post(portal.url("/api/runs")).body("{}");
    problem(bare.send().await.expect("an answer"), 415, "not_json").await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_taken_are_problems() {
    let portal = Portal::start().await;
    for path in [
        "/nothing",
        "/api",
        "/api/nothing",
        "/index.html",
        "/runs/a/b",
        "/../etc",
    ] {
        problem(portal.get(path).await, 404, "not_found").await;
    }
    let put = portal
        .http
        .put(portal.url("/api/runs"))
        .header("content-type", "application/json");
    let response = put.send().await.expect("an answer");
    assert!(response.headers().contains_key("allow"));
    problem(response, 405, "method_not_allowed").await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let portal = Portal::start().await;
    let csp = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr \
               'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";
    let run = portal.run().await;
    let event_stream = format!("/api/runs/{run}/events");
    for path in [
        "/",
        "/runs",
        "/api/runs",
        "/nothing",
        "/healthz",
        event_stream.as_str(),
    ] {
        let response = portal.get(path).await;
        let headers = response.headers();
        assert_eq!(headers["content-security-policy"], csp, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
        assert!(headers.contains_key("cache-control"), "{path}");
    }
}

#[tokio::test]
async fn the_pages_addresses_answer_alike() {
    let portal = Portal::start().await;
    let first = portal.get("/").await.text().await.expect("text");
    for path in ["/runs", "/runs/01a1fd3b-44f4-751c-b846-f23f52f4e303"] {
        let response = portal.get(path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.expect("text"), first);
    }
}
