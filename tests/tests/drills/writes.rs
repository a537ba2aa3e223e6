//! Writes whose connection is cut, against the lab's own small database, which says how often each was done; and agents
//! that are killed on the way, of which nothing may be left behind there.
//!
//! A few operations here; `cargo xtask bench drills` makes a thousand at each moment.

use crate::{PATIENCE, blows, chance, log, settled};
use agent::Identity;
use chrono::{TimeDelta, Utc};
use lab::Scenario;
use model::lasting::{CutMoment, Lasting, StatementPurpose, TrackedWrites, WriteCount, WriteWay};
use model::{
    AgentEvent, EventBody, FailureCode, ObjectState, Observation, Options, Plan, PlanLogin, RunId,
    RunState, ServerObject, StepKind, Target,
};
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::eventually;
use tests::ground::{Ground, Lab, Worker};
use tokio_util::sync::CancellationToken;

/// Operations at each moment.
fn operations() -> u32 {
    match std::env::var_os("LINECHECK_DRILLS") {
        Some(_) => 1_000,
        None => 3,
    }
}

fn asked(schema: &str, operations: u32) -> TrackedWrites {
    TrackedWrites {
        schema: schema.to_owned(),
        operations,
        moments: CutMoment::all(),
        dry_run: false,
        blind: true,
    }
}

/// What the engine said, and what it announced and did not see go.
#[derive(Default)]
struct Heard {
    events: Mutex<Vec<AgentEvent>>,
    open: Mutex<BTreeSet<u32>>,
}

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.events.lock().unwrap().push(event);
    }
}

impl probe::Journal for Heard {
    fn announce(&self, object: &ServerObject) -> io::Result<()> {
        self.open.lock().unwrap().insert(object.number);
        Ok(())
    }

    fn gone(&self, number: u32) {
        self.open.lock().unwrap().remove(&number);
    }
}

impl Heard {
    fn facts(&self) -> Vec<Observation> {
        let events = self.events.lock().unwrap();
        let facts = events.iter().filter_map(|event| match &event.body {
            EventBody::Observed { observation, .. } => Some(observation.clone()),
            _ => None,
        });
        facts.collect()
    }

    fn counts(&self) -> Vec<WriteCount> {
        let count = |fact| match fact {
            Observation::WriteCount(count) => Some(count),
            _ => None,
        };
        self.facts().into_iter().filter_map(count).collect()
    }

    /// How the steps of a kind ended.
    fn codes(&self, kind: StepKind) -> Vec<Option<FailureCode>> {
        let events = self.events.lock().unwrap();
        let steps: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::StepStarted {
                    step, step_kind, ..
                } if *step_kind == kind => Some(*step),
                _ => None,
            })
            .collect();
        let ends = events.iter().filter_map(|event| match &event.body {
            EventBody::StepFinished { step, code, .. } if steps.contains(step) => {
                Some(code.clone())
            }
            _ => None,
        });
        ends.collect()
    }
}

async fn make(lab: &Lab, writes: TrackedWrites) -> Arc<Heard> {
    let port = lab.port(Scenario::Writable);
    let plan = Plan {
        run: RunId(uuid::Uuid::now_v7()),
        target: Target {
            server: format!("tcp:localhost,{port}"),
            host: "localhost".to_owned(),
            port: Some(port),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::Sql {
            user: lab::USER.to_owned(),
        },
        options: Options {
            query: false,
            tls_versions: false,
            lasting: Lasting {
                tracked_writes: Some(writes),
                ..Lasting::default()
            },
            ..Options::default()
        },
    };
    let heard = Arc::new(Heard::default());
    let context = probe::Context {
        journal: heard.clone(),
        ..lab.context()
    };
    let secret = probe::Secret::new(lab::PASSWORD.to_owned());
    let cancel = CancellationToken::new();
    probe::run(&plan, Some(secret), &context, &*heard, cancel).await;
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_tracker_no_write_is_lost_or_doubled_and_blind_retry_doubles() {
    let lab = Lab::start(&[Scenario::Writable]).await;
    let operations = operations();
    let heard = make(&lab, asked("scratch", operations)).await;
    assert_eq!(heard.codes(StepKind::TrackedWrites), [None]);
    assert_eq!(heard.codes(StepKind::CleanUp), [None]);
    let counts = heard.counts();
    assert_eq!(counts.len(), 10);
    for count in &counts {
        println!("{count:?}");
        assert_eq!(count.operations, operations);
        match (count.way, count.moment) {
            (WriteWay::Tracked, _) => assert_eq!(count.once, operations, "{count:?}"),
            (WriteWay::Blind, CutMoment::ReplyLost | CutMoment::AfterCommit) => {
                assert!(count.doubled > 0, "{count:?}");
                assert_eq!(count.doubled + count.once, operations, "{count:?}");
            }
            (WriteWay::Blind, _) => assert_eq!(count.once, operations, "{count:?}"),
        }
        if count.moment == CutMoment::ReplyLost && count.way == WriteWay::Blind {
            assert_eq!(count.doubled, operations, "its commit had been answered");
        }
    }
    let doubled: u32 = counts.iter().map(|count| count.doubled).sum();
    let odd =
        |fact: &Observation| matches!(fact, Observation::OddWrite(write) if write.times == Some(2));
    assert_eq!(
        heard.facts().iter().filter(|fact| odd(fact)).count(),
        doubled as usize
    );
    assert_eq!(lab.tables(Scenario::Writable).await, 0, "left behind");
    assert!(heard.open.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_that_are_hard_to_quote_forbidden_or_not_there() {
    let lab = Lab::start(&[Scenario::Writable]).await;
    for (schema, number) in [
        ("odd ]'; name", None),
        ("forbidden", Some(262)),
        ("elsewhere]; DROP TABLE x;--", Some(2760)),
    ] {
        let heard = make(&lab, asked(schema, 1)).await;
        let refused = heard.facts().into_iter().find_map(|fact| match fact {
            Observation::ServerError(message) => Some(message.number),
            _ => None,
        });
        assert_eq!(refused, number, "{schema}");
        let code = number.map(|_| FailureCode::QueryFailed);
        assert_eq!(heard.codes(StepKind::TrackedWrites), [code], "{schema}");
        assert_eq!(heard.codes(StepKind::CleanUp), [None], "{schema}");
        assert!(heard.open.lock().unwrap().is_empty(), "{schema}");
        assert_eq!(lab.tables(Scenario::Writable).await, 0, "{schema}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_states_every_statement_and_sends_none() {
    let lab = Lab::start(&[Scenario::Writable]).await;
    let writes = TrackedWrites {
        dry_run: true,
        ..asked("scratch", 5)
    };
    let heard = make(&lab, writes).await;
    let purposes: BTreeSet<String> = heard
        .facts()
        .iter()
        .filter_map(|fact| match fact {
            Observation::PlannedStatement(one) => Some(format!("{:?}", one.purpose)),
            _ => None,
        })
        .collect();
    assert_eq!(purposes.len(), 9, "{purposes:?}");
    assert!(purposes.contains(&format!("{:?}", StatementPurpose::Drop)));
    assert_eq!(heard.codes(StepKind::TrackedWrites), [None]);
    assert!(heard.codes(StepKind::CleanUp).is_empty());
    assert_eq!(lab.counter(Scenario::Writable).requests, 0);
}

/// Starts a run of writes, its password sealed to the worker.
async fn start(ground: &Ground, worker: &Worker, port: u16) -> RunId {
    let identity = Identity::load_or_create(&ground.data.path().join("worker")).expect("a key");
    let purpose = seal::Purpose {
        user: lab::USER.to_owned(),
        host: "localhost".to_owned(),
        port: Some(port),
        trust_server_certificate: false,
        allow_clear_text: false,
    };
    let until = Utc::now() + TimeDelta::minutes(15);
    let contents = seal::Contents::new(lab::PASSWORD.to_owned(), purpose, until);
    let sealed = seal::seal(&contents, &identity.public_key()).expect("sealed");
    let body = serde_json::json!({
        "server": format!("tcp:localhost,{port}"),
        "agents": [worker.id],
        "auth": {"kind": "sql", "user": lab::USER, "sealed": {worker.id.to_string(): sealed}},
        "options": {
            "query": false,
            "lasting": {"tracked_writes": {"schema": "scratch", "operations": 40, "dry_run": false}},
        },
    });
    let request = serde_json::from_value(body).expect("a request");
    let made = ground.portal.client().create(&request).await;
    made.expect("a run").runs[0].id
}

/// Waits until nothing of a run is left: on the server, in the portal's word, on the agent's disk.
async fn assert_clean(ground: &Ground, lab: &Lab, run: RunId) {
    let client = ground.portal.client();
    let journal = ground.data.path().join("worker").join("journal");
    eventually("nothing is left behind", PATIENCE, async || {
        let view = client.run(run).await.ok()?;
        let files = std::fs::read_dir(&journal).map_or(0, Iterator::count);
        let clean = !view.cleaning && files == 0 && view.state.is_settled();
        let left = view.findings.iter().any(|one| one.code == "objects_left");
        let tables = lab.tables(Scenario::Writable).await;
        (clean && !left && tables == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_killed_in_the_middle_leaves_nothing_behind() {
    let lab = Lab::start(&[Scenario::Writable]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let mut worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let port = lab.port(Scenario::Writable);
    let mut cleaned_later = 0;
    for blow in 1..=blows() {
        let run = start(&ground, &worker, port).await;
        // Once it has made something, at any moment from then on.
        eventually("something is made", PATIENCE, async || {
            client.run(run).await.ok()?.cleaning.then_some(())
        })
        .await;
        tokio::time::sleep(chance(blow, Duration::from_millis(1_500))).await;
        worker.kill();
        worker.revive();
        let state = settled(&client, run).await;
        assert_clean(&ground, &lab, run).await;
        let reported = log(&client, run)
            .await
            .iter()
            .any(|event| matches!(event.body, EventBody::CleaningReported { .. }));
        cleaned_later += u32::from(reported);
        println!("blow {blow}: {}, told later: {reported}", state.as_str());
    }
    println!(
        "{cleaned_later} of {} were cleaned by the next process",
        blows()
    );
    drop(worker);
    ground.portal.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_leaves_nothing_behind() {
    let lab = Lab::start(&[Scenario::Writable]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let run = start(&ground, &worker, lab.port(Scenario::Writable)).await;
    eventually("something is made", PATIENCE, async || {
        client.run(run).await.ok()?.cleaning.then_some(())
    })
    .await;
    client.cancel(run).await.expect("cancelled");
    assert_eq!(settled(&client, run).await, RunState::Cancelled);
    assert_clean(&ground, &lab, run).await;
    let log = log(&client, run).await;
    assert!(log.iter().any(|event| matches!(
        &event.body,
        EventBody::Observed {
            observation: Observation::ServerObject(fact),
            ..
        } if fact.state == ObjectState::Made
    )));
    drop(worker);
    ground.portal.stop();
}
