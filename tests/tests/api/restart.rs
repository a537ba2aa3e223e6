//! A portal that comes back has everything that it acknowledged.

use crate::support::{Portal, config, finished, started, step};
use model::{Interruption, RunState};
use server::access::Refusal;
use server::{StartError, Timing};
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn runs_logs_leases_secrets_and_agents_are_kept() {
    let portal = Portal::start().await;
    let done = portal.completed().await;
    let before = portal.view(done).await;
    let log = portal.until_settled(done).await;
    let claim = portal.claimed().await;
    portal
        .agent
        .post(&claim, 1, &[started()])
        .await
        .expect("taken");
    let waiting = portal.run().await;
    let cancelling = portal.agent.poll(&[claim.lease], 1).await.claims.remove(0);
    assert_eq!(cancelling.run, waiting);
    portal.api.cancel(waiting).await.expect("asked");
    let queued = portal.run().await;

    let portal = portal.restarted(|_| {}).await;
    assert_eq!(portal.view(done).await, before);
    assert_eq!(portal.until_settled(done).await, log);
    assert_eq!(portal.view(claim.run).await.state, RunState::Running);
    assert!(portal.view(waiting).await.cancelling);
    let known = [claim.lease, cancelling.lease];
    let reply = portal.agent.poll(&known, 1).await;
    assert_eq!(reply.claims[0].run, queued);
    assert_eq!(reply.cancels, [cancelling.lease]);
    // The agent goes on where it was.
    let events = [started(), step(1), finished(false)];
    let ack = portal.agent.post(&claim, 1, &events).await.expect("taken");
    assert_eq!(ack.acked, 3);
    assert_eq!(portal.view(claim.run).await.state, RunState::Completed);
}

#[tokio::test]
async fn deadlines_count_anew_after_a_restart_and_still_come() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let queued = portal.run().await;
    let portal = portal
        .restarted(|config| {
            config.timing = Timing {
                lease: Duration::from_millis(100),
                queued: Duration::from_millis(100),
                ..config.timing
            };
        })
        .await;
    portal.until_settled(claim.run).await;
    portal.until_settled(queued).await;
    let lost = portal.view(claim.run).await.interruption;
    assert_eq!(lost, Some(Interruption::AgentLost));
    let unclaimed = portal.view(queued).await.interruption;
    assert_eq!(unclaimed, Some(Interruption::NoAgent));
}

#[tokio::test]
async fn a_second_portal_on_the_same_directory_is_refused() {
    let portal = Portal::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let second = server::start(config(portal.folder.path()), listener).await;
    assert!(matches!(second, Err(StartError::Taken)));
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let folder = tests::folder();
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let refused = server::start(config(folder.path()), listener).await;
    let error = refused.expect_err("refused");
    assert!(matches!(error, StartError::Refused(Refusal::NoPassword(_))));
    assert!(error.to_string().contains("loopback only"), "{error}");
}
