//! The built-in agent and the real portal together: a run as a person makes it.

use bundle::{Limits, open};
use chrono::{TimeDelta, Utc};
use client::Portal;
use futures::StreamExt as _;
use model::api::{Auth, NewRun};
use model::lasting::{Heartbeat, Lasting};
use model::{Options, RunEvent, RunView};
use server::{Config, Timing};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tests::{canary, folder};
use tokio::net::TcpListener;

async fn serve(dir: &Path) -> server::Portal {
    serve_by(dir, Timing::default()).await
}

async fn serve_by(dir: &Path, timing: Timing) -> server::Portal {
    let config = Config {
        practice: true,
        lab_scale: 0.01,
        timing: Timing {
            drain: Duration::from_millis(500),
            ..timing
        },
        ..Config::new(dir)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    server::start(config, listener).await.expect("started")
}

/// Asks for a run of a practice target with `password`, and follows it to its end.
async fn run(portal: &Portal, scenario: &str, password: &str) -> (RunView, Vec<RunEvent>) {
    run_with(portal, scenario, password, Lasting::default()).await
}

async fn run_with(
    portal: &Portal,
    scenario: &str,
    password: &str,
    lasting: Lasting,
) -> (RunView, Vec<RunEvent>) {
    let practice = portal.practice().await.expect("practice targets");
    let target = practice
        .into_iter()
        .find(|target| target.scenario == scenario)
        .expect("the scenario");
    let server = target.server.expect("available");
    let parsed = target::parse(&server).expect("a server");
    let agent = portal.agents().await.expect("agents").remove(0);
    let purpose = seal::Purpose {
        user: lab::USER.to_owned(),
        host: parsed.host,
        port: parsed.port,
        trust_server_certificate: false,
        allow_clear_text: false,
    };
    let good_for = Utc::now() + TimeDelta::minutes(15);
    let contents = seal::Contents::new(password.to_owned(), purpose, good_for);
    let key = seal::PublicKey::from_base64(&agent.public_key).expect("a key");
    assert_eq!(seal::fingerprint(&key), agent.fingerprint);
    let sealed = seal::seal(&contents, &key).expect("seals");
    let asked = NewRun {
        server,
        database: String::new(),
        auth: Auth::Sql {
            user: lab::USER.to_owned(),
            sealed: BTreeMap::from([(agent.id, sealed)]),
        },
        options: Options {
            tcp_attempts: 2,
            tcp_spacing_ms: 5,
            lasting,
            ..Options::default()
        },
        agents: Vec::new(),
        instance_sealed: std::collections::BTreeMap::new(),
    };
    let created = portal.create(&asked).await.expect("created");
    let id = created.runs[0].id;
    let mut stream = portal.events(id, 0);
    let mut events = Vec::new();
    while let Some(event) = stream.next().await.expect("an event") {
        events.push(event);
    }
    (portal.run(id).await.expect("the run"), events)
}

#[tokio::test]
async fn a_run_a_verdict_an_archive_and_no_secret_anywhere() {
    let dir = folder();
    let server = serve(dir.path()).await;
    let portal = Portal::new(&server.url()).expect("an address");

    let (view, events) = run(&portal, "healthy", lab::PASSWORD).await;
    let verdict = view.verdict.expect("a verdict");
    assert_eq!(verdict.code, "healthy", "{}", verdict.explanation);
    assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));

    let secret = canary::password();
    let needles = canary::needles(&secret);
    let (view, events) = run(&portal, "echo_secret", &secret).await;
    assert_eq!(
        view.verdict.clone().expect("a verdict").code,
        "login_rejected"
    );
    assert!(
        view.findings
            .iter()
            .any(|finding| finding.code == "secret_echoed")
    );
    let mut zip = Vec::new();
    let mut pieces = std::pin::pin!(portal.zip(view.id).await.expect("an archive"));
    while let Some(piece) = pieces.next().await {
        zip.extend(piece.expect("a piece"));
    }
    let bundle = open(&zip, &Limits::default()).expect("taken");
    assert_eq!(bundle.run, view);
    assert_eq!(bundle.events, events);
    let markdown = portal.report_markdown(view.id).await.expect("a report");
    assert_eq!(bundle.files["report.md"], markdown.as_bytes());

    canary::assert_absent("the archive", &zip, &needles);
    for (name, bytes) in &bundle.files {
        canary::assert_absent(name, bytes, &needles);
    }
    let json = serde_json::to_vec(&(&view, &events)).expect("JSON");
    canary::assert_absent("the API", &json, &needles);
    assert!(canary::assert_absent_below(dir.path(), &needles) > 0);
    server.shutdown().await;
    canary::assert_absent_below(dir.path(), &needles);
}

/// Three leases and more without an event: only the agent's heartbeats say that it is there.
#[tokio::test]
async fn a_run_that_outlives_its_lease_many_times_is_held() {
    let dir = folder();
    let timing = Timing {
        lease: Duration::from_secs(2),
        heartbeat: Duration::from_millis(100),
        ..Timing::default()
    };
    let server = serve_by(dir.path(), timing).await;
    let portal = Portal::new(&server.url()).expect("an address");
    let lasting = Lasting {
        heartbeat: Some(Heartbeat {
            every_ms: 100,
            lasts_ms: 7_000,
            login_every: 0,
            session_timeout_ms: 60_000,
        }),
        ..Lasting::default()
    };
    let (view, events) = run_with(&portal, "healthy", lab::PASSWORD, lasting).await;
    let verdict = view.verdict.expect("a verdict");
    assert_eq!(view.state, model::RunState::Completed, "{verdict:?}");
    let held = view
        .findings
        .iter()
        .any(|finding| finding.code == "session_held");
    assert!(held, "{:?}", view.findings);
    assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));
    server.shutdown().await;
}
