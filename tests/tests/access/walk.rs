//! Every route, without a login, with one that expired, and with a good one.

use crate::support::{Portal, problem};
use chrono::Duration as Span;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};

/// Who may call a route, said anew here and not read from the portal's own table.
#[derive(Debug, PartialEq, Eq)]
enum Who {
    Everybody,
    Agents,
    Operator,
}

fn who(route: &str) -> Who {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let is_read = method == "GET";
    match path {
        "/healthz" | "/readyz" | "/api/openapi.json" | "/api/session" | "/api/login"
        | "/api/agent/enrol" => Who::Everybody,
        _ if path.starts_with("/api/docs") && is_read => Who::Everybody,
        _ if path.starts_with("/api/shares/{token}") && is_read => Who::Everybody,
        _ if path.starts_with("/api/agent/") => Who::Agents,
        "/metrics" => Who::Operator,
        _ if path.starts_with("/api/") => Who::Operator,
        // The page itself holds nothing.
        _ if is_read => Who::Everybody,
        _ => Who::Operator,
    }
}

async fn call(portal: &Portal, route: &str, cookie: Option<&str>) -> Response {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let path = path
        .replace("{id}", "01a1fd3b-44f4-751c-b846-f23f52f4e303")
        .replace("{token}", "nobodys")
        .replace("{name}", "nothing");
    assert!(!path.contains('{'), "{route}: fill it in here");
    let method: Method = method.parse().expect("a method");
    let mut request = portal.call(method.clone(), &path, cookie);
    if method == Method::POST {
        request = request.body("{}");
    }
    if path.contains("/artifacts/") {
        let file = HeaderValue::from_static("application/octet-stream");
        request = request.headers(HeaderMap::from_iter([(header::CONTENT_TYPE, file)]));
    }
    request.send().await.expect("an answer")
}

/// It got past the door: whatever its handler then says of a request that fits nothing.
async fn let_in(response: Response, route: &str) {
    let status = response.status();
    assert!(!status.is_server_error(), "{route}: {status}");
    assert_ne!(status, StatusCode::FORBIDDEN, "{route}");
    assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{route}");
    if status == StatusCode::UNAUTHORIZED {
        // Those who say themselves what they want.
        let code = if route == "POST /api/login" {
            "wrong_password"
        } else {
            "enrolment_refused"
        };
        problem(response, 401, code).await;
    }
}

async fn shut_out(portal: &Portal, cookie: Option<&str>) {
    for route in server::routes() {
        let response = call(portal, &route, cookie).await;
        match who(&route) {
            Who::Everybody => let_in(response, &route).await,
            Who::Agents => problem(response, 401, "unauthorized").await,
            Who::Operator => problem(response, 401, "login_required").await,
        }
    }
}

#[tokio::test]
async fn without_a_login_only_what_is_open_is_answered() {
    let portal = Portal::start().await;
    assert!(server::routes().len() >= 28, "{:?}", server::routes());
    shut_out(&portal, None).await;
    for nonsense in [
        "linecheck=",
        "linecheck=x",
        &format!("linecheck={}", "0".repeat(64)),
        "linecheck=\"; other=1",
    ] {
        let response = portal.get("/api/runs", Some(nonsense)).await;
        problem(response, 401, "login_required").await;
    }
    // Another method of a known address tells nobody that it is not taken.
    let put = portal
        .call(Method::PUT, "/api/runs", None)
        .body("{}")
        .send();
    problem(put.await.expect("an answer"), 401, "login_required").await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn with_a_login_all_but_the_agents_calls_are_answered_until_it_expires() {
    let portal = Portal::start().await;
    let cookie = portal.log_in().await;
    for route in server::routes() {
        if route == "POST /api/logout" {
            continue;
        }
        let response = call(&portal, &route, Some(&cookie)).await;
        match who(&route) {
            Who::Agents => problem(response, 401, "unauthorized").await,
            Who::Everybody | Who::Operator => let_in(response, &route).await,
        }
    }
    portal.clock.forward(Span::hours(12));
    shut_out(&portal, Some(&cookie)).await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn an_agents_token_opens_the_agents_calls_and_no_others() {
    let portal = Portal::start().await;
    let agent = portal.server.admit("one", "a-key", "a-fingerprint").await;
    let token = agent.expect("admitted").token;
    for (path, status) in [("/api/agent/heartbeat", 422), ("/api/agent/poll", 422)] {
        let request = portal.call(Method::POST, path, None).bearer_auth(&token);
        let response = request.body("{}").send().await.expect("an answer");
        assert_eq!(response.status(), status, "{path}");
    }
    for path in ["/api/runs", "/api/agents", "/metrics"] {
        let request = portal.call(Method::GET, path, None).bearer_auth(&token);
        problem(
            request.send().await.expect("an answer"),
            401,
            "login_required",
        )
        .await;
    }
    portal.server.shutdown().await;
}

#[tokio::test]
async fn the_metrics_token_reads_metrics_and_nothing_else() {
    let portal = Portal::with(|config| {
        config.access.metrics_token = Some("reads-metrics".into());
    })
    .await;
    let get = async |path: &str, token: &str| {
        let request = portal.call(Method::GET, path, None).bearer_auth(token);
        request.send().await.expect("an answer")
    };
    assert_eq!(
        get("/metrics", "reads-metrics").await.status(),
        StatusCode::OK
    );
    problem(get("/metrics", "reads-metric").await, 401, "login_required").await;
    problem(
        get("/api/runs", "reads-metrics").await,
        401,
        "login_required",
    )
    .await;
    portal.server.shutdown().await;
}
