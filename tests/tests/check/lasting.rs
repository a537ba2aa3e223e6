//! What lasts, as a person starts it: a host that stands still is not taken for a network, and an end that is asked for
//! comes at once.

use crate::bench::{Desk, document, findings, lab, text};
use lab::{Lab, Scenario};
use std::process::{Output, Stdio};
use std::time::Duration;
use tests::eventually;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(60);

/// A run that lasts, begun; with the practice password.
async fn begun(desk: &Desk, lab: &Lab, more: &[&str]) -> Child {
    let server = lab.server(Scenario::Healthy).expect("offered");
    let mut arguments = vec!["--user", lab::USER, "--password-stdin", "--json"];
    arguments.extend(more);
    let mut child = desk
        .check(&server, &arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    let line = format!("{}\n", lab::PASSWORD);
    stdin.write_all(line.as_bytes()).await.expect("it reads");
    child
}

/// Once so many queries have reached the server.
async fn asked(lab: &Lab, queries: u64) {
    eventually("it asks", PATIENCE, async || {
        let seen = lab.counter(Scenario::Healthy).requests;
        (seen >= queries).then_some(())
    })
    .await;
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it lives").to_string();
    let sent = Command::new("kill").args([name, &id]).status().await;
    assert!(sent.expect("kill starts").success());
}

async fn ended(child: Child) -> Output {
    child.wait_with_output().await.expect("it ends")
}

#[tokio::test]
async fn a_host_that_stands_still_is_not_blamed_on_the_network() {
    let lab = lab(&[Scenario::Healthy]).await;
    let desk = Desk::new(Some(&lab));
    let lasting = ["--heartbeat", "10s/100ms", "--session-timeout", "1s"];
    let child = begun(&desk, &lab, &lasting).await;
    asked(&lab, 10).await;
    signal(&child, "-STOP").await;
    // Long enough for the session time-out to pass three times.
    tokio::time::sleep(Duration::from_secs(3)).await;
    signal(&child, "-CONT").await;
    let output = ended(child).await;
    let findings = findings(&document(&output));
    assert_eq!(
        findings[0],
        "host_starved",
        "{findings:?} {}",
        text(&output.stderr)
    );
    assert!(
        !findings.contains(&"session_lost".to_owned()),
        "{findings:?}"
    );
    assert!(text(&output.stderr).contains("What lasts takes"));
}

#[tokio::test]
async fn hours_end_at_once_when_asked_to_and_keep_what_was_seen() {
    let lab = lab(&[Scenario::Healthy]).await;
    let desk = Desk::new(Some(&lab));
    let lasting = ["--heartbeat", "5h/100ms", "--retry-loop", "5h/100ms"];
    let child = begun(&desk, &lab, &lasting).await;
    asked(&lab, 20).await;
    signal(&child, "-INT").await;
    let output = tokio::time::timeout(Duration::from_secs(3), ended(child)).await;
    let output = output.expect("it ends within three seconds");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let findings = findings(&document(&output));
    assert_eq!(findings[0], "cancelled");
    for seen in ["session_held", "operations_worked"] {
        assert!(findings.contains(&seen.to_owned()), "{seen}: {findings:?}");
    }
}
