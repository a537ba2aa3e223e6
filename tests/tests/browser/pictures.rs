//! What lasts, drawn: each picture on a practice target with short options, trouble from an agent played by hand, live,
//! settled and shared alike.

use crate::access::look;
use crate::steps::{self, Stage};
use chrono::{DateTime, TimeDelta, Utc};
use model::api::NewRun;
use model::lasting::{BeatMinute, IdleRung, Lane, LinkChange, LinkState, Loss, Spread, Standing};
use model::{
    AgentEvent, EventBody, FailureCode, Observation, StepId, StepKind, StepState, Subject,
};
use serde_json::{Value, json};
use server::Config;
use std::time::Duration;
use tests::browser::Browser;
use tests::hand::Hand;
use tests::portal::Portal;
use tests::tools;

const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a run at a practice target, logged in, with these options that last; answers its address.
async fn started(portal: &Portal, scenario: &str, lasting: Value) -> String {
    let client = portal.client();
    let practice = client.practice().await.expect("practice targets");
    let practice = practice.iter().find(|one| one.scenario == scenario);
    let practice = practice.expect("the scenario");
    let agents = client.agents().await.expect("agents");
    let agent = agents.iter().find(|one| one.built_in).expect("one's own");
    let given = practice.auth.as_ref().expect("credentials");
    let server = practice.server.as_ref().expect("its server");
    let port = server.rsplit(',').next();
    let purpose = seal::Purpose {
        user: given.user.clone(),
        host: "localhost".to_owned(),
        port: port.and_then(|port| port.parse().ok()),
        trust_server_certificate: false,
        allow_clear_text: false,
    };
    let until = Utc::now() + TimeDelta::minutes(15);
    let contents = seal::Contents::new(given.password.clone(), purpose, until);
    let key = seal::PublicKey::from_base64(&agent.public_key).expect("a key");
    let sealed = seal::seal(&contents, &key).expect("seals");
    let auth = json!({"kind": "sql", "user": given.user, "sealed": {agent.id.to_string(): sealed}});
    let body = json!({"server": server, "database": "master", "auth": auth, "options": {"lasting": lasting}});
    let new: NewRun = serde_json::from_value(body).expect("a request");
    let created = client.create(&new).await.expect("created");
    format!("{}{}", portal.url, created.runs[0].url)
}

/// No barriers, no sideways scrolling, in both themes and widths.
async fn reads_well(browser: &Browser, name: &str) {
    let axe = tools::axe();
    let found = look(browser, axe.as_deref(), name).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn connections_that_are_held_and_what_the_way_carries() {
    let name = "pictures::connections_that_are_held_and_what_the_way_carries";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    let asked = json!({
        "idle_ladder": {"rungs_ms": [100, 300], "heartbeat_ms": 100},
        "data_flow": {"lasts_ms": 500, "silence_ms": 5_000},
        "capacity": {"connections": 10, "per_second": 10, "hold_ms": 1},
        "path": {"sizes": [1_200], "syns": 5},
    });
    let page = started(&stage.portal, "healthy", asked).await;
    browser.open(&page).await;
    steps::verdict(browser, PATIENCE).await;
    browser
        .until("all('#lasting-idle .of-idle tbody th[scope=row]').length === 2 && all('#lasting-idle .of-idle td.ok').length === 6")
        .await;
    browser
        .until("all('#lasting-idle .of-idle thead th[scope=col]').length === 4 && all('#lasting-idle .of-pool tbody tr').length === 4")
        .await;
    browser
        .until("all('#lasting-flow .of-flow td.ok').length === 2")
        .await;
    browser
        .until("one('#lasting-capacity [role=img]').getAttribute('aria-label').includes('10 connections asked for') && one('#lasting-capacity path.good').getAttribute('d')")
        .await;
    browser
        .until(
            "shown(one('#lasting-path .of-sizes td.ok')) && shown(one('#lasting-path .of-syns'))",
        )
        .await;
    reads_well(browser, "lasting-held").await;
    stage.close().await;
}

#[tokio::test]
async fn a_policy_of_one_s_own_is_replayed_as_it_is_typed() {
    let name = "pictures::a_policy_of_one_s_own_is_replayed_as_it_is_typed";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    let asked = json!({
        "retry_loop": {"every_ms": 20, "lasts_ms": 2_000, "at_once": 1},
        "heartbeat": {"every_ms": 50, "lasts_ms": 1_000, "login_every": 5},
    });
    let page = started(&stage.portal, "unsteady", asked).await;
    browser.open(&page).await;
    steps::verdict(browser, PATIENCE).await;
    browser
        .until("one('#lasting-retry path.failed').getAttribute('d') && all('#lasting-retry .of-policies tbody tr').length === 6")
        .await;
    let came = "words(one('#policy .of-policies tbody td'))";
    let first = browser.until(came).await;
    // Without another try it comes to what “No retry” came to.
    browser.fill("#policy-attempts", "1").await;
    browser
        .until(&format!(
            "{came} === words(one('#lasting-retry .of-policies tbody td')) && {came} !== {first}"
        ))
        .await;
    browser.fill("#policy-attempts", "many").await;
    browser
        .until("one('#policy-attempts').getAttribute('aria-invalid') === 'true' && shown(one('#policy .note.bad'))")
        .await;
    browser
        .until("one('#lasting-heartbeat [role=img]').getAttribute('aria-label').startsWith('Heartbeat over')")
        .await;
    reads_well(browser, "lasting-retry").await;
    stage.close().await;
}

#[tokio::test]
async fn writes_show_each_moment_with_the_tracker_and_without() {
    let name = "pictures::writes_show_each_moment_with_the_tracker_and_without";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    let asked = json!({"tracked_writes": {"schema": "scratch", "operations": 2, "dry_run": false}});
    let page = started(&stage.portal, "writable", asked).await;
    browser.open(&page).await;
    steps::verdict(browser, PATIENCE).await;
    let rows = browser
        .until("all('#lasting-writes .of-writes tbody tr').length === 5 && all('#lasting-writes .of-writes td').map(words)")
        .await;
    let cells: Vec<&str> = rows.as_array().map_or(Vec::new(), |rows| {
        rows.iter().filter_map(Value::as_str).collect()
    });
    for tracked in cells.iter().step_by(2) {
        assert!(tracked.contains("2 of 2 once"), "{cells:?}");
    }
    assert!(
        cells.iter().any(|cell| cell.contains("doubled")),
        "{cells:?}"
    );
    browser
        .press("The pattern for your own code: writes that happen once")
        .await;
    browser
        .until("all('#lasting-writes pre').some((one) => shown(one) && words(one).includes('OperationTracker'))")
        .await;
    reads_well(browser, "lasting-writes").await;
    stage.close().await;
}

/// Events of a run, by an agent whose ladder and heartbeat met trouble.
fn trouble() -> Vec<AgentEvent> {
    let at = DateTime::from_timestamp(1_760_000_000, 0).unwrap_or_default();
    let begin = |step, step_kind| EventBody::StepStarted {
        step: StepId(step),
        parent: None,
        step_kind,
        hop: 0,
        subject: Subject::default(),
    };
    let see = |step, observation| EventBody::Observed {
        step: StepId(step),
        attempt: None,
        observation,
    };
    let rung = |lane, used| {
        Observation::IdleRung(IdleRung {
            lane,
            rung_ms: 250_000,
            endpoint: "192.0.2.7:1433".to_owned(),
            local: "192.0.2.9:50000".to_owned(),
            logged_in: true,
            idle_us: 250_000_000,
            ended_idle: false,
            beats: 0,
            looked: Standing::Alive,
            used: Some(used),
            used_us: Some(10_000_000),
            detail: None,
            before: None,
            after: None,
        })
    };
    let change = |now, loss, lost_us: u64, outage_us: Option<u64>| {
        Observation::LinkChange(LinkChange {
            at_us: lost_us + 1_000,
            now,
            last_answer_us: None,
            lost_us,
            loss,
            code: FailureCode::QueryReset,
            detail: None,
            detect_us: 1_000,
            recover_us: outage_us,
            outage_us,
            tries: 1,
            endpoint: None,
            local: None,
            lag_max_us: 0,
            counters: None,
        })
    };
    let answers = Spread {
        count: 60,
        min_us: 900,
        median_us: 1_000,
        p95_us: 2_000,
        max_us: 9_000,
    };
    let minute = Observation::BeatMinute(BeatMinute {
        from_us: 0,
        until_us: 60_000_000,
        beats: 60,
        answered: 60,
        answers: Some(answers),
        ..BeatMinute::default()
    });
    use LinkState::{Connected, Disconnected};
    let bodies = vec![
        EventBody::RunStarted {
            agent_version: "by hand".to_owned(),
            clock_ahead_ms: None,
        },
        begin(1, StepKind::IdleLadder),
        see(1, rung(Lane::Bare, Standing::Silent)),
        see(1, rung(Lane::KeepAlive, Standing::Alive)),
        begin(2, StepKind::Heartbeat),
        see(2, change(Disconnected, Loss::Hard, 20_000_000, None)),
        see(
            2,
            change(Connected, Loss::Hard, 20_000_000, Some(2_000_000)),
        ),
        see(2, minute),
        see(2, change(Disconnected, Loss::Soft, 50_000_000, None)),
        EventBody::StepFinished {
            step: StepId(2),
            state: StepState::Failed,
            code: Some(FailureCode::Cancelled),
            detail: None,
            elapsed_us: 70_000_000,
        },
        EventBody::RunFinished { cancelled: true },
    ];
    bodies
        .into_iter()
        .zip(1..)
        .map(|(body, n)| AgentEvent {
            at,
            elapsed_us: n,
            body,
        })
        .collect()
}

#[tokio::test]
async fn trouble_is_drawn_live_cancelled_and_shared_alike() {
    let name = "pictures::trouble_is_drawn_live_cancelled_and_shared_alike";
    // The agent is played by hand and sends no heartbeats.
    let patient = |config: &mut Config| config.timing.lease = Duration::from_secs(600);
    let Some(stage) = Stage::set_with(name, patient).await else {
        return;
    };
    let browser = &stage.browser;
    let admitted = stage
        .portal
        .admit("by hand", "a-key", "a-fingerprint")
        .await;
    let hand = Hand::new(&stage.portal.url, admitted.id, &admitted.token);
    let body = json!({
        "server": "db.example.test", "database": "", "auth": {"kind": "none"}, "agents": [hand.id],
        "options": {"lasting": {"idle_ladder": {}, "heartbeat": {}}},
    });
    let new: NewRun = serde_json::from_value(body).expect("a request");
    let client = stage.portal.client();
    let created = client.create(&new).await.expect("created");
    let page = format!("{}{}", stage.portal.url, created.runs[0].url);
    browser.open(&page).await;
    browser
        .until("words(one('#lasting-heartbeat')).includes('Begins once')")
        .await;
    let claim = hand.claim().await;
    let events = trouble();
    hand.post(&claim, 1, &events[..9]).await.expect("stored");
    let drawn = "words(one('#lasting-idle .of-idle td.bad')).includes('died on use') && words(one('#lasting-idle .beside')).includes('4 minutes') \
                 && all('#lasting-heartbeat .plot > .hard').length === 1 && all('#lasting-heartbeat .plot > .soft').length === 1";
    browser
        .until(&format!("{drawn} && words(one('#lasting-heartbeat')).includes('goes on') && words(one('#lasting-heartbeat')).includes('DISCONNECTED')"))
        .await;
    client.cancel(created.runs[0].id).await.expect("asked");
    hand.post(&claim, 10, &events[9..]).await.expect("stored");
    steps::verdict(browser, PATIENCE).await;
    browser
        .until(&format!(
            "{drawn} && words(one('#lasting-heartbeat')).includes('cancelled')"
        ))
        .await;
    let share = browser
        .script(&format!(
            "const got = new XMLHttpRequest(); got.open('POST', '/api/runs/{}/shares', false); got.setRequestHeader('content-type', 'application/json');
             got.send(JSON.stringify({{expires_in_s: 600, redact: 'public'}})); return JSON.parse(got.responseText).url;",
            created.runs[0].id
        ))
        .await;
    let link = share.as_str().expect("a link");
    let link = link
        .find("/s/")
        .map(|place| &link[place..])
        .expect("its path");
    browser.open(&format!("{}{link}", stage.portal.url)).await;
    browser
        .until(&format!("shown(one('#shared')) && {drawn}"))
        .await;
    reads_well(browser, "lasting-trouble").await;
    stage.close().await;
}
