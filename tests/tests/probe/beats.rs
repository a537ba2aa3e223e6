//! What lasts and beats: the loop of logins and the heartbeat, against the lab.

use crate::bench::{context, lab, lab_context, meet, options, plan, secret};
use crate::story::Recording;
use agent::check::Kept;
use lab::Scenario;
use model::lasting::{
    BeatMinute, Heartbeat, Lasting, LinkChange, LinkState, LoopFailure, LoopMinute, Loss, RetryLoop,
};
use model::{ArtifactKind, EventBody, FailureCode, Observation, Options, StepKind, StepState};
use rules::replay::{Policy, Timeline, replay};
use rustls::RootCertStore;
use std::time::Duration;
use tests::relay::Relay;
use tokio_util::sync::CancellationToken;

/// Everything of one kind that a run said.
fn all<T>(events: &[model::AgentEvent], pick: impl Fn(&Observation) -> Option<T>) -> Vec<T> {
    let facts = events.iter().filter_map(|event| match &event.body {
        EventBody::Observed { observation, .. } => pick(observation),
        _ => None,
    });
    facts.collect()
}

fn minutes(events: &[model::AgentEvent]) -> Vec<LoopMinute> {
    all(events, |fact| match fact {
        Observation::LoopMinute(minute) => Some(minute.clone()),
        _ => None,
    })
}

fn failures(events: &[model::AgentEvent]) -> Vec<LoopFailure> {
    all(events, |fact| match fact {
        Observation::LoopFailure(failure) => Some(failure.clone()),
        _ => None,
    })
}

fn changes(events: &[model::AgentEvent]) -> Vec<LinkChange> {
    all(events, |fact| match fact {
        Observation::LinkChange(change) => Some(change.clone()),
        _ => None,
    })
}

fn beats(events: &[model::AgentEvent]) -> Vec<BeatMinute> {
    all(events, |fact| match fact {
        Observation::BeatMinute(minute) => Some(minute.clone()),
        _ => None,
    })
}

fn looping(asked: RetryLoop) -> Options {
    Options {
        lasting: Lasting {
            retry_loop: Some(asked),
            ..Lasting::default()
        },
        ..options()
    }
}

fn beating(asked: Heartbeat) -> Options {
    Options {
        lasting: Lasting {
            heartbeat: Some(asked),
            ..Lasting::default()
        },
        ..options()
    }
}

#[tokio::test]
async fn an_unsteady_service_leaves_a_whole_timeline_that_can_be_replayed() {
    let lab = lab(&[Scenario::Unsteady]).await;
    let port = lab.port(Scenario::Unsteady).expect("a port");
    // One at a time, so that the service's turns come in the loop's order.
    let asked = RetryLoop {
        every_ms: 20,
        lasts_ms: 4_000,
        at_once: 1,
        query: true,
    };
    let plan = plan("localhost", port, true, looping(asked));
    let sink = Recording::default();
    let context = lab_context(&lab);
    probe::run(
        &plan,
        secret(&plan),
        &context,
        &sink,
        CancellationToken::new(),
    )
    .await;
    let events = sink.so_far();
    let minutes = minutes(&events);
    let failures = failures(&events);
    let failed: usize = minutes
        .iter()
        .flat_map(|m| &m.failed)
        .map(|f| f.times.len())
        .sum();
    assert_eq!(failed, failures.len());
    assert!(failures.len() >= 8, "{minutes:?}");
    let first = &failures[0];
    assert_eq!(first.code, FailureCode::LoginRejected);
    assert_eq!(first.errors[0].number, 40_613);
    assert!(first.endpoint.is_some() && first.local.is_some() && first.detail.is_some());
    // Every login that the lab counted is in the record, but for the run's own two.
    let mut timeline = Timeline::default();
    for minute in &minutes {
        timeline.take(minute);
    }
    let logins = lab.counter(Scenario::Unsteady).logins;
    assert_eq!(timeline.operations().len() as u64, logins - 2);
    let none = replay(&timeline, &Policy::none());
    assert_eq!(none.failed, failures.len() as u64);
    let patient = Policy {
        attempts: 12,
        first_delay_ms: 50,
        longest_delay_ms: 50,
        ..Policy::none()
    };
    let played = replay(&timeline, &patient);
    assert!(
        played.succeeded > none.succeeded,
        "{played:?} after {none:?}"
    );
    // The log is told the failures and the minutes, and not every token of every login.
    assert!(events.len() < 150 + failures.len(), "{}", events.len());
    assert_eq!(sink.story().of(StepKind::RetryLoop)[0].state, StepState::Ok);
}

#[tokio::test]
async fn a_login_that_is_refused_ends_the_loop_at_once() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let asked = RetryLoop {
        every_ms: 20,
        lasts_ms: 600_000,
        at_once: 1,
        query: false,
    };
    let plan = plan("localhost", port, true, looping(asked));
    let mut context = lab_context(&lab);
    context.budget = std::sync::Arc::new(AfterSome::default());
    let sink = Recording::default();
    probe::run(
        &plan,
        secret(&plan),
        &context,
        &sink,
        CancellationToken::new(),
    )
    .await;
    let code = sink.story().code(StepKind::RetryLoop);
    assert_eq!(code, FailureCode::LoginBudgetSpent.as_str());
    let minutes = minutes(&sink.so_far());
    assert_eq!(minutes.iter().map(|m| m.worked.len()).sum::<usize>(), 3);
}

/// Lets the run's own two logins and three more through.
#[derive(Default)]
struct AfterSome(std::sync::atomic::AtomicU32);

impl probe::LoginBudget for AfterSome {
    fn may_try(&self, _: std::net::SocketAddr, _: &str) -> bool {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 5
    }

    fn failed(&self, _: std::net::SocketAddr, _: &str) {}
}

#[tokio::test]
async fn a_service_that_was_away_when_the_run_began_is_tried_again_all_the_same() {
    let asked = RetryLoop {
        every_ms: 20,
        lasts_ms: 1_000,
        at_once: 1,
        query: false,
    };
    let options = Options {
        // The own login is not tried again: it comes to nothing.
        retry_delays_ms: Vec::new(),
        ..looping(asked)
    };
    let (story, lab) = meet(Scenario::Failover, true, options.clone()).await;
    assert_eq!(story.of(StepKind::TdsLogin)[0].state, StepState::Failed);
    assert_eq!(story.of(StepKind::RetryLoop)[0].state, StepState::Ok);
    assert!(lab.counter(Scenario::Failover).logins > 2);
    // A password that is refused is not given again.
    let (story, lab) = meet(Scenario::LoginRejected, true, options).await;
    assert_eq!(story.of(StepKind::RetryLoop)[0].state, StepState::Skipped);
    assert_eq!(lab.counter(Scenario::LoginRejected).logins, 1);
}

#[tokio::test]
async fn logins_that_take_longer_than_their_rate_end_with_the_heartbeat() {
    let asked = Heartbeat {
        every_ms: 20,
        lasts_ms: 500,
        login_every: 1,
        session_timeout_ms: 60_000,
    };
    let (story, lab) = meet(Scenario::Slow, true, beating(asked)).await;
    assert_eq!(story.of(StepKind::Heartbeat)[0].state, StepState::Ok);
    // The run's own two, the held one and at least one more.
    assert!(lab.counter(Scenario::Slow).logins > 2);
}

#[tokio::test]
async fn a_steady_server_is_beaten_at_and_logged_into() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let asked = Heartbeat {
        every_ms: 50,
        lasts_ms: 2_000,
        login_every: 10,
        session_timeout_ms: 60_000,
    };
    let plan = plan("localhost", port, true, beating(asked));
    let sink = Recording::default();
    let context = lab_context(&lab);
    probe::run(
        &plan,
        secret(&plan),
        &context,
        &sink,
        CancellationToken::new(),
    )
    .await;
    let events = sink.so_far();
    assert_eq!(sink.story().of(StepKind::Heartbeat)[0].state, StepState::Ok);
    let minutes = beats(&events);
    let answered: u32 = minutes.iter().map(|m| m.answered).sum();
    let logins: u32 = minutes
        .iter()
        .filter_map(|m| m.logins_worked)
        .map(|l| l.count)
        .sum();
    assert!(answered >= 3 && logins >= 1, "{minutes:?}");
    assert!(changes(&events).is_empty());
}

#[tokio::test]
async fn a_link_that_is_cut_is_a_hard_loss_and_is_recovered_from() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let relay = Relay::to(([127, 0, 0, 1], port).into()).await;
    let asked = Heartbeat {
        every_ms: 20,
        lasts_ms: 600_000,
        login_every: 0,
        session_timeout_ms: 60_000,
    };
    let plan = plan("localhost", relay.address.port(), true, beating(asked));
    let mut roots = RootCertStore::empty();
    roots.add(lab.ca()).expect("a CA");
    let kept = Kept::default();
    let context = probe::Context {
        keep: Some(std::sync::Arc::new(kept.clone())),
        ..context([relay.address], roots)
    };
    let (sink, cancel) = (Recording::default(), CancellationToken::new());
    let run = probe::run(&plan, secret(&plan), &context, &sink, cancel.clone());
    let story = async {
        let requests = || lab.counter(Scenario::Healthy).requests;
        until(|| requests() >= 10).await;
        relay.cut();
        until(|| !changes(&sink.so_far()).is_empty()).await;
        relay.mend();
        until(|| changes(&sink.so_far()).len() >= 2).await;
        cancel.cancel();
    };
    tokio::join!(run, story);
    let changes = changes(&sink.so_far());
    let (lost, back) = (&changes[0], &changes[1]);
    assert_eq!((lost.now, lost.loss), (LinkState::Disconnected, Loss::Hard));
    assert!(
        matches!(
            lost.code,
            FailureCode::QueryClosed | FailureCode::QueryReset
        ),
        "{lost:?}"
    );
    assert_eq!(back.now, LinkState::Connected);
    assert!(back.tries >= 1 && back.outage_us > lost.outage_us);
    // What was under way when it was cancelled is told all the same.
    let minutes = beats(&sink.so_far());
    assert!(!minutes.is_empty());
    // And every beat of it stands in the file.
    let files = kept.take();
    let [(artifact, bytes)] = files.as_slice() else {
        panic!("one file: {}", files.len());
    };
    assert_eq!(artifact.kind, ArtifactKind::Beats);
    let text = std::str::from_utf8(bytes).expect("text");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let came = |what: &str, how: &str| {
        let alike = lines
            .iter()
            .filter(|line| line[2] == what && line[3] == how);
        u32::try_from(alike.count()).expect("few")
    };
    assert_eq!(lines[0][..4], ["at", "at_us", "what", "came"]);
    assert_eq!(
        came("beat", "ok"),
        minutes.iter().map(|m| m.answered).sum::<u32>()
    );
    assert_eq!(came("beat", lost.code.as_str()), 1);
    assert_eq!(came("open", "ok"), 2);
    assert!(lines.iter().all(|line| line.len() == 6), "{text}");
}

/// Waits for something that other tasks bring about.
async fn until(mut met: impl FnMut() -> bool) {
    while !met() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
