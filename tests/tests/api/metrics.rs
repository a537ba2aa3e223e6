//! What the portal counts of itself: all of it documented, nothing in it that a person or a peer chose.

use crate::support::{Portal, finished, started, step};
use model::{AgentEvent, EventBody, StepId, StepState};
use std::collections::BTreeSet;

async fn text(portal: &Portal) -> String {
    let response = portal.get("/metrics").await;
    let kind = response.headers()["content-type"].clone();
    assert!(
        kind.to_str()
            .expect("text")
            .starts_with("application/openmetrics-text"),
        "{kind:?}"
    );
    response.text().await.expect("text")
}

/// The value of the one line that begins like this.
fn value(text: &str, line: &str) -> f64 {
    let mut found = text.lines().filter_map(|one| one.strip_prefix(line));
    let value = found
        .next()
        .unwrap_or_else(|| panic!("{line} in\n{text}"))
        .trim()
        .parse()
        .expect("a number");
    assert!(found.next().is_none(), "{line} comes twice");
    value
}

/// A step that took 2 ms.
fn step_finished() -> AgentEvent {
    AgentEvent {
        body: EventBody::StepFinished {
            step: StepId(1),
            state: StepState::Ok,
            code: None,
            detail: None,
            elapsed_us: 2_000,
        },
        ..step(1)
    }
}

#[tokio::test]
async fn runs_steps_streams_agents_calls_and_the_store_are_counted() {
    let portal = Portal::start().await;
    let queued = portal.run_of("tcp:waits.example.test,1433").await;
    let claim = portal.agent.claim().await;
    assert_eq!(claim.run, queued);
    let waits = portal.run_of("tcp:also-waits.example.test,1433").await;
    let stream = portal.get(&format!("/api/runs/{waits}/events")).await;
    let before = text(&portal).await;
    assert!((value(&before, "linecheck_runs_queued ") - 1.0).abs() < 0.1);
    assert!((value(&before, "linecheck_runs_running ") - 1.0).abs() < 0.1);
    assert!((value(&before, "linecheck_streams_open ") - 1.0).abs() < 0.1);
    assert!(!before.contains("linecheck_runs_total"));
    drop(stream);

    let events = [started(), step(1), step_finished(), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let after = text(&portal).await;
    let verdict = portal.view(claim.run).await.verdict.expect("settled").code;
    let runs = format!("linecheck_runs_total{{outcome=\"inconclusive\",verdict=\"{verdict}\"}}");
    assert!((value(&after, &runs) - 1.0).abs() < 0.1);
    let steps = "linecheck_step_duration_seconds_sum{kind=\"tcp_connect\"}";
    assert!((value(&after, steps) - 0.002).abs() < 1e-9);
    assert!(value(&after, "linecheck_agents{state=\"connected\"}") > 0.9);
    let answered = "linecheck_http_requests_total{route=\"/api/runs\",status=\"2xx\"}";
    assert!((value(&after, answered) - 2.0).abs() < 0.1);
    let commits = "linecheck_store_duration_seconds_count{operation=\"tx_commit\"}";
    assert!(value(&after, commits) >= 2.0);
    assert!((value(&after, "linecheck_store_up ") - 1.0).abs() < 0.1);
    assert!(after.ends_with("# EOF\n"));
    assert!(!after.contains("example.test"), "a name is in the figures");
}

#[tokio::test]
async fn every_metric_is_documented_and_every_documented_one_is_there() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let events = [started(), step(1), step_finished(), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let text = text(&portal).await;
    let named: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
        .collect();
    // The document names series as they are asked for: counters end in `_total`.
    let written: BTreeSet<&str> = include_str!("../../../docs/OPERATIONS.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `linecheck_")?.split('`').next())
        .map(|name| name.strip_suffix("_total").unwrap_or(name))
        .collect();
    let named: BTreeSet<&str> = named
        .into_iter()
        .filter_map(|name| name.strip_prefix("linecheck_"))
        .collect();
    assert_eq!(named, written);
}
