//! Links between a SQL Server and a managed instance, and agents that are killed on the way: nothing may be left behind
//! on either of the two.
//!
//! Two kills here; `cargo xtask bench drills` makes fifty.

use crate::{PATIENCE, blows, chance, log, settled};
use agent::Identity;
use chrono::{TimeDelta, Utc};
use lab::Scenario;
use model::{EventBody, RunId, RunState};
use std::time::Duration;
use tests::eventually;
use tests::ground::{Ground, Lab, Worker};

const SERVER: Scenario = Scenario::LinkNoMasterKey;
const INSTANCE: Scenario = Scenario::LinkInstance;

/// The lab's password, sealed to the worker for one of the two.
fn sealed(identity: &Identity, port: u16) -> String {
    let purpose = seal::Purpose {
        user: lab::USER.to_owned(),
        host: "localhost".to_owned(),
        port: Some(port),
        trust_server_certificate: false,
        allow_clear_text: false,
    };
    let until = Utc::now() + TimeDelta::minutes(15);
    let contents = seal::Contents::new(lab::PASSWORD.to_owned(), purpose, until);
    seal::seal(&contents, &identity.public_key()).expect("sealed")
}

/// Starts a run of the link, with a password for each of the two.
async fn start(ground: &Ground, worker: &Worker, lab: &Lab) -> RunId {
    let identity = Identity::load_or_create(&ground.data.path().join("worker")).expect("a key");
    let (server, instance) = (lab.port(SERVER), lab.port(INSTANCE));
    let agent = worker.id.to_string();
    let body = serde_json::json!({
        "server": format!("tcp:localhost,{server}"),
        "agents": [worker.id],
        "auth": {"kind": "sql", "user": lab::USER, "sealed": {agent.as_str(): sealed(&identity, server)}},
        "instance_sealed": {agent.as_str(): sealed(&identity, instance)},
        "options": {
            "query": false,
            "lasting": {"instance_link": {
                "instance": format!("tcp:localhost,{instance}"),
                "user": lab::USER,
                "address": "localhost",
                "objects_allowed": true,
                "master_key_allowed": true,
                "dry_run": false,
                "poll_ms": 10,
            }},
        },
    });
    let request = serde_json::from_value(body).expect("a request");
    let made = ground.portal.client().create(&request).await;
    made.expect("a run").runs[0].id
}

/// Waits until nothing of a run is left: on the two servers, in the portal's word, on the agent's disk.
async fn assert_clean(ground: &Ground, lab: &Lab, run: RunId) {
    let client = ground.portal.client();
    let journal = ground.data.path().join("worker").join("journal");
    eventually("nothing is left behind", PATIENCE, async || {
        let view = client.run(run).await.ok()?;
        let files = std::fs::read_dir(&journal).map_or(0, Iterator::count);
        let clean = !view.cleaning && files == 0 && view.state.is_settled();
        let left = view.findings.iter().any(|one| one.code == "objects_left");
        let catalogs = [lab.catalog(SERVER), lab.catalog(INSTANCE)].concat();
        (clean && !left && catalogs.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_killed_in_the_middle_of_a_link_leaves_nothing_behind() {
    let lab = Lab::start(&[SERVER, INSTANCE]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let mut worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let (mut cleaned_later, mut whole) = (0, 0);
    for blow in 1..=blows() {
        let run = start(&ground, &worker, &lab).await;
        // Once it has made something, at any moment from then on.
        eventually("something is made", PATIENCE, async || {
            let catalogs = [lab.catalog(SERVER), lab.catalog(INSTANCE)].concat();
            let over = client.run(run).await.ok()?.state.is_settled();
            (over || !catalogs.is_empty()).then_some(())
        })
        .await;
        tokio::time::sleep(chance(blow, Duration::from_millis(400))).await;
        worker.kill();
        worker.revive();
        let state = settled(&client, run).await;
        assert_clean(&ground, &lab, run).await;
        let log = log(&client, run).await;
        let reported = log
            .iter()
            .any(|event| matches!(event.body, EventBody::CleaningReported { .. }));
        cleaned_later += u32::from(reported);
        whole += u32::from(state == RunState::Completed);
        println!("blow {blow}: {}, told later: {reported}", state.as_str());
    }
    println!(
        "{cleaned_later} of {} were cleaned by the next process, {whole} were over before",
        blows()
    );
    drop(worker);
    ground.portal.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_by_way_of_the_portal_passes_and_keeps_neither_secret() {
    let lab = Lab::start(&[SERVER, INSTANCE]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let run = start(&ground, &worker, &lab).await;
    assert_eq!(settled(&client, run).await, RunState::Completed);
    assert_clean(&ground, &lab, run).await;
    let view = client.run(run).await.expect("a run");
    let verdict = view.verdict.expect("a verdict");
    assert_eq!(verdict.code, "link_passed", "{verdict:?}");
    let log = serde_json::to_string(&log(&client, run).await).expect("JSON");
    assert!(!log.contains(lab::PASSWORD));
    drop(worker);
    ground.portal.stop();
}
