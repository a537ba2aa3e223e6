//! A sealed secret is used for its plan only, once, and never written down; failed logins have a budget.

use crate::bench::{Agent, assert_whole, codes, config, context, identity, lab, plan, timing};
use crate::portal::{Log, Portal};
use agent::Identity;
use chrono::{DateTime, TimeDelta, Utc};
use lab::{Lab, Scenario};
use model::{EventBody, Observation, Plan, StepKind};
use tests::canary;
use tests::folder;

pub(crate) fn seal(
    identity: &Identity,
    plan: &Plan,
    secret: &str,
    not_after: DateTime<Utc>,
) -> String {
    let purpose = seal::Purpose {
        user: lab::USER.to_owned(),
        host: plan.target.host.clone(),
        port: plan.target.port,
        trust_server_certificate: false,
        allow_clear_text: false,
    };
    let contents = seal::Contents::new(secret.to_owned(), purpose, not_after);
    seal::seal(&contents, &identity.public_key()).expect("seals")
}

pub(crate) fn soon() -> DateTime<Utc> {
    Utc::now() + TimeDelta::minutes(15)
}

fn port(lab: &Lab, scenario: Scenario) -> u16 {
    lab.port(scenario).expect("a port")
}

fn detail(log: &Log) -> String {
    log.events
        .iter()
        .find_map(|event| match &event.body {
            EventBody::StepFinished { detail, .. } => detail.clone(),
            _ => None,
        })
        .unwrap_or_default()
}

#[tokio::test]
async fn a_secret_for_another_target_or_time_or_use_sends_nothing() {
    let lab = lab(Scenario::Healthy).await;
    let port = port(&lab, Scenario::Healthy);
    let dir = folder();
    let identity = identity(dir.path());
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(Some(&lab), &[]));

    let intended = plan("db.example.net", port, true);
    let mut other_port = plan("localhost", port, true);
    other_port.target.port = Some(1);
    let mut other_user = plan("localhost", port, true);
    other_user.login = model::PlanLogin::Sql {
        user: "sa".to_owned(),
    };
    let here = plan("localhost", port, true);
    let cases = [
        (
            seal(&identity, &intended, lab::PASSWORD, soon()),
            &here,
            "another host",
        ),
        (
            seal(&identity, &other_port, lab::PASSWORD, soon()),
            &here,
            "another port",
        ),
        (
            seal(&identity, &here, lab::PASSWORD, soon()),
            &other_user,
            "another user",
        ),
        (
            seal(
                &identity,
                &here,
                lab::PASSWORD,
                Utc::now() - TimeDelta::seconds(1),
            ),
            &here,
            "expired",
        ),
        ("bm90IGEgYm94".to_owned(), &here, "not sealed to this agent"),
    ];
    for (sealed, plan, why) in cases {
        let log = portal
            .complete(portal.queue(plan.clone(), Some(sealed)))
            .await;
        assert_whole(&log);
        assert_eq!(codes(&log, StepKind::TdsLogin), ["secret_refused"], "{why}");
        assert!(detail(&log).contains(why), "{}", detail(&log));
        assert_eq!(lab.counter(Scenario::Healthy).connections, 0, "{why}");
    }

    let sealed = seal(&identity, &here, lab::PASSWORD, soon());
    let log = portal
        .complete(portal.queue(here.clone(), Some(sealed.clone())))
        .await;
    assert_eq!(codes(&log, StepKind::TdsLogin), ["ok"]);
    let before = lab.counter(Scenario::Healthy);
    let log = portal.complete(portal.queue(here, Some(sealed))).await;
    assert!(detail(&log).contains("used before"), "{}", detail(&log));
    assert_eq!(lab.counter(Scenario::Healthy), before);
    agent.stop().await;
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_is_written_nowhere() {
    let lab = lab(Scenario::EchoSecret).await;
    let dir = folder();
    let identity = identity(dir.path());
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(Some(&lab), &[]));
    let secret = canary::password();
    let needles = canary::needles(&secret);
    let run = plan("localhost", port(&lab, Scenario::EchoSecret), true);
    let sealed = seal(&identity, &run, &secret, soon());
    let log = portal.complete(portal.queue(run, Some(sealed))).await;
    assert_whole(&log);
    assert_eq!(
        lab.counter(Scenario::EchoSecret).logins,
        1,
        "it did see the password"
    );
    let json = serde_json::to_vec(&log.events).expect("JSON");
    canary::assert_absent("the portal's log", &json, &needles);
    canary::assert_absent_below(dir.path(), &needles);
    let told: Vec<&str> = log
        .events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Observed {
                observation: Observation::SecretEchoed { place },
                ..
            } => Some(place.as_str()),
            _ => None,
        })
        .collect();
    assert!(told.contains(&"error_text"), "{told:?}");
    agent.stop().await;
}

#[tokio::test]
async fn the_fourth_failed_login_is_not_sent_nor_after_a_restart() {
    let lab = lab(Scenario::LoginRejected).await;
    let dir = folder();
    let identity = identity(dir.path());
    let (portal, address) = Portal::start().await;
    let run = async || {
        let plan = plan("localhost", port(&lab, Scenario::LoginRejected), true);
        let sealed = seal(&identity, &plan, "wrong-Passw0rd", soon());
        let log = portal.complete(portal.queue(plan, Some(sealed))).await;
        codes(&log, StepKind::TdsLogin)
    };
    let agent = Agent::start(address, dir.path(), context(Some(&lab), &[]));
    for _ in 0..3 {
        assert_eq!(run().await, ["login_rejected"]);
    }
    assert_eq!(run().await, ["login_budget_spent"]);
    agent.stop().await;

    let agent = Agent::start(address, dir.path(), context(Some(&lab), &[]));
    assert_eq!(run().await, ["login_budget_spent"]);
    assert_eq!(lab.counter(Scenario::LoginRejected).logins, 3);
    agent.stop().await;

    // The lab's own endpoints are exempt where the agent's configuration says so.
    let agent = Agent::start_with(agent::Config {
        no_lock_out: lab.endpoints(),
        timing: timing(),
        ..config(address, dir.path(), context(Some(&lab), &[]))
    });
    assert_eq!(run().await, ["login_rejected"]);
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_whose_clock_is_hours_off_judges_a_secret_by_the_portal_s() {
    let lab = lab(Scenario::Healthy).await;
    for (hours, wanted) in [(2, "ok"), (-2, "ok"), (-30, "secret_refused")] {
        let dir = folder();
        let identity = identity(dir.path());
        let (portal, address) = Portal::start().await;
        let agent = Agent::start_with(agent::Config {
            clock: agent::Clock::new(move || Utc::now() + TimeDelta::hours(hours)),
            ..config(address, dir.path(), context(Some(&lab), &[]))
        });
        let run = plan("localhost", port(&lab, Scenario::Healthy), true);
        let sealed = seal(&identity, &run, lab::PASSWORD, soon());
        let log = portal
            .complete(portal.queue(run.clone(), Some(sealed)))
            .await;
        assert_eq!(codes(&log, StepKind::TdsLogin), [wanted], "{hours} h off");
        // What is over by the portal's clock is over, whatever this host's says.
        let late = seal(
            &identity,
            &run,
            lab::PASSWORD,
            Utc::now() - TimeDelta::seconds(5),
        );
        let log = portal.complete(portal.queue(run, Some(late))).await;
        assert_eq!(codes(&log, StepKind::TdsLogin), ["secret_refused"]);
        agent.stop().await;
    }
}
