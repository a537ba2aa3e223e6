//! `/api/agent/poll`, `/api/agent/heartbeat`, `/api/agents`, `/api/practice`.

use crate::support::{Fake, LONG, Portal, finished, started};
use model::LeaseId;
use model::api::AgentState;
use server::{Config, Timing};
use std::time::Duration;

#[tokio::test]
async fn a_waiting_poll_is_answered_when_a_run_is_made() {
    let portal = Portal::with(|config| config.timing.poll = LONG).await;
    let (reply, run) = tokio::join!(portal.agent.poll(&[], 8), portal.run());
    assert_eq!(reply.claims.len(), 1);
    assert_eq!(reply.claims[0].run, run);
    assert_eq!(reply.claims[0].plan.run, run);
    assert_eq!(reply.claims[0].sealed, None);
}

#[tokio::test]
async fn a_poll_without_work_ends_by_itself() {
    let portal = Portal::start().await;
    let reply = portal.agent.poll(&[], 8).await;
    assert!(reply.claims.is_empty() && reply.cancels.is_empty());
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_repeated_never_made_anew() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let again = portal.agent.claim().await;
    assert_eq!(again.run, claim.run);
    assert_eq!(again.lease, claim.lease);
    assert!(portal.agent.poll(&[claim.lease], 8).await.claims.is_empty());
    assert_eq!(portal.view(claim.run).await.last_seq, 2, "claimed once");
}

#[tokio::test]
async fn no_more_is_claimed_than_is_free_and_never_over_eight() {
    let portal = Portal::start().await;
    let mut made = Vec::new();
    for _ in 0..10 {
        made.push(portal.run().await);
    }
    assert!(portal.agent.poll(&[], 0).await.claims.is_empty());
    let three = portal.agent.poll(&[], 3).await.claims;
    let runs: Vec<_> = three.iter().map(|claim| claim.run).collect();
    assert_eq!(runs, made[..3], "the oldest first");
    let known: Vec<LeaseId> = three.iter().map(|claim| claim.lease).collect();
    let five = portal.agent.poll(&known, 100).await.claims;
    assert_eq!(five.len(), 5);
    let known: Vec<LeaseId> = three.iter().chain(&five).map(|claim| claim.lease).collect();
    assert!(portal.agent.poll(&known, 100).await.claims.is_empty());
    portal
        .agent
        .post(&five[0], 1, &[started(), finished(false)])
        .await
        .expect("taken");
    assert_eq!(portal.agent.poll(&known, 100).await.claims.len(), 1);
}

#[tokio::test]
async fn a_run_is_only_its_own_agents() {
    let portal = Portal::start().await;
    let other = Fake::admitted(&portal.server, "two").await;
    let run = portal.run().await;
    assert!(other.poll(&[], 8).await.claims.is_empty());
    let claim = portal.agent.claim().await;
    assert_eq!(claim.run, run);
    assert_eq!(other.heartbeat(&[claim.lease]).await, [(0, true)]);
    let unknown = LeaseId(run.0);
    let standing = portal.agent.heartbeat(&[unknown, claim.lease]).await;
    assert!(
        matches!(standing[..], [(0, true), (1.., false)]),
        "{standing:?}"
    );
}

#[tokio::test]
async fn two_polls_at_once_claim_a_run_once() {
    let portal = Portal::start().await;
    for _ in 0..4 {
        portal.run().await;
    }
    let polls = (0..8).map(|_| portal.agent.poll(&[], 1));
    let replies = futures::future::join_all(polls).await;
    let mut leases: Vec<_> = replies
        .iter()
        .flat_map(|reply| &reply.claims)
        .map(|claim| (claim.run, claim.lease))
        .collect();
    leases.sort();
    leases.dedup();
    let runs: std::collections::BTreeSet<_> = leases.iter().map(|(run, _)| run).collect();
    assert_eq!(runs.len(), leases.len(), "one lease a run");
}

#[tokio::test]
async fn an_agent_is_connected_while_it_is_heard_of() {
    let short = |config: &mut Config| {
        config.timing = Timing {
            disconnected: Duration::from_millis(1_500),
            ..config.timing
        };
    };
    let portal = Portal::with(short).await;
    let seen = || async { portal.api.agents().await.expect("a list").remove(0) };
    let before = seen().await;
    assert_eq!(before.state, AgentState::Disconnected);
    assert_eq!((before.name.as_str(), before.built_in), ("one", false));
    portal.agent.heartbeat(&[]).await;
    let heard = seen().await;
    assert_eq!(heard.state, AgentState::Connected);
    assert_eq!(heard.version, "1.2.3");
    assert!(heard.last_heartbeat.is_some());
    tests::eventually("it is shown as disconnected", LONG, async || {
        (seen().await.state == AgentState::Disconnected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_agents_list_never_holds_a_token() {
    let portal = Portal::start().await;
    let text = portal.get("/api/agents").await.text().await.expect("text");
    let hash = server::agents::token_hash(&portal.agent.token);
    assert!(!text.contains(&portal.agent.token) && !text.contains("hash"));
    let kept = portal.server.store().agents().await.expect("agents");
    assert_eq!(kept[0].token_hash, hash);
}

#[tokio::test]
async fn practice_targets_are_offered_when_asked_for() {
    let portal = Portal::start().await;
    assert!(portal.api.practice().await.expect("a list").is_empty());
    let portal = Portal::with(|config| config.practice = true).await;
    let offered = portal.api.practice().await.expect("a list");
    let healthy = offered.iter().find(|one| one.scenario == "healthy");
    let healthy = healthy.expect("offered");
    let server = healthy.server.as_deref().expect("available");
    assert!(server.starts_with("tcp:localhost,"), "{server}");
    assert_eq!(
        healthy.auth.as_ref().map(|auth| auth.user.as_str()),
        Some(lab::USER)
    );
    for one in &offered {
        assert_ne!(
            one.server.is_some(),
            one.unavailable.is_some(),
            "{}",
            one.scenario
        );
    }
    portal.server.shutdown().await;
}
