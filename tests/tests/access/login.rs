//! Logging in and out, and what ends with a login.

use crate::support::{LONG, PASSWORD, Portal, cookie, problem, set_cookie};
use chrono::Duration as Span;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use server::access::Password;
use server::config::{Access, Tls};

async fn session(portal: &Portal, cookie: Option<&str>) -> Value {
    let response = portal.get("/api/session", cookie).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.expect("JSON")
}

/// Reads an open stream to its end, which must come.
async fn ends(mut stream: Response) -> String {
    let mut text = String::new();
    let read = async {
        while let Some(piece) = stream.chunk().await.expect("a whole answer") {
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    tokio::time::timeout(LONG, read).await.expect("it ends");
    text
}

/// An open stream, of which something was read.
async fn open_stream(portal: &Portal, run: &str, cookie: &str) -> Response {
    let path = format!("/api/runs/{run}/events");
    let mut stream = portal.get(&path, Some(cookie)).await;
    assert_eq!(stream.status(), StatusCode::OK);
    let first = stream.chunk().await.expect("bytes").expect("not over");
    assert!(!first.is_empty());
    stream
}

#[tokio::test]
async fn the_cookie_is_the_browsers_alone_and_logout_ends_it_and_its_streams() {
    let portal = Portal::start().await;
    let before = session(&portal, None).await;
    assert_eq!(before["login_required"], true);
    assert_eq!(before["signed_in"], false);
    assert_eq!(before["public_url"], portal.server.url());
    assert_eq!(before["public_url_is_loopback"], true);

    let response = portal.try_password(PASSWORD).await;
    let set = set_cookie(&response);
    let cookie = cookie(&response);
    let (name, value) = cookie.split_once('=').expect("a pair");
    assert_eq!(name, "linecheck");
    assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        set.strip_prefix(&cookie).expect("first"),
        "; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"
    );
    let during = session(&portal, Some(&cookie)).await;
    assert_eq!(during["signed_in"], true);
    assert!(during["expires_at"].is_string());

    let run = portal.queued_run(&cookie).await;
    let other = portal.log_in().await;
    let stream = open_stream(&portal, &run, &cookie).await;
    let others = open_stream(&portal, &run, &other).await;
    let response = portal.post("/api/logout", Some(&cookie), &json!({})).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(set_cookie(&response).starts_with("linecheck=; Path=/; Max-Age=0;"));
    let rest = ends(stream).await;
    assert!(!rest.contains("event: end"), "the run is not over: {rest}");
    problem(
        portal.get("/api/runs", Some(&cookie)).await,
        401,
        "login_required",
    )
    .await;
    // Another login goes on, and its stream ends with it when it expires.
    assert_eq!(
        portal.get("/api/runs", Some(&other)).await.status(),
        StatusCode::OK
    );
    portal.clock.forward(Span::hours(12));
    ends(others).await;
    assert_eq!(session(&portal, Some(&other)).await["signed_in"], false);
    portal.server.shutdown().await;
}

#[tokio::test]
async fn five_tries_a_minute_and_the_right_password_is_no_exception() {
    let portal = Portal::start().await;
    for wrong in [
        "",
        "x",
        "correct horse battery stapl",
        "CORRECT HORSE BATTERY STAPLE",
        "5",
    ] {
        problem(portal.try_password(wrong).await, 401, "wrong_password").await;
        portal.clock.forward(Span::seconds(2));
    }
    // No header makes another caller of this one: there is no proxy.
    let request = portal
        .call(Method::POST, "/api/login", None)
        .header("x-forwarded-for", "198.51.100.7")
        .json(&json!({ "password": PASSWORD }));
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()[header::RETRY_AFTER], "50");
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    problem(response, 429, "too_many_tries").await;
    portal.clock.forward(Span::seconds(50));
    portal.log_in().await;
    problem(portal.try_password(PASSWORD).await, 429, "too_many_tries").await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn a_proxys_callers_are_told_apart_by_its_last_word() {
    let portal = Portal::with(|config| {
        config.access.tls = Tls::Proxy;
        config.access.public_url = "https://portal.example".parse().ok();
    })
    .await;
    let try_as = async |forwarded: &str| {
        let request = portal
            .call(Method::POST, "/api/login", None)
            .header("host", "portal.example")
            .header("origin", "https://portal.example")
            .header("x-forwarded-for", forwarded)
            .json(&json!({ "password": "x" }));
        request.send().await.expect("an answer").status().as_u16()
    };
    for turn in 0..5 {
        assert_eq!(
            try_as(&format!("203.0.113.{turn}, 198.51.100.7")).await,
            401
        );
    }
    assert_eq!(try_as("203.0.113.9, 198.51.100.7").await, 429);
    assert_eq!(try_as("198.51.100.7, 203.0.113.9").await, 401);
    portal.server.shutdown().await;
}

#[tokio::test]
async fn another_password_ends_every_login_and_the_same_keeps_them_over_a_restart() {
    let portal = Portal::start().await;
    let cookie = portal.log_in().await;
    let portal = portal.restarted(|_| {}).await;
    assert_eq!(session(&portal, Some(&cookie)).await["signed_in"], true);
    let portal = portal
        .restarted(|config| {
            config.access.password_hash = Password::hash("another one, and long").ok();
        })
        .await;
    assert_eq!(session(&portal, Some(&cookie)).await["signed_in"], false);
    problem(portal.try_password(PASSWORD).await, 401, "wrong_password").await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn a_new_login_takes_the_place_of_the_one_before_in_that_browser() {
    let portal = Portal::start().await;
    let first = portal.log_in().await;
    let again = portal
        .post("/api/login", Some(&first), &json!({ "password": PASSWORD }))
        .await;
    let second = cookie(&again);
    assert_ne!(first, second);
    assert_eq!(session(&portal, Some(&first)).await["signed_in"], false);
    assert_eq!(session(&portal, Some(&second)).await["signed_in"], true);
    portal.server.shutdown().await;
}

#[tokio::test]
async fn without_a_password_everything_is_open_and_nobody_logs_in() {
    let portal = Portal::with(|config| config.access = Access::default()).await;
    let session = session(&portal, None).await;
    assert_eq!(session["login_required"], false);
    assert_eq!(session["signed_in"], true);
    assert_eq!(portal.get("/api/runs", None).await.status(), StatusCode::OK);
    problem(portal.try_password(PASSWORD).await, 409, "no_password").await;
    portal.server.shutdown().await;
}
