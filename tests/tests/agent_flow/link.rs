//! The link to the portal is cut, answers are lost: nothing is lost or doubled.

use crate::bench::{Agent, assert_whole, codes, context, lab, plan, spool};
use crate::portal::Portal;
use lab::Scenario;
use model::{EventBody, StepKind};
use std::time::Duration;
use tests::relay::Relay;
use tests::{eventually, folder};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_run_is_made_end_to_end() {
    let lab = lab(Scenario::Healthy).await;
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(Some(&lab), &[]));
    let port = lab.port(Scenario::Healthy).expect("a port");
    let lease = portal.queue(plan("localhost", port, false), None);
    let log = portal.complete(lease).await;
    assert_whole(&log);
    assert_eq!(codes(&log, StepKind::TlsHandshake), ["ok"]);
    assert_eq!(codes(&log, StepKind::TdsLogin), ["no_credentials"]);
    eventually("the spool file is gone", PATIENCE, async || {
        spool(dir.path()).is_empty().then_some(())
    })
    .await;
    agent.stop().await;
}

#[tokio::test]
async fn a_cut_link_loses_and_doubles_nothing() {
    let lab = lab(Scenario::Healthy).await;
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let link = Relay::to(address).await;
    let agent = Agent::start(link.address, dir.path(), context(Some(&lab), &[]));
    let port = lab.port(Scenario::Healthy).expect("a port");
    let mut slow = plan("localhost", port, false);
    slow.options.tcp_attempts = 4;
    slow.options.tcp_spacing_ms = 50;
    let lease = portal.queue(slow, None);
    portal
        .until("the first event", lease, |log| !log.events.is_empty())
        .await;
    link.cut();
    // The agent goes on without the portal, and writes down what it sees.
    eventually("the last event is on disk", PATIENCE, async || {
        spool(dir.path())
            .iter()
            .any(|path| {
                std::fs::read_to_string(path).is_ok_and(|text| text.contains("run_finished"))
            })
            .then_some(())
    })
    .await;
    assert!(!portal.log(lease).is_complete());
    link.mend();
    let log = portal.complete(lease).await;
    assert_whole(&log);
    agent.stop().await;
}

#[tokio::test]
async fn answers_that_are_lost_double_nothing() {
    let lab = lab(Scenario::Healthy).await;
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let link = Relay::to(address).await;
    let agent = Agent::start(link.address, dir.path(), context(Some(&lab), &[]));
    eventually("the agent is there", PATIENCE, async || {
        (portal.heartbeats() > 0).then_some(())
    })
    .await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    // The claim is made and its answer lost; then a batch is stored and its answer lost.
    portal.keep_answers_back(true);
    let lease = portal.queue(plan("localhost", port, false), None);
    eventually("the claim is made", PATIENCE, async || {
        (portal.claimed() == 1).then_some(())
    })
    .await;
    link.cut();
    portal.keep_answers_back(false);
    link.mend();
    portal
        .until("the first event", lease, |log| !log.events.is_empty())
        .await;
    portal.keep_answers_back(true);
    let before = portal.log(lease).events.len();
    if !portal.log(lease).is_complete() {
        portal
            .until("another batch", lease, |log| {
                log.events.len() > before || log.is_complete()
            })
            .await;
    }
    link.cut();
    portal.keep_answers_back(false);
    link.mend();
    let log = portal.complete(lease).await;
    assert_whole(&log);
    assert_eq!(lab.counter(Scenario::Healthy).prelogins, 1, "made once");
    eventually("the spool file is gone", PATIENCE, async || {
        spool(dir.path()).is_empty().then_some(())
    })
    .await;
    agent.stop().await;
}

#[tokio::test]
async fn eight_runs_at_once_and_the_rest_after_them() {
    // A target that accepts and says nothing, so that runs last until they are cancelled.
    let target = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let endpoint = target.local_addr().expect("its number");
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = target.accept().await {
            kept.push(stream);
        }
    });
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(None, &[endpoint]));
    let leases: Vec<_> = (0..10)
        .map(|_| portal.queue(plan("127.0.0.1", endpoint.port(), false), None))
        .collect();
    eventually("a poll of a full agent", PATIENCE, async || {
        (portal.least_free() == Some(0)).then_some(())
    })
    .await;
    assert_eq!(portal.claimed(), 8);
    for lease in &leases {
        portal.cancel(*lease);
    }
    for lease in leases {
        let log = portal.complete(lease).await;
        assert_whole(&log);
        assert!(matches!(
            log.events.last().map(|event| &event.body),
            Some(EventBody::RunFinished { cancelled: true })
        ));
    }
    agent.stop().await;
}
