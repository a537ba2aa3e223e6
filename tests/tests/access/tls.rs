//! The portal's own TLS: both versions of HTTP, new certificates, peers that dawdle, and the agent inside.

use crate::support::{Ca, LONG, PASSWORD, Portal, cookie, problem, set_cookie};
use axum::body::{Body, to_bytes};
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::{StatusCode, Version};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use server::config::Tls;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

async fn portal(ca: &Ca, change: impl FnOnce(&mut server::Config)) -> Portal {
    let mut portal = Portal::with(|config| {
        let folder = config.data_dir.parent().expect("a folder");
        config.access.tls = ca.files(folder);
        change(config);
    })
    .await;
    portal.http = ca.client();
    portal
}

async fn connect(ca: &Ca, portal: &Portal, alpn: &[&str]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.root()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(portal.server.address).await;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream.expect("connected"))
        .await
        .expect("a handshake")
}

fn leaf(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let chain = stream.get_ref().1.peer_certificates().expect("a chain");
    chain[0].clone().into_owned()
}

#[tokio::test]
async fn the_login_is_secure_and_plain_http_gets_nothing() {
    let ca = Ca::new();
    let portal = portal(&ca, |_| {}).await;
    assert!(portal.server.url().starts_with("https://127.0.0.1:"));
    let response = portal.try_password(PASSWORD).await;
    assert_eq!(response.version(), Version::HTTP_11);
    let set = set_cookie(&response);
    assert!(set.starts_with("__Host-linecheck="), "{set}");
    assert!(
        set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"),
        "{set}"
    );
    let cookie = cookie(&response);
    let runs = portal.get("/api/runs", Some(&cookie)).await;
    assert_eq!(runs.status(), StatusCode::OK);
    assert_eq!(
        runs.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    let other = cookie.replace("__Host-", "");
    problem(
        portal.get("/api/runs", Some(&other)).await,
        401,
        "login_required",
    )
    .await;
    let plain = portal.url("/healthz").replace("https:", "http:");
    assert!(reqwest::get(&plain).await.is_err());
    portal.server.shutdown().await;
}

#[tokio::test]
async fn http_2_is_spoken_with_whoever_offers_it_and_its_streams_end_with_the_portal() {
    let ca = Ca::new();
    let portal = portal(&ca, |_| {}).await;
    let cookie = portal.log_in().await;
    let run = portal.queued_run(&cookie).await;
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let stream = connect(&ca, &portal, offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed);
    }
    let stream = connect(&ca, &portal, &["h2"]).await;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("HTTP/2");
    let driving = tokio::spawn(connection);
    let authority = portal.server.address.to_string();
    let request = |host: &str, path: &str| {
        http::Request::get(format!("https://{host}{path}"))
            .header("cookie", &cookie)
            .body(Body::empty())
            .expect("a request")
    };
    let all = sender.send_request(request(&authority, "/api/runs")).await;
    let all = all.expect("an answer");
    assert_eq!(
        (all.status(), all.version()),
        (StatusCode::OK, Version::HTTP_2)
    );
    let all = to_bytes(Body::new(all.into_body()), 1 << 20)
        .await
        .expect("a body");
    let all: Value = serde_json::from_slice(&all).expect("JSON");
    assert_eq!(all["runs"][0]["id"], run.as_str());
    let foreign = sender
        .send_request(request("evil.example", "/api/runs"))
        .await;
    assert_eq!(foreign.expect("an answer").status(), StatusCode::FORBIDDEN);

    let path = format!("/api/runs/{run}/events");
    let live = sender.send_request(request(&authority, &path)).await;
    let live = live.expect("an answer");
    assert_eq!(live.status(), StatusCode::OK);
    let reading = tokio::spawn(to_bytes(Body::new(live.into_body()), 1 << 20));
    portal.server.shutdown().await;
    let told = tokio::time::timeout(LONG, reading).await.expect("it ends");
    let told = told.expect("read").expect("a whole answer");
    assert!(String::from_utf8_lossy(&told).contains("retry:"));
    let _ = tokio::time::timeout(LONG, driving).await.expect("it ends");
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let ca = Ca::new();
    let folder = tests::folder();
    let tls = ca.files(folder.path());
    let portal = Portal::with(|config| config.access.tls = tls.clone()).await;
    let first = leaf(&connect(&ca, &portal, &[]).await);
    let Tls::Own { cert, .. } = &tls else {
        panic!("files");
    };
    std::fs::write(cert, "-----BEGIN CERTIFICATE-----\nnonsense\n").expect("written");
    let again = leaf(&connect(&ca, &portal, &[]).await);
    assert_eq!(again, first, "the one before is used on");
    assert_eq!(ca.files(folder.path()), tls);
    tests::eventually("the new one", LONG, async || {
        let now = leaf(&connect(&ca, &portal, &[]).await);
        (now != first).then_some(())
    })
    .await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn whoever_dawdles_over_a_handshake_or_a_head_is_cut() {
    let ca = Ca::new();
    let short = |config: &mut server::Config| {
        config.timing.handshake = Duration::from_millis(50);
        config.timing.head = Duration::from_millis(50);
    };
    let secure = portal(&ca, short).await;
    let plain = Portal::with(short).await;
    for (address, words) in [
        (secure.server.address, &b""[..]),
        (secure.server.address, b"\x16\x03\x01"),
        (plain.server.address, b""),
        (
            plain.server.address,
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        ),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(words).await.expect("written");
        let mut rest = Vec::new();
        let read = tokio::time::timeout(LONG, stream.read_to_end(&mut rest));
        // Cut with a reset or an end, after a word about it or none.
        let _ = read.await.expect("it is cut");
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
    let mut dawdling = connect(&ca, &secure, &["http/1.1"]).await;
    dawdling.write_all(b"GET / HT").await.expect("written");
    let mut rest = Vec::new();
    let read = tokio::time::timeout(LONG, dawdling.read_to_end(&mut rest));
    let _ = read.await.expect("it is cut");
    secure.server.shutdown().await;
    plain.server.shutdown().await;
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_the_next_is_cut() {
    let portal = Portal::with(|config| config.limits.per_address = 2).await;
    let address = portal.server.address;
    let ask = async |stream: &mut TcpStream| {
        let words = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(words).await.ok()?;
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.ok()?;
        (&first == b"HTTP/1.1 200").then_some(())
    };
    let mut one = TcpStream::connect(address).await.expect("connected");
    let mut two = TcpStream::connect(address).await.expect("connected");
    assert!(ask(&mut one).await.is_some() && ask(&mut two).await.is_some());
    let mut three = TcpStream::connect(address).await.expect("connected");
    assert!(ask(&mut three).await.is_none());
    drop(one);
    tests::eventually("a place that is free again", LONG, async || {
        let mut stream = TcpStream::connect(address).await.ok()?;
        ask(&mut stream).await
    })
    .await;
    portal.server.shutdown().await;
}

#[tokio::test]
async fn the_portals_own_agent_works_beside_tls() {
    let ca = Ca::new();
    let portal = portal(&ca, |config| config.agent = true).await;
    let cookie = portal.log_in().await;
    tests::eventually("its agent", LONG, async || {
        let agents: Value = portal
            .get("/api/agents", Some(&cookie))
            .await
            .json()
            .await
            .ok()?;
        (agents[0]["state"] == "connected" && agents[0]["built_in"] == true).then_some(())
    })
    .await;
    // What it may not reach it says so, and the run settles: it polls, it posts.
    let run = json!({ "server": "tcp:127.0.0.1,1433" });
    let created: Value = portal
        .post("/api/runs", Some(&cookie), &run)
        .await
        .json()
        .await
        .expect("JSON");
    let run = created["runs"][0]["id"].as_str().expect("an id");
    let path = format!("/api/runs/{run}");
    tests::eventually("the run settles", LONG, async || {
        let view: Value = portal.get(&path, Some(&cookie)).await.json().await.ok()?;
        (view["state"] == "completed").then_some(())
    })
    .await;
    portal.server.shutdown().await;
}
