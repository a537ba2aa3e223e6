//! `/api/agents/enrolments`, `/api/agent/enrol` and removing agents.

use crate::support::{Fake, LONG, Portal, Tick, finished, new_run, problem, started, step};
use base64::Engine as _;
use model::agent_api::{Enrol, Enrolled, EventBatch, Poll};
use model::api::{Auth, NewRun};
use model::{Interruption, Outcome, RunState};
use server::{Clock as _, Timing};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

fn key() -> seal::PublicKey {
    seal::SecretKey::generate().public_key()
}

fn asked(token: &str, name: &str) -> Enrol {
    Enrol {
        token: token.to_owned(),
        name: name.to_owned(),
        public_key: key().to_base64(),
        version: "1.2.3".to_owned(),
    }
}

async fn enrol(portal: &Portal, asked: &Enrol) -> Result<Enrolled, client::Error> {
    client::enrol(&portal.server.url(), asked).await
}

fn refused(result: Result<Enrolled, client::Error>) -> String {
    match result {
        Ok(_) => panic!("it was admitted"),
        Err(error) => error.code().expect("the portal said no").to_owned(),
    }
}

#[tokio::test]
async fn of_fifty_tries_at_once_exactly_one_wins() {
    let portal = Portal::start().await;
    let invited = portal.api.invite().await.expect("a token");
    assert_eq!(invited.token.len(), 64, "256 bits");
    let tries: Vec<Enrol> = (0..50)
        .map(|number| asked(&invited.token, &format!("try {number}")))
        .collect();
    let answers = futures::future::join_all(tries.iter().map(|one| enrol(&portal, one))).await;
    let mut won = Vec::new();
    for (answer, asked) in answers.into_iter().zip(&tries) {
        match answer {
            Ok(enrolled) => won.push((enrolled, asked)),
            Err(error) => assert_eq!(error.code(), Some("enrolment_refused")),
        }
    }
    assert_eq!(won.len(), 1);
    let (enrolled, asked) = won.pop().expect("the winner");
    let agents = portal.api.agents().await.expect("a list");
    assert_eq!(agents.len(), 2, "the test's own and the new one");
    let seen = agents.iter().find(|agent| agent.id == enrolled.id);
    let seen = seen.expect("the winner is listed");
    assert_eq!(
        (seen.name.as_str(), seen.version.as_str()),
        (asked.name.as_str(), "1.2.3")
    );
    let key = seal::PublicKey::from_base64(&seen.public_key).expect("a key");
    assert_eq!(
        seen.fingerprint,
        seal::fingerprint(&key),
        "the agent's own words for it"
    );
    // Its token is an agent's like any other.
    let agent = Fake::new(&portal.server.url(), enrolled.id, enrolled.token);
    agent.heartbeat(&[]).await;
    assert!(agent.poll(&[], 1).await.claims.is_empty());
}

#[tokio::test]
async fn used_expired_and_unknown_are_refused_in_one_way() {
    let clock = Tick::new();
    let portal = Portal::with(|config| config.clock = clock.as_clock()).await;
    let answer = async |token: &str| {
        let body = serde_json::to_string(&asked(token, "late")).expect("JSON");
        let mut problem = problem(
            portal.post("/api/agent/enrol", body).await,
            401,
            "enrolment_refused",
        )
        .await;
        problem["request_id"].take();
        problem
    };
    let (used, expired) = (
        portal.api.invite().await.expect("a token"),
        portal.api.invite().await.expect("a token"),
    );
    assert_eq!(
        expired.expires_at,
        clock.now() + chrono::TimeDelta::minutes(15)
    );
    clock.forward(15 * 60 - 1);
    enrol(&portal, &asked(&used.token, "in time"))
        .await
        .expect("admitted");
    clock.forward(1);
    let first = answer(&used.token).await;
    assert_eq!(first, answer(&expired.token).await);
    assert_eq!(first, answer(&"0".repeat(64)).await);
    assert_eq!(first, answer("").await);
    assert_eq!(portal.api.agents().await.expect("a list").len(), 2);
}

#[tokio::test]
async fn a_name_or_a_key_that_cannot_be_used_does_not_use_the_token_up() {
    let portal = Portal::start().await;
    let token = portal.api.invite().await.expect("a token").token;
    let long = "x".repeat(65);
    for name in [
        "",
        "  ",
        "a\u{202e}b",
        "a\nb",
        "a\u{7}b",
        "a\u{200b}b",
        &long,
    ] {
        assert_eq!(
            refused(enrol(&portal, &asked(&token, name)).await),
            "bad_name",
            "{name:?}"
        );
    }
    let zeros = base64::engine::general_purpose::STANDARD.encode([0; 32]);
    for key in ["", "AAAA", "not base64 at all", &zeros] {
        let asked = Enrol {
            public_key: key.to_owned(),
            ..asked(&token, "branch")
        };
        assert_eq!(refused(enrol(&portal, &asked).await), "bad_key", "{key}");
    }
    enrol(&portal, &asked(&token, " branch "))
        .await
        .expect("admitted");
    let second = portal.api.invite().await.expect("a token").token;
    enrol(&portal, &asked(&second, "branch"))
        .await
        .expect("admitted");
    let agents = portal.api.agents().await.expect("a list");
    let names: BTreeSet<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["branch", "branch (2)", "one"]));
}

#[tokio::test]
async fn open_enrolments_are_bounded_and_survive_a_restart() {
    let clock = Tick::new();
    let portal = Portal::with(|config| config.clock = clock.as_clock()).await;
    let mut tokens = Vec::new();
    for _ in 0..32 {
        tokens.push(portal.api.invite().await.expect("a token").token);
    }
    problem(
        portal.post("/api/agents/enrolments", "{}").await,
        409,
        "too_many_enrolments",
    )
    .await;
    enrol(&portal, &asked(&tokens[0], "a"))
        .await
        .expect("admitted");
    portal.api.invite().await.expect("there is room again");
    clock.forward(15 * 60);
    let kept = portal
        .api
        .invite()
        .await
        .expect("the others have expired")
        .token;
    let portal = portal
        .restarted(|config| config.clock = clock.as_clock())
        .await;
    enrol(&portal, &asked(&kept, "b")).await.expect("admitted");
}

#[tokio::test]
async fn a_removed_agent_is_shut_out_at_once_and_its_runs_are_interrupted() {
    let portal = Portal::with(|config| {
        config.timing = Timing {
            poll: LONG,
            ..config.timing
        };
    })
    .await;
    let other = Fake::admitted(&portal.server, "two").await;
    let running = portal.claimed().await;
    portal
        .agent
        .post(&running, 1, &[started(), step(1)])
        .await
        .expect("taken");
    let secret = NewRun {
        agents: vec![portal.agent.id],
        auth: Auth::Sql {
            user: "reader".into(),
            sealed: BTreeMap::from([(portal.agent.id, "AAAA".to_owned())]),
        },
        ..new_run("tcp:db.example.test,1433")
    };
    let queued = portal.api.create(&secret).await.expect("created").runs[0].id;
    let store = portal.server.store();
    assert!(store.sealed(queued).await.expect("read").is_some());

    let poll = Poll {
        version: "1.2.3".into(),
        free: 0,
        known: vec![running.lease],
        cancelled: vec![],
    };
    let start = Instant::now();
    let removing = async {
        // The poll counts as a sign of life: it is held once that is seen.
        tests::eventually("the poll is held", LONG, async || {
            let agents = portal.api.agents().await.expect("a list");
            let one = agents.iter().find(|agent| agent.id == portal.agent.id);
            one.filter(|one| one.last_heartbeat.is_some()).map(drop)
        })
        .await;
        portal
            .api
            .remove_agent(portal.agent.id)
            .await
            .expect("removed");
        Instant::now()
    };
    let (held, removed) = tokio::join!(portal.agent.portal.poll(&poll, LONG), removing);
    assert_eq!(held.expect_err("refused").code(), Some("unauthorized"));
    assert!(
        removed.elapsed() < Duration::from_secs(5),
        "effective within 5 s"
    );
    assert!(start.elapsed() < LONG);

    for (run, why) in [
        (running.run, Interruption::AgentLost),
        (queued, Interruption::NoAgent),
    ] {
        let view = portal.view(run).await;
        assert_eq!(view.state, RunState::Interrupted);
        assert_eq!(view.outcome, Some(Outcome::Interrupted));
        assert_eq!(view.interruption, Some(why));
        assert_eq!(view.agent_name, "one", "its runs keep its name");
    }
    assert!(store.sealed(queued).await.expect("read").is_none());
    let last_seq = portal.view(running.run).await.last_seq;
    let late = portal.agent.post(&running, 3, &[finished(false)]).await;
    assert_eq!(late.expect_err("refused").code(), Some("unauthorized"));
    assert_eq!(portal.view(running.run).await.last_seq, last_seq);
    // Nor does another agent go on with it.
    let batch = EventBatch {
        lease: running.lease,
        first_n: 3,
        events: vec![finished(false)],
    };
    let foreign = other.portal.events(running.run, &batch).await;
    assert_eq!(foreign.expect_err("refused").code(), Some("not_your_run"));
    let agents = portal.api.agents().await.expect("a list");
    assert_eq!(
        agents.iter().map(|agent| agent.id).collect::<Vec<_>>(),
        [other.id]
    );
    let again = portal.api.remove_agent(portal.agent.id).await;
    assert_eq!(again.expect_err("gone").code(), Some("no_such_agent"));
    let run = portal
        .post("/api/runs", serde_json::to_string(&secret).expect("JSON"))
        .await;
    problem(run, 422, "unknown_agent").await;
}

#[tokio::test]
async fn the_portals_own_agent_stays_and_practice_is_its_alone() {
    let portal = Portal::with(|config| {
        config.practice = true;
        config.agent = true;
    })
    .await;
    let agents = portal.api.agents().await.expect("a list");
    let own = agents.iter().find(|agent| agent.built_in).expect("it runs");
    let request = portal
        .http
        .delete(portal.url(&format!("/api/agents/{}", own.id)));
    let response = request
        .header("content-type", "application/json")
        .send()
        .await;
    problem(response.expect("an answer"), 409, "built_in_agent").await;
    for odd in ["01a1fd3b-44f4-751c-b846-f23f52f4e303", "x"] {
        let request = portal
            .http
            .delete(portal.url(&format!("/api/agents/{odd}")));
        let response = request
            .header("content-type", "application/json")
            .send()
            .await;
        problem(response.expect("an answer"), 404, "no_such_agent").await;
    }
    let offered = portal.api.practice().await.expect("a list");
    let server = offered
        .into_iter()
        .find_map(|one| one.server)
        .expect("one is offered");
    for agents in [vec![portal.agent.id], vec![own.id, portal.agent.id]] {
        let asked = NewRun {
            agents,
            ..new_run(&server)
        };
        let body = serde_json::to_string(&asked).expect("JSON");
        problem(
            portal.post("/api/runs", body).await,
            422,
            "practice_elsewhere",
        )
        .await;
    }
    portal.server.shutdown().await;
}
