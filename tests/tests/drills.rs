//! Processes are killed and links are cut while runs are made. No acknowledged event is lost or doubled, and every
//! run settles.
//!
//! Two of each here; `cargo xtask bench drills` does more. When exactly each blow falls is chosen at random, and
//! said, so that a failure can be thought about.

#[path = "drills/link.rs"]
mod link;
#[path = "drills/writes.rs"]
mod writes;

use model::{EventBody, RunEvent, RunId, RunState, StepId};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::eventually;
use tests::ground::{Ground, Lab, Worker, start_run};
use tests::hand::{self, Hand};
use tests::process::Process;
use tests::relay::Relay;

/// Longest time to settle. A lost agent is noticed 30 s after its last word.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often each blow falls.
fn blows() -> u32 {
    std::env::var("LINECHECK_DRILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2)
}

/// A wait of anything up to `most`, said aloud.
fn chance(blow: u32, most: Duration) -> Duration {
    let part = f64::from(u32::from(uuid::Uuid::new_v4().as_bytes()[0])) / 255.0;
    let wait = most.mul_f64(part);
    println!("blow {blow} after {wait:?}");
    wait
}

/// The whole log of a settled run.
async fn log(client: &client::Portal, run: RunId) -> Vec<RunEvent> {
    let mut stream = client.events(run, 0);
    let mut log = Vec::new();
    while let Some(event) = stream.next().await.expect("events") {
        log.push(event);
    }
    log
}

/// Waits until a run has settled; answers how.
async fn settled(client: &client::Portal, run: RunId) -> RunState {
    eventually("the run settles", PATIENCE, async || {
        let view = client.run(run).await.ok()?;
        view.state.is_settled().then_some(view.state)
    })
    .await
}

/// What must hold of every log, however its run ended: numbers without gaps, probing begun at most once, no step
/// begun or ended twice, no attempt told twice.
fn assert_sound(log: &[RunEvent]) {
    hand::assert_contiguous(log);
    let count = |wanted: fn(&EventBody) -> bool| log.iter().filter(|one| wanted(&one.body)).count();
    assert!(count(|body| matches!(body, EventBody::RunStarted { .. })) <= 1);
    assert!(count(EventBody::is_last) <= 1);
    let mut seen: BTreeMap<(StepId, &str, u32), u32> = BTreeMap::new();
    for event in log {
        let key = match &event.body {
            EventBody::StepStarted { step, .. } => (*step, "started", 0),
            EventBody::StepFinished { step, .. } => (*step, "finished", 0),
            EventBody::AttemptFinished { step, attempt } => (*step, "attempt", attempt.number),
            _ => continue,
        };
        *seen.entry(key).or_default() += 1;
    }
    let doubled: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "told twice: {doubled:?}");
}

/// That a run was made to its end: every step that began has ended.
fn assert_whole(log: &[RunEvent]) {
    assert_sound(log);
    let steps = |wanted: fn(&EventBody) -> bool| {
        let mut steps: Vec<_> = log
            .iter()
            .filter(|one| wanted(&one.body))
            .filter_map(|one| one.body.step())
            .collect();
        steps.sort();
        steps
    };
    let begun = steps(|body| matches!(body, EventBody::StepStarted { .. }));
    let ended = steps(|body| matches!(body, EventBody::StepFinished { .. }));
    assert!(begun.len() > 3, "{begun:?}");
    assert_eq!(begun, ended);
    assert!(
        log.iter()
            .any(|one| matches!(one.body, EventBody::RunFinished { .. }))
    );
}

/// A data directory with an agent that was admitted, for portals that are processes.
struct Admitted {
    ground: tempfile::TempDir,
    id: model::AgentId,
    token: String,
}

async fn admitted() -> Admitted {
    let ground = Ground::start();
    let identity =
        agent::Identity::load_or_create(&ground.data.path().join("hand")).expect("a key");
    let admitted = ground.admit(&identity, "hand").await;
    ground.portal.stop();
    Admitted {
        ground: ground.data,
        id: admitted.id,
        token: admitted.token,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_while_events_are_posted_loses_and_doubles_none() {
    let admitted = admitted().await;
    let data = admitted.ground.path();
    let logs = tests::folder();
    let file = logs.path().join("log");
    let mut portal = Process::start(data, &file, &["--no-agent"]);
    let address = portal.address().to_owned();
    let client = client::Portal::new(&portal.url).expect("a client");
    let hand = Hand::new(&portal.url, admitted.id, &admitted.token);
    let run = start_run(&client, hand.id, "tcp:192.0.2.1,1433").await;
    let claim = hand.claim().await;
    let own = client.run(run).await.expect("the run").last_seq;

    // One blow for every two batches, each while a batch is under way.
    let per_batch = 25;
    let events = hand::made_up(u64::from(blows()) * 2 * per_batch);
    let mut acked = 0;
    for (batch, number) in events.chunks(per_batch as usize).zip(0..) {
        if number % 2 == 1 {
            let wait = chance(number / 2 + 1, Duration::from_millis(6));
            let blow = tokio::task::spawn_blocking(move || {
                std::thread::sleep(wait);
                portal.kill();
            });
            let answer = hand.post(&claim, acked + 1, batch).await;
            blow.await.expect("it is killed");
            let promised = answer.map_or(acked, |ack| ack.acked);
            portal = Process::start_on(&address, data, &file, &["--no-agent"]);
            let stored = client.run(run).await.expect("the run").last_seq - own;
            assert!(stored >= promised, "{promised} acknowledged, {stored} kept");
        }
        // As an agent does it: the same batch again until it is acknowledged.
        acked = eventually("an acknowledgement", PATIENCE, async || {
            let ack = hand.post(&claim, acked + 1, batch).await;
            Some(ack.ok()?.acked)
        })
        .await;
    }
    assert_eq!(settled(&client, run).await, RunState::Completed);
    hand::assert_holds(&log(&client, run).await, &events);
    let (status, _) = portal.terminate();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_with_its_agent_settles_every_run_with_what_was_seen() {
    let data = tests::folder();
    let logs = tests::folder();
    let file = logs.path().join("log");
    let mut portal = Process::start(data.path(), &file, &["--practice"]);
    let address = portal.address().to_owned();
    let client = client::Portal::new(&portal.url).expect("a client");
    for blow in 1..=blows() {
        let practice = client.practice().await.expect("practice targets");
        let server = practice
            .iter()
            .find(|one| one.scenario == "healthy")
            .and_then(|one| one.server.clone())
            .expect("it is offered");
        let body = serde_json::json!({"server": server});
        let request = serde_json::from_value(body).expect("a request");
        let run = client.create(&request).await.expect("a run").runs[0].id;
        // What a viewer was shown is stored, and must still be there.
        let mut stream = client.events(run, 0);
        let mut shown = Vec::new();
        let blow_falls = tokio::time::sleep(chance(blow, Duration::from_millis(900)));
        tokio::pin!(blow_falls);
        loop {
            tokio::select! {
                () = &mut blow_falls => break,
                event = stream.next() => match event.expect("an event") {
                    Some(event) => shown.push(event),
                    None => break,
                },
            }
        }
        portal.kill();
        portal = Process::start_on(&address, data.path(), &file, &["--practice"]);
        let state = settled(&client, run).await;
        let kept = log(&client, run).await;
        println!(
            "blow {blow}: {} shown, {} kept, {}",
            shown.len(),
            kept.len(),
            state.as_str()
        );
        assert_sound(&kept);
        assert_eq!(kept.get(..shown.len()), Some(shown.as_slice()));
        if state == RunState::Completed {
            assert_whole(&kept);
        }
    }
    let (status, _) = portal.terminate();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_killed_and_back_never_probes_twice_and_its_run_settles() {
    let lab = Lab::start(&[lab::Scenario::Healthy]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let mut worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let server = format!("tcp:localhost,{}", lab.port(lab::Scenario::Healthy));
    for blow in 1..=blows() {
        let run = ground.run(worker.id, &server).await;
        tokio::time::sleep(chance(blow, Duration::from_millis(700))).await;
        worker.kill();
        worker.revive();
        let state = settled(&client, run).await;
        let kept = log(&client, run).await;
        println!("blow {blow}: {} kept, {}", kept.len(), state.as_str());
        match state {
            RunState::Completed => assert_whole(&kept),
            _ => assert_sound(&kept),
        }
    }
    drop(worker);
    ground.portal.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_cut_and_mended_loses_nothing() {
    let lab = Lab::start(&[lab::Scenario::Healthy]).await;
    let ground = Ground::start();
    let client = ground.portal.client();
    let link = Relay::to(ground.portal.address).await;
    let worker = Worker::start(&ground, &lab, link.address).await;
    let server = format!("tcp:localhost,{}", lab.port(lab::Scenario::Healthy));
    for blow in 1..=blows() {
        let run = ground.run(worker.id, &server).await;
        tokio::time::sleep(chance(blow, Duration::from_millis(700))).await;
        link.cut();
        // Sometimes longer than a lease of 3 s: the run is then interrupted, and completes after all.
        tokio::time::sleep(chance(blow, Duration::from_millis(4_500))).await;
        link.mend();
        eventually("the run completes", PATIENCE, async || {
            let view = client.run(run).await.expect("the run");
            (view.state == RunState::Completed).then_some(())
        })
        .await;
        assert_whole(&log(&client, run).await);
    }
    drop(worker);
    ground.portal.stop();
}
