//! Dummy logins, further logins with their own clocks, and the look-up of the database in `master`.

use crate::bench::{lab, lab_context, make, options, plan};
use crate::story::Story;
use lab::{Lab, Scenario};
use model::{Closing, Observation, Options, Phase, Plan, PlanLogin, StepKind, StepState};
use probe::LoginBudget;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn meet(scenario: Scenario, change: impl FnOnce(&mut Plan)) -> (Story, Lab) {
    let lab = lab(&[scenario]).await;
    let port = lab.port(scenario).expect("the scenario is available here");
    let mut plan = plan("localhost", port, true, options());
    change(&mut plan);
    let story = make(&plan, &lab_context(&lab)).await;
    (story, lab)
}

#[tokio::test]
async fn a_dummy_login_reaches_the_server_and_is_refused() {
    let (story, _) = meet(Scenario::Healthy, |plan| plan.login = PlanLogin::Dummy).await;
    assert!(
        story
            .codes(StepKind::TdsLogin)
            .contains(&"login_rejected".to_owned())
    );
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::ServerError(error) if error.number == 18_456 && error.message.contains("linecheck_dummy_login")
    )));
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::LoginSent { user, encrypted: true, .. } if user == "linecheck_dummy_login"
    )));
    assert_eq!(story.code(StepKind::SqlQuery), "not_reached");
}

fn attempts(story: &Story) -> Vec<Vec<&Closing>> {
    let steps = story.of(StepKind::LoginAttempt);
    steps
        .iter()
        .map(|step| {
            step.facts
                .iter()
                .filter_map(|fact| match fact {
                    Observation::Closed(closing) => Some(closing),
                    _ => None,
                })
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn further_logins_have_their_own_clocks_and_trace_ids() {
    let (story, lab) = meet(Scenario::Healthy, |plan| {
        plan.options = Options {
            connection_attempts: 4,
            attempt_delay_ms: 5,
            query: false,
            ..options()
        };
    })
    .await;
    assert_eq!(story.codes(StepKind::LoginAttempt), ["ok", "ok", "ok"]);
    for closings in attempts(&story) {
        let phases: Vec<_> = closings[0].phases.iter().map(|one| one.phase).collect();
        assert_eq!(
            phases,
            [
                Phase::Dns,
                Phase::Tcp,
                Phase::Prelogin,
                Phase::Tls,
                Phase::Login
            ]
        );
    }
    let ids: std::collections::BTreeSet<_> = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::TraceId { connection_id, .. } => Some(connection_id),
            _ => None,
        })
        .collect();
    // Both addresses of the path, and each attempt.
    assert_eq!(ids.len(), 5);
    assert_eq!(lab.counter(Scenario::Healthy).logins, 4);
}

#[tokio::test]
async fn the_wait_between_attempts_is_real() {
    let (story, _) = meet(Scenario::Healthy, |plan| {
        plan.options = Options {
            connection_attempts: 3,
            attempt_delay_ms: 40,
            ..options()
        };
    })
    .await;
    let steps = story.of(StepKind::LoginAttempt);
    let tries: Vec<_> = steps.iter().map(|step| &step.attempts[0]).collect();
    let pause = tries[1].started_us - (tries[0].started_us + tries[0].elapsed_us);
    assert!(pause >= 39_000, "{pause} µs");
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_attempt() {
    let (story, _) = meet(Scenario::Redirect, |plan| {
        plan.options.connection_attempts = 2;
        plan.options.attempt_delay_ms = 0;
    })
    .await;
    assert_eq!(story.codes(StepKind::LoginAttempt), ["ok"]);
    assert_eq!(attempts(&story)[0].len(), 2);
    // The path's own redirect, and no step for the attempt's.
    assert_eq!(story.of(StepKind::TdsRedirect).len(), 1);
}

#[tokio::test]
async fn an_attempt_fails_as_an_application_would() {
    let (story, _) = meet(Scenario::CloseAfterLogin, |plan| {
        plan.options.connection_attempts = 3;
        plan.options.attempt_delay_ms = 0;
    })
    .await;
    assert_eq!(
        story.codes(StepKind::LoginAttempt),
        ["closed_during_login", "closed_during_login"]
    );
    let (story, _) = meet(Scenario::Refused, |plan| {
        plan.options.connection_attempts = 3;
    })
    .await;
    assert_eq!(story.codes(StepKind::LoginAttempt), ["not_reached"]);
}

/// So many failed logins, at whatever endpoint.
struct Few(AtomicUsize);

impl LoginBudget for Few {
    fn may_try(&self, _endpoint: SocketAddr, _user: &str) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    fn failed(&self, _endpoint: SocketAddr, _user: &str) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn further_logins_keep_to_the_budget_of_failed_ones() {
    let lab = lab(&[Scenario::LoginRejected]).await;
    let port = lab.port(Scenario::LoginRejected).expect("available");
    let mut plan = plan("localhost", port, true, options());
    plan.options.connection_attempts = 10;
    plan.options.attempt_delay_ms = 0;
    let mut context = lab_context(&lab);
    context.budget = Arc::new(Few(AtomicUsize::new(3)));
    let story = make(&plan, &context).await;
    assert_eq!(
        story.codes(StepKind::LoginAttempt),
        ["login_rejected", "login_rejected", "login_budget_spent"]
    );
    let last = story.of(StepKind::LoginAttempt)[2];
    assert_eq!(last.state, StepState::Skipped);
    assert!(
        last.detail
            .as_deref()
            .is_some_and(|why| why.ends_with(": 6"))
    );
    assert_eq!(lab.counter(Scenario::LoginRejected).logins, 3);
}

fn entry(story: &Story) -> Option<(bool, Option<String>)> {
    story.facts().find_map(|fact| match fact {
        Observation::DatabaseEntry(entry) => {
            assert_eq!(entry.name, "shop");
            Some((entry.found, entry.state.clone()))
        }
        _ => None,
    })
}

#[tokio::test]
async fn a_database_is_looked_for_in_master() {
    let table = [
        (Scenario::Healthy, "ok", Some((true, Some("ONLINE")))),
        (
            Scenario::DatabaseMissing,
            "database_not_listed",
            Some((false, None)),
        ),
        (Scenario::Redirect, "ok", Some((true, Some("ONLINE")))),
        // Not for whoever was refused: another failed login would count.
        (Scenario::LoginRejected, "not_reached", None),
        (Scenario::CloseAfterLogin, "not_reached", None),
    ];
    for (scenario, code, found) in table {
        let (story, _) = meet(scenario, |plan| plan.target.database = "shop".to_owned()).await;
        assert_eq!(story.code(StepKind::DatabaseLookup), code, "{scenario}");
        let found = found.map(|(found, state)| (found, state.map(str::to_owned)));
        assert_eq!(entry(&story), found, "{scenario}");
    }
}

#[tokio::test]
async fn master_itself_is_not_looked_for_and_neither_is_anything_without_a_login() {
    let (story, _) = meet(Scenario::Healthy, |_| {}).await;
    assert!(story.of(StepKind::DatabaseLookup).is_empty());
    for login in [PlanLogin::None, PlanLogin::Dummy] {
        let (story, _) = meet(Scenario::Healthy, |plan| {
            plan.target.database = "shop".to_owned();
            plan.login = login;
        })
        .await;
        assert!(story.of(StepKind::DatabaseLookup).is_empty());
    }
}
