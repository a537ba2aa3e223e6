//! The real program: started, used, ended by SIGTERM; and what it refuses to start with.

use crate::support::{LONG, new_run};
use std::process::Command;
use std::time::Duration;
use tests::process::Process;

#[tokio::test]
async fn on_sigterm_readers_are_told_to_come_back_and_it_ends_well() {
    let folder = tests::folder();
    let log = folder.path().join("log");
    let data = folder.path().join("data");
    let practice = ["--practice"];
    let portal = tokio::task::spawn_blocking({
        let (data, log) = (data.clone(), log.clone());
        move || Process::start(&data, &log, &practice)
    })
    .await
    .expect("started");
    let api = client::Portal::new(&portal.url).expect("an address");
    let targets = api.practice().await.expect("practice targets");
    let silent = targets
        .iter()
        .find(|target| target.scenario == "silent_after_connect")
        .and_then(|target| target.server.clone())
        .expect("offered");
    let created = api.create(&new_run(&silent)).await.expect("created");
    let run = created.runs[0].id;
    let address = format!("{}/api/runs/{run}/events", portal.url);
    let mut stream = reqwest::get(&address).await.expect("a stream");
    // It probes: something has been seen, and the endpoint stays silent for 15 s.
    let mut text = String::new();
    while !text.contains("step_started") {
        let piece = tokio::time::timeout(LONG, stream.chunk()).await;
        let piece = piece.expect("in time").expect("bytes").expect("not over");
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    let ending = tokio::task::spawn_blocking(move || portal.terminate());
    let rest = tokio::time::timeout(LONG, stream.text());
    let (ended, rest) = tokio::join!(ending, rest);
    let (status, took) = ended.expect("ended");
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let rest = rest.expect("in time").expect("a whole answer");
    assert!(rest.contains("retry:"), "{rest}");
    assert!(!rest.contains("event: end"), "{rest}");
    let words = std::fs::read_to_string(&log).expect("the log");
    for line in words.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    assert!(!words.contains(&silent), "targets are not logged: {words}");

    // It comes back: the agent hands over what it had, and gives the run up.
    let portal = tokio::task::spawn_blocking(move || Process::start(&data, &log, &practice));
    let portal = portal.await.expect("started");
    let api = client::Portal::new(&portal.url).expect("an address");
    let mut events = api.events(run, 0);
    let mut seqs = Vec::new();
    while let Some(event) = tokio::time::timeout(LONG, events.next())
        .await
        .expect("in time")
        .expect("an event")
    {
        seqs.push(event.seq);
    }
    let view = api.run(run).await.expect("kept");
    assert_eq!(seqs, (1..=view.last_seq).collect::<Vec<_>>());
    assert_eq!(view.interruption, Some(model::Interruption::AgentRestarted));
    let ending = tokio::task::spawn_blocking(move || portal.terminate());
    assert!(ending.await.expect("ended").0.success());
}

#[test]
fn it_does_not_start_where_others_could_reach_it_or_with_settings_it_does_not_know() {
    let folder = tests::folder();
    let file = folder.path().join("linecheck.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\nlissten = \"x\"\n").expect("written");
    let file = file.to_str().expect("text");
    for (arguments, expected) in [
        (vec!["serve", "--listen", "0.0.0.0:0"], "loopback only"),
        (vec!["serve", "--listen", "[::]:0"], "loopback only"),
        (
            vec!["serve", "--listen", "nowhere"],
            "no address to listen on",
        ),
        (vec!["serve", "--config", file], "lissten"),
        (vec!["serve", "--log", "loud"], "log level"),
    ] {
        let out = Command::new(tests::tools::program("linecheck"))
            .args(&arguments)
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .output()
            .expect("it starts");
        assert!(!out.status.success(), "{arguments:?}");
        assert!(out.stdout.is_empty(), "{arguments:?}");
        let words = String::from_utf8_lossy(&out.stderr);
        assert!(words.contains(expected), "{arguments:?}: {words}");
    }
}
