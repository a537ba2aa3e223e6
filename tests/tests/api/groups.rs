//! `/api/groups`: runs from several agents, made together, read in one stream, cancelled as one.

use crate::support::{Fake, LONG, Portal, finished, new_run, problem, started, step, steps};
use client::RunFilter;
use model::agent_api::Claim;
use model::api::{Auth, GroupEvent, NewGroup, NewRun, RunsCreated};
use model::lasting::ReplicaSession;
use model::{AgentId, GroupId, RunId, RunState};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A portal with three agents, and a group of their runs.
struct Three {
    portal: Portal,
    agents: Vec<Fake>,
    created: RunsCreated,
}

impl Three {
    async fn start() -> Self {
        let portal = Portal::start().await;
        let mut agents = Vec::new();
        for name in ["two", "three"] {
            agents.push(Fake::admitted(&portal.server, name).await);
        }
        let own = Fake::new(
            &portal.server.url(),
            portal.agent.id,
            portal.agent.token.clone(),
        );
        agents.insert(0, own);
        let asked = NewRun {
            agents: agents.iter().map(|agent| agent.id).collect(),
            ..new_run("tcp:db.example.test,1433")
        };
        let created = portal.api.create(&asked).await.expect("created");
        Self {
            portal,
            agents,
            created,
        }
    }

    fn group(&self) -> GroupId {
        self.created.group.expect("a group")
    }

    fn runs(&self) -> Vec<RunId> {
        self.created.runs.iter().map(|run| run.id).collect()
    }

    async fn claims(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        for agent in &self.agents {
            claims.push(agent.claim().await);
        }
        claims
    }

    /// Every run goes well, with so many steps.
    async fn complete(&self, lengths: [u32; 3]) {
        let claims = self.claims().await;
        for ((agent, claim), length) in self.agents.iter().zip(&claims).zip(lengths) {
            let mut events = vec![started()];
            events.extend(steps(1..=length));
            events.push(finished(false));
            agent.post(claim, 1, &events).await.expect("taken");
        }
    }

    /// The messages of a stream that ends by itself, each with its cursor; and the data of its end.
    async fn read(&self, after: &str) -> (Vec<(String, GroupEvent)>, String) {
        let path = format!("/api/groups/{}/events?after={after}", self.group());
        let response = self.portal.get(&path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = tokio::time::timeout(LONG, response.text())
            .await
            .expect("it ends")
            .expect("text");
        messages(&text)
    }
}

fn messages(text: &str) -> (Vec<(String, GroupEvent)>, String) {
    let mut all = Vec::new();
    let mut end = String::new();
    for message in text.split("\n\n") {
        let field = |name: &str| {
            let line = message.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_owned())
        };
        let Some(data) = field("data:") else { continue };
        if field("event:").as_deref() == Some("end") {
            assert_eq!(field("id:"), None);
            end = data;
        } else {
            let event = serde_json::from_str(&data).expect("a message");
            all.push((field("id:").expect("a cursor"), event));
        }
    }
    (all, end)
}

fn keys(messages: &[(String, GroupEvent)]) -> Vec<(RunId, u64)> {
    let events = messages.iter().map(|(_, message)| message);
    events
        .map(|message| (message.run, message.event.seq))
        .collect()
}

fn replica(portal: &Portal, server: &str, peer: &str) -> NewRun {
    let mut run = NewRun {
        agents: vec![portal.agent.id],
        ..new_run(server)
    };
    run.options.lasting.replica_session = Some(ReplicaSession::with(peer));
    run
}

#[tokio::test]
async fn both_directions_of_a_session_are_one_group_all_or_none() {
    let portal = Portal::start().await;
    let there = replica(&portal, "tcp:sql-a.example,1433", "sql-b.example");
    let back = replica(&portal, "tcp:sql-b.example,1433", "sql-a.example");
    let asked = NewGroup {
        runs: vec![there.clone(), back.clone()],
    };
    let created = portal.api.create_group(&asked).await.expect("created");
    let group = portal
        .api
        .group(created.group.expect("a group"))
        .await
        .expect("the group");
    let hosts: BTreeSet<String> = group
        .runs
        .iter()
        .map(|run| run.target.host.clone())
        .collect();
    assert_eq!(hosts.len(), 2, "{hosts:?}");
    for run in &group.runs {
        let asked = run.options.lasting.replica_session.as_ref().expect("asked");
        assert_ne!(asked.peer, run.target.host);
        assert_eq!(run.group, created.group);
    }
    assert!(group.findings.is_empty(), "nothing was seen yet");

    // One that cannot be run keeps the others from being made.
    let count = async || {
        let list = portal.api.runs(&RunFilter::default()).await;
        list.expect("the list").runs.len()
    };
    let before = count().await;
    let secret = NewRun {
        server: "Server=h;Password=secret".to_owned(),
        ..back.clone()
    };
    for (runs, code) in [
        (vec![there.clone(), secret], "secret_in_target"),
        (vec![there.clone()], "bad_group"),
        (vec![there.clone(); 9], "bad_group"),
    ] {
        let asked = serde_json::json!({ "runs": runs });
        let response = portal.post("/api/groups", asked.to_string()).await;
        problem(response, 422, code).await;
    }
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn one_group_one_run_for_each_agent() {
    let three = Three::start().await;
    let agents: Vec<AgentId> = three.created.runs.iter().map(|run| run.agent).collect();
    let wanted: Vec<AgentId> = three.agents.iter().map(|agent| agent.id).collect();
    assert_eq!(agents, wanted, "in the order they were named");
    let view = three
        .portal
        .api
        .group(three.group())
        .await
        .expect("a group");
    assert_eq!(view.id, three.group());
    let runs: Vec<RunId> = view.runs.iter().map(|run| run.id).collect();
    assert_eq!(runs, three.runs());
    assert!(runs.is_sorted());
    assert!(view.runs.iter().all(|run| run.group == Some(three.group())));
    assert!(view.findings.is_empty(), "nothing to compare yet");
    let filter = client::RunFilter::default();
    let listed = three.portal.api.runs(&filter).await.expect("a list").runs;
    assert!(listed.iter().all(|run| run.group == Some(three.group())));
    let alone = three.portal.run().await;
    assert_eq!(three.portal.view(alone).await.group, None);
    // Each agent gets its own run, and only that.
    let claims = three.claims().await;
    assert_eq!(claims[0].run, runs[0]);
    assert_eq!(claims[2].run, runs[2]);
}

#[tokio::test]
async fn the_secret_is_sealed_to_each_or_nothing_is_made() {
    let three = Three::start().await;
    let ids: Vec<AgentId> = three.agents.iter().map(|agent| agent.id).collect();
    let asked = |sealed: &[AgentId]| NewRun {
        agents: ids.clone(),
        auth: Auth::Sql {
            user: "reader".into(),
            sealed: sealed
                .iter()
                .map(|id| (*id, format!("AA{}", &id.to_string()[..2])))
                .collect(),
        },
        ..new_run("tcp:db.example.test,1433")
    };
    let body = serde_json::to_string(&asked(&ids[..2])).expect("JSON");
    problem(
        three.portal.post("/api/runs", body).await,
        422,
        "sealed_missing",
    )
    .await;
    let filter = client::RunFilter::default();
    let listed = three.portal.api.runs(&filter).await.expect("a list");
    assert_eq!(listed.runs.len(), 3, "only the first group's");
    let created = three
        .portal
        .api
        .create(&asked(&ids))
        .await
        .expect("created");
    for run in created.runs {
        let sealed = three
            .portal
            .server
            .store()
            .sealed(run.id)
            .await
            .expect("read");
        assert_eq!(sealed, Some(format!("AA{}", &run.agent.to_string()[..2])));
    }
}

#[tokio::test]
async fn resumed_at_every_cursor_each_event_comes_exactly_once() {
    let three = Three::start().await;
    three.complete([7, 0, 12]).await;
    let (all, end) = three.read("").await;
    for run in three.runs() {
        let seqs: Vec<u64> = keys(&all)
            .iter()
            .filter(|key| key.0 == run)
            .map(|key| key.1)
            .collect();
        let expected: Vec<u64> = (1..=seqs.len() as u64).collect();
        assert_eq!(seqs, expected, "each run's events in their order");
        assert!(end.contains(&run.to_string()));
    }
    assert_eq!(all.len(), 3 * 5 + 19);
    assert_eq!(end.matches("completed").count(), 3);
    let whole: BTreeSet<_> = keys(&all).into_iter().collect();
    assert_eq!(whole.len(), all.len(), "none twice");
    for (place, (cursor, _)) in all.iter().enumerate() {
        let (rest, _) = three.read(cursor).await;
        let mut seen = keys(&all[..=place]);
        seen.extend(keys(&rest));
        assert_eq!(seen.len(), all.len(), "after {cursor}");
        assert_eq!(
            seen.into_iter().collect::<BTreeSet<_>>(),
            whole,
            "after {cursor}"
        );
    }
    let path = format!("/api/groups/{}/events?after=1.x.3", three.group());
    problem(three.portal.get(&path).await, 400, "bad_query").await;
}

#[tokio::test]
async fn a_long_log_does_not_keep_a_short_one_waiting() {
    let three = Three::start().await;
    three.complete([2_000, 3, 2_000]).await;
    let (all, _) = three.read("").await;
    let short = three.runs()[1];
    let last = keys(&all).iter().rposition(|key| key.0 == short);
    assert!(last.expect("it is there") < 500, "{last:?}");
    assert_eq!(all.len(), 4_003 + 3 * 5);
}

#[tokio::test]
async fn a_live_stream_follows_every_run_and_comes_back_where_it_was() {
    let three = Three::start().await;
    let claims = three.claims().await;
    let reading = async {
        // Goes away after every fifth event.
        let mut seen = BTreeMap::<RunId, Vec<u64>>::new();
        let mut cursor = String::new();
        loop {
            let mut stream = three.portal.api.group_events(three.group(), &cursor);
            for _ in 0..5 {
                let Some(message) = stream.next().await.expect("a stream") else {
                    return seen;
                };
                seen.entry(message.run).or_default().push(message.event.seq);
            }
            stream.cursor().clone_into(&mut cursor);
        }
    };
    let sending = async {
        for (agent, claim) in three.agents.iter().zip(&claims) {
            agent.post(claim, 1, &[started()]).await.expect("taken");
        }
        for number in 1..=9_u32 {
            for (agent, claim) in three.agents.iter().zip(&claims) {
                agent
                    .post(claim, u64::from(number) + 1, &[step(number)])
                    .await
                    .expect("taken");
            }
        }
        for (agent, claim) in three.agents.iter().zip(&claims) {
            agent
                .post(claim, 11, &[finished(false)])
                .await
                .expect("taken");
        }
    };
    let both = async { tokio::join!(reading, sending) };
    let (seen, ()) = tokio::time::timeout(LONG, both).await.expect("it ends");
    let expected: Vec<u64> = (1..=14).collect();
    assert_eq!(seen.len(), 3);
    assert!(seen.values().all(|seqs| *seqs == expected), "{seen:?}");
    let path = format!("/api/groups/{}/cancel", three.group());
    problem(three.portal.post(&path, "").await, 409, "run_settled").await;
}

#[tokio::test]
async fn a_group_is_cancelled_as_one() {
    let three = Three::start().await;
    let claim = three.agents[0].claim().await;
    let path = format!("/api/groups/{}/cancel", three.group());
    assert_eq!(three.portal.post(&path, "").await.status(), 202);
    let runs = three.runs();
    assert!(three.portal.view(claim.run).await.cancelling);
    assert_eq!(three.portal.view(runs[1]).await.state, RunState::Cancelled);
    assert_eq!(three.portal.view(runs[2]).await.state, RunState::Cancelled);
    three.agents[0]
        .post(&claim, 1, &[started(), finished(true)])
        .await
        .expect("taken");
    // Asked once more it is no less cancelled.
    assert_eq!(three.portal.post(&path, "{}").await.status(), 202);
    let view = three
        .portal
        .api
        .group(three.group())
        .await
        .expect("a group");
    assert_eq!(view.findings[0].code, "too_few_to_compare");
    for odd in ["x", "01a1fd3b-44f4-751c-b846-f23f52f4e303"] {
        for path in [
            format!("/api/groups/{odd}"),
            format!("/api/groups/{odd}/events"),
        ] {
            problem(three.portal.get(&path).await, 404, "no_such_group").await;
        }
    }
}

#[tokio::test]
async fn a_group_survives_a_restart_and_the_loss_of_a_run() {
    let three = Three::start().await;
    let claims = three.claims().await;
    for (agent, claim) in three.agents.iter().zip(&claims).take(2) {
        agent
            .post(claim, 1, &[started(), finished(false)])
            .await
            .expect("taken");
    }
    let (group, runs) = (three.group(), three.runs());
    let mut stream = three.portal.api.group_events(group, "");
    let mut before = Vec::new();
    while before.len() < 8 {
        let message = stream.next().await.expect("a stream").expect("not over");
        before.push((message.run, message.event.seq));
    }
    let cursor = stream.cursor().to_owned();
    drop(stream);
    let portal = three
        .portal
        .restarted(|config| config.timing.lease = Duration::from_millis(100))
        .await;
    let mut stream = portal.api.group_events(group, &cursor);
    let mut seen = before;
    while let Some(message) = stream.next().await.expect("a stream") {
        seen.push((message.run, message.event.seq));
    }
    assert_eq!(seen.len(), 5 + 5 + 3);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
    let view = portal.api.group(group).await.expect("a group");
    let states: Vec<RunState> = view.runs.iter().map(|run| run.state).collect();
    assert_eq!(
        states,
        [
            RunState::Completed,
            RunState::Completed,
            RunState::Interrupted
        ]
    );
    // One less: what is left is still a group, and an old cursor begins anew.
    portal.api.delete(runs[1]).await.expect("deleted");
    let view = portal.api.group(group).await.expect("a group");
    assert_eq!(
        view.runs.iter().map(|run| run.id).collect::<Vec<_>>(),
        [runs[0], runs[2]]
    );
    let mut stream = portal.api.group_events(group, &cursor);
    let mut anew = 0;
    while stream.next().await.expect("a stream").is_some() {
        anew += 1;
    }
    assert_eq!(anew, 5 + 3);
}
