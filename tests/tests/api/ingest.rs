//! `POST /api/agent/runs/{id}/events`: stored once, in order, without gaps, whatever is sent.

use crate::support::{Fake, Portal, finished, kinds, problem, small_log, started, step, steps};
use client::Error;
use model::agent_api::EventBatch;
use model::{AgentEvent, EventBody, LeaseId, RunState};
use serde_json::json;

fn code(answer: Result<model::agent_api::EventAck, Error>) -> (u16, String, Option<u64>) {
    let error = answer.expect_err("refused");
    let code = error.code().expect("a problem").to_owned();
    let documented = include_str!("../../../docs/API.md").contains(&format!("`{code}`"));
    assert!(documented, "{code} is not in docs/API.md");
    (error.status().expect("a status"), code, error.wanted())
}

#[tokio::test]
async fn a_gap_is_refused_with_what_is_wanted() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    assert_eq!(
        code(agent.post(&claim, 2, &[step(1)]).await),
        (409, "gap".into(), Some(1))
    );
    let ack = agent
        .post(&claim, 1, &[started(), step(1)])
        .await
        .expect("taken");
    assert_eq!((ack.acked, ack.stop), (2, false));
    assert!(ack.expires_in_ms > 0);
    assert_eq!(
        code(agent.post(&claim, 4, &[step(3)]).await),
        (409, "gap".into(), Some(3))
    );
    assert_eq!(portal.view(claim.run).await.last_seq, 4);
}

#[tokio::test]
async fn the_same_batch_again_changes_nothing_and_an_overlap_adds_its_new_part() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    let events = [started(), step(1), step(2)];
    for _ in 0..3 {
        let ack = agent.post(&claim, 1, &events).await.expect("taken");
        assert_eq!(ack.acked, 3);
    }
    let ack = agent.post(&claim, 2, &steps(1..=4)).await.expect("taken");
    assert_eq!(ack.acked, 5);
    let ack = agent.post(&claim, 3, &[step(2)]).await.expect("taken");
    assert_eq!(ack.acked, 5, "a part of what came before");
    let ack = agent.post(&claim, 6, &[]).await.expect("taken");
    assert_eq!(ack.acked, 5, "nothing");
    agent
        .post(&claim, 6, &[finished(false)])
        .await
        .expect("taken");
    // Again after the end: the answer was lost, nothing changes.
    let ack = agent
        .post(&claim, 6, &[finished(false)])
        .await
        .expect("taken");
    assert_eq!((ack.acked, ack.stop), (6, true));
    let all = portal.until_settled(claim.run).await;
    let expected = [
        "run_created",
        "run_claimed",
        "run_started",
        "step_started",
        "step_started",
        "step_started",
        "step_started",
        "run_finished",
        "run_settled",
    ];
    assert_eq!(kinds(&all), expected);
}

#[tokio::test]
async fn other_content_under_the_same_number_is_a_conflict_and_stores_nothing() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    agent
        .post(&claim, 1, &[started(), step(1)])
        .await
        .expect("taken");
    let (status, code, _) = code(agent.post(&claim, 2, &[step(7), step(8)]).await);
    assert_eq!((status, code.as_str()), (409, "conflict"));
    let mut later = step(1);
    later.elapsed_us += 1;
    let (_, code, _) = self::code(agent.post(&claim, 2, &[later]).await);
    assert_eq!(code, "conflict");
    assert_eq!(portal.view(claim.run).await.last_seq, 4);
}

#[tokio::test]
async fn another_agents_run_and_another_lease_are_refused() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let other = Fake::admitted(&portal.server, "two").await;
    let (status, code, _) = code(other.post(&claim, 1, &[started()]).await);
    assert_eq!((status, code.as_str()), (403, "not_your_run"));
    let mut foreign = claim.clone();
    foreign.lease = LeaseId(claim.run.0);
    let (status, code, _) = self::code(portal.agent.post(&foreign, 1, &[started()]).await);
    assert_eq!((status, code.as_str()), (409, "unknown_lease"));
    // A run that nobody claimed.
    let mut unclaimed = claim.clone();
    unclaimed.run = portal.run().await;
    let (status, code, _) = self::code(portal.agent.post(&unclaimed, 1, &[started()]).await);
    assert_eq!((status, code.as_str()), (409, "not_leased"));
    let mut unknown = claim.clone();
    unknown.run.0 = claim.lease.0;
    let (status, code, _) = self::code(portal.agent.post(&unknown, 1, &[started()]).await);
    assert_eq!((status, code.as_str()), (404, "no_such_run"));
    assert_eq!(portal.view(claim.run).await.last_seq, 2);
}

#[tokio::test]
async fn without_a_token_or_with_a_wrong_one_the_answer_is_the_same() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let events = format!("/api/agent/runs/{}/events", claim.run);
    let wrong = "0".repeat(64);
    let mut bodies = Vec::new();
    for path in ["/api/agent/poll", "/api/agent/heartbeat", events.as_str()] {
        for header in [
            None,
            Some(String::new()),
            Some(portal.agent.token.clone()),
            Some(format!("Basic {}", portal.agent.token)),
            Some(format!("Bearer {wrong}")),
            Some(format!("Bearer {}x", portal.agent.token)),
            Some("Bearer ".into()),
        ] {
            let mut request = portal
                .http
                .post(portal.url(path))
                .header("content-type", "application/json")
                .body("{}");
            if let Some(value) = header {
                request = request.header("authorization", value);
            }
            let response = request.send().await.expect("an answer");
            let mut problem = problem(response, 401, "unauthorized").await;
            problem["request_id"] = json!(null);
            bodies.push(problem);
        }
    }
    assert!(bodies.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn what_no_agent_may_say_is_refused() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let mut own = started();
    own.body = EventBody::CancelRequested;
    let mut malformed = started();
    malformed.body = EventBody::Unknown(json!({"kind": "run_settled", "state": "fine"}));
    let mut nameless = started();
    nameless.body = EventBody::Unknown(json!([1, 2]));
    let mut endless = started();
    endless.elapsed_us = u64::MAX;
    let cases: [(&[AgentEvent], u64, &str); 6] = [
        (&[own], 1, "not_an_agents_event"),
        (&[malformed], 1, "not_an_agents_event"),
        (&[nameless], 1, "not_an_agents_event"),
        (&[finished(false), step(1)], 1, "after_last"),
        (&[started()], 0, "bad_number"),
        (&[endless], 1, "bad_number"),
    ];
    for (events, first_n, expected) in cases {
        let (status, code, _) = code(portal.agent.post(&claim, first_n, events).await);
        assert_eq!((status, code.as_str()), (422, expected));
    }
    let many: Vec<AgentEvent> = vec![started(); 10_001];
    let (_, code, _) = code(portal.agent.post(&claim, 1, &many).await);
    assert_eq!(code, "batch_too_large");
    assert_eq!(portal.view(claim.run).await.last_seq, 2);
}

#[tokio::test]
async fn a_kind_from_the_future_is_kept_raw() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let mut newer = step(1);
    newer.body = EventBody::Unknown(json!({"kind": "aurora_seen", "colour": ["green", 1.5]}));
    let events = [started(), newer.clone(), finished(false)];
    for _ in 0..2 {
        portal.agent.post(&claim, 1, &events).await.expect("taken");
    }
    let all = portal.until_settled(claim.run).await;
    assert_eq!(all[3].body, newer.body);
}

#[tokio::test]
async fn a_body_over_the_bound_is_refused() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let mut large = step(1);
    large.body = EventBody::Unknown(json!({"kind": "large", "text": "x".repeat(9 * 1024 * 1024)}));
    let batch = EventBatch {
        lease: claim.lease,
        first_n: 1,
        events: vec![large],
    };
    let answer = portal.agent.portal.events(claim.run, &batch).await;
    // Refused on its announced length, perhaps before all of it was sent.
    match answer {
        Err(Error::Problem(problem)) => assert_eq!(problem.code, "body_too_large"),
        Err(Error::Transport(_)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(portal.view(claim.run).await.last_seq, 2);
}

#[tokio::test]
async fn beyond_the_cap_events_are_acknowledged_not_kept_and_the_last_one_settles() {
    let portal = Portal::with(|config| config.caps = small_log(10)).await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    agent.post(&claim, 1, &[started()]).await.expect("taken");
    let ack = agent.post(&claim, 2, &steps(1..=20)).await.expect("taken");
    assert_eq!(ack.acked, 21);
    let ack = agent.post(&claim, 10, &steps(9..=30)).await.expect("taken");
    assert_eq!(ack.acked, 31, "what was not kept is not compared");
    let ack = agent
        .post(&claim, 32, &[finished(false)])
        .await
        .expect("taken");
    assert_eq!(ack.acked, 32);
    let all = portal.until_settled(claim.run).await;
    let kinds = kinds(&all);
    assert_eq!(kinds.len(), 13);
    assert_eq!(
        kinds[10..],
        ["log_truncated", "run_finished", "run_settled"]
    );
    assert_eq!(all[10].body, EventBody::LogTruncated { kept: 10 });
    let seqs: Vec<u64> = all.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=13).collect::<Vec<_>>());
    assert_eq!(portal.view(claim.run).await.state, RunState::Completed);
}

#[tokio::test]
async fn many_batches_at_once_are_stored_once_each() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let agent = &portal.agent;
    agent.post(&claim, 1, &[started()]).await.expect("taken");
    // The same prefix in many lengths, all at once: each adds what is new when its turn comes.
    let sending = (1..=40_u32).map(|length| {
        let claim = &claim;
        async move { agent.post(claim, 2, &steps(1..=length)).await }
    });
    for answer in futures::future::join_all(sending).await {
        answer.expect("taken");
    }
    agent
        .post(&claim, 42, &[finished(false)])
        .await
        .expect("taken");
    let all = portal.until_settled(claim.run).await;
    assert_eq!(all.len(), 2 + 1 + 40 + 1 + 1);
}
