//! The lifecycle over the API: deadlines, late batches, cancels.

use crate::support::{LONG, Portal, Tick, finished, kinds, restarted, started, step, steps};
use model::{EventBody, Interruption, Outcome, RunState};
use server::{Config, Timing};
use std::time::Duration;

fn short(lease: u64, queued: u64, cancel: u64) -> impl FnOnce(&mut Config) {
    move |config| {
        config.timing = Timing {
            lease: Duration::from_millis(lease),
            queued: Duration::from_millis(queued),
            cancel: Duration::from_millis(cancel),
            ..config.timing
        };
    }
}

const NEVER: u64 = 600_000;

fn settled(state: RunState, outcome: Outcome, interruption: Option<Interruption>) -> EventBody {
    EventBody::RunSettled {
        state,
        outcome,
        interruption,
    }
}

#[tokio::test]
async fn a_run_that_no_agent_claims_is_interrupted() {
    let portal = Portal::with(short(NEVER, 50, NEVER)).await;
    let run = portal.run().await;
    let all = portal.until_settled(run).await;
    assert_eq!(kinds(&all), ["run_created", "run_settled"]);
    let expected = settled(
        RunState::Interrupted,
        Outcome::Interrupted,
        Some(Interruption::NoAgent),
    );
    assert_eq!(all[1].body, expected);
    assert!(portal.agent.poll(&[], 8).await.claims.is_empty());
    let view = portal.view(run).await;
    assert!(view.verdict.is_some());
    assert_eq!(view.interruption, Some(Interruption::NoAgent));
}

#[tokio::test]
async fn an_expired_lease_interrupts_with_what_arrived_and_late_batches_complete_it() {
    let portal = Portal::with(short(500, NEVER, NEVER)).await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    agent
        .post(&claim, 1, &[started(), step(1)])
        .await
        .expect("taken");
    let all = portal.until_settled(claim.run).await;
    assert_eq!(all.len(), 5);
    let lost = Some(Interruption::AgentLost);
    assert_eq!(
        all[4].body,
        settled(RunState::Interrupted, Outcome::Interrupted, lost)
    );
    let view = portal.view(claim.run).await;
    assert_eq!((view.state, view.steps.len()), (RunState::Interrupted, 1));
    // The agent was only cut off: it may go on, and what it has is taken.
    assert_eq!(agent.heartbeat(&[claim.lease]).await, [(0, false)]);
    let first_findings = view.findings;

    let late = [step(2), step(3), finished(false)];
    let ack = agent.post(&claim, 3, &late).await.expect("taken");
    assert_eq!(ack.acked, 5);
    let view = portal.view(claim.run).await;
    assert_eq!(view.state, RunState::Completed);
    assert_eq!((view.interruption, view.steps.len()), (None, 3));
    assert_ne!(view.findings, first_findings, "judged anew");
    let all = portal.until_settled(claim.run).await;
    assert_eq!(
        kinds(&all)[4..],
        [
            "run_settled",
            "step_started",
            "step_started",
            "run_finished",
            "run_settled"
        ]
    );
}

#[tokio::test]
async fn a_late_batch_makes_it_run_again_and_the_lease_counts_anew() {
    let portal = Portal::with(short(500, NEVER, NEVER)).await;
    let claim = portal.claimed().await;
    portal.until_settled(claim.run).await;
    let ack = portal
        .agent
        .post(&claim, 1, &[started()])
        .await
        .expect("taken");
    assert!(ack.expires_in_ms > 0 && !ack.stop);
    // It settles a second time when nothing follows.
    let all = portal.until_settled(claim.run).await;
    assert_eq!(
        kinds(&all),
        [
            "run_created",
            "run_claimed",
            "run_settled",
            "run_started",
            "run_settled"
        ]
    );
}

#[tokio::test]
async fn heartbeats_and_batches_keep_a_lease() {
    let portal = Portal::with(short(1_500, NEVER, NEVER)).await;
    let claim = portal.claimed().await;
    let begun = std::time::Instant::now();
    let mut n = 1;
    while begun.elapsed() < Duration::from_millis(2_000) {
        let standing = portal.agent.heartbeat(&[claim.lease]).await;
        assert!(
            matches!(standing[..], [(left, false)] if left > 0),
            "{standing:?}"
        );
        portal
            .agent
            .post(&claim, n, &[step(1)])
            .await
            .expect("taken");
        n += 1;
    }
    assert_eq!(portal.view(claim.run).await.state, RunState::Running);
}

#[tokio::test]
async fn an_agent_that_restarted_gives_its_run_up() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let events = [started(), step(1), restarted()];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let view = portal.view(claim.run).await;
    assert_eq!(view.interruption, Some(Interruption::AgentRestarted));
    assert_eq!(view.outcome, Some(Outcome::Interrupted));
    let more = portal.agent.post(&claim, 4, &[step(2)]).await;
    assert_eq!(more.expect_err("over").code(), Some("lease_ended"));
}

#[tokio::test]
async fn a_cancel_reaches_a_waiting_agent_at_once() {
    let portal = Portal::with(|config| config.timing.poll = LONG).await;
    let claim = portal.claimed().await;
    let known = [claim.lease];
    let waiting = portal.agent.poll(&known, 7);
    let asking = async { portal.api.cancel(claim.run).await.expect("asked") };
    let (reply, ()) = tokio::join!(waiting, asking);
    assert_eq!(reply.cancels, known);
    assert!(portal.view(claim.run).await.cancelling);
    assert!(matches!(
        portal.agent.heartbeat(&known).await[..],
        [(_, true)]
    ));
    let ack = portal
        .agent
        .post(&claim, 1, &[started(), finished(true)])
        .await;
    assert!(ack.expect("taken").stop);
    let view = portal.view(claim.run).await;
    assert_eq!(view.state, RunState::Cancelled);
    assert_eq!(view.outcome, Some(Outcome::Cancelled));
    assert!(!view.cancelling);
    let again = portal.api.cancel(claim.run).await;
    assert!(again.is_ok(), "it is what was asked for");
}

#[tokio::test]
async fn a_cancel_that_the_agent_does_not_follow_takes_effect_all_the_same() {
    let portal = Portal::with(short(NEVER, NEVER, 50)).await;
    let claim = portal.claimed().await;
    portal.api.cancel(claim.run).await.expect("asked");
    let all = portal.until_settled(claim.run).await;
    assert_eq!(kinds(&all)[2..], ["cancel_requested", "run_settled"]);
    // What still arrives is kept; cancelled it stays.
    let late = [started(), step(1), finished(true)];
    let ack = portal.agent.post(&claim, 1, &late).await.expect("taken");
    assert_eq!((ack.acked, ack.stop), (3, true));
    let view = portal.view(claim.run).await;
    assert_eq!((view.state, view.steps.len()), (RunState::Cancelled, 1));
}

#[tokio::test]
async fn a_cancel_in_the_queue_is_at_once_and_of_a_completed_run_too_late() {
    let portal = Portal::start().await;
    let run = portal.run().await;
    portal.api.cancel(run).await.expect("asked");
    assert_eq!(portal.view(run).await.state, RunState::Cancelled);
    assert!(portal.agent.poll(&[], 8).await.claims.is_empty());
    let done = portal.completed().await;
    let late = portal.api.cancel(done).await.expect_err("too late");
    assert_eq!(late.code(), Some("run_settled"));
}

#[tokio::test]
async fn late_batches_are_taken_until_the_deadline_and_a_day() {
    let clock = Tick::new();
    let portal = Portal::with(|config| {
        short(60, NEVER, NEVER)(config);
        config.clock = clock.as_clock();
    })
    .await;
    let claim = portal.claimed().await;
    portal.until_settled(claim.run).await;
    let window = 24 * 3_600 + i64::try_from(claim.plan.options.deadline_ms).expect("small") / 1_000;
    clock.forward(window);
    portal
        .agent
        .post(&claim, 1, &[started()])
        .await
        .expect("just in time");
    portal.until_settled(claim.run).await;
    clock.forward(1);
    let late = portal.agent.post(&claim, 2, &steps(1..=1)).await;
    assert_eq!(late.expect_err("too late").code(), Some("too_late"));
    let same = portal.agent.post(&claim, 1, &[started()]).await;
    assert_eq!(
        same.expect("what is stored is acknowledged for ever").acked,
        1
    );
}
