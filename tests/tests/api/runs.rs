//! `/api/runs`: start, list, look, delete; and everything that cannot be started.

use crate::support::{Portal, finished, kinds, new_run, problem, started, step};
use client::RunFilter;
use model::api::{Auth, NewRun};
use model::{Outcome, PlanLogin, RunState};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
async fn a_run_is_made_shown_and_deleted() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let run = claim.run;
    let view = portal.view(run).await;
    assert_eq!(view.state, RunState::Running);
    assert_eq!(view.target.server, "tcp:db.example.test,1433");
    assert_eq!(view.target.database, "master");
    assert_eq!((view.outcome, view.verdict), (None, None));

    let early = portal.api.delete(run).await.expect_err("refused");
    assert_eq!(early.code(), Some("run_not_settled"));

    let events = [started(), step(1), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let view = portal.view(run).await;
    assert_eq!(view.state, RunState::Completed);
    assert_eq!(view.steps.len(), 1);
    assert_eq!(view.verdict.as_ref(), view.findings.first());
    assert!(view.verdict.is_some() && view.outcome.is_some());
    assert_eq!(view.rules_version, rules::RULES_VERSION);

    portal.api.delete(run).await.expect("deleted");
    for path in ["", "/events", "/AllFiles.zip", "/report.md", "/report.html"] {
        let response = portal.get(&format!("/api/runs/{run}{path}")).await;
        problem(response, 404, "no_such_run").await;
    }
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_by_its_code() {
    let portal = Portal::start().await;
    let agent = portal.agent.id;
    let long = "a".repeat(10_000);
    let server = |server: &str| json!({ "server": server, "agents": [agent] });
    let with = |key: &str, value: Value| {
        let mut body = server("db.example.test");
        body[key] = value;
        body
    };
    let sealed = |sealed: Value| {
        with(
            "auth",
            json!({"kind": "sql", "user": "u", "sealed": sealed}),
        )
    };
    let id = agent.to_string();
    // Asked for in earnest, with the consent that it needs.
    let link = |more: Value, boxes: Value| {
        let mut asked = json!({"instance": "mi.example.test", "user": "u", "address": "10.0.0.4", "objects_allowed": true,
                               "dry_run": false});
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let mut body = with("options", json!({"lasting": {"instance_link": asked}}));
        body["instance_sealed"] = boxes;
        body
    };
    let cases: &[(Value, &str)] = &[
        (link(json!({}), json!({})), "sealed_missing"),
        (link(json!({}), json!({&id: "not base64!"})), "bad_sealed"),
        (
            link(json!({"objects_allowed": false}), json!({&id: "AAAA"})),
            "bad_option",
        ),
        (
            link(json!({"address": "a'; SHUTDOWN"}), json!({&id: "AAAA"})),
            "bad_option",
        ),
        (
            link(json!({"subnet": "10.1.0.0"}), json!({&id: "AAAA"})),
            "bad_option",
        ),
        (
            link(json!({"dry_run": true}), json!({&id: "AAAA"})),
            "sealed_elsewhere",
        ),
        (
            link(json!({"instance": "mi\\named"}), json!({&id: "AAAA"})),
            "bad_instance",
        ),
        (
            link(json!({"instance": "mi;pwd=Hunter-2"}), json!({&id: "AAAA"})),
            "secret_in_target",
        ),
        (
            with("instance_sealed", json!({&id: "AAAA"})),
            "sealed_elsewhere",
        ),
        (server(""), "empty_server"),
        (server("   "), "empty_server"),
        (server("a b c"), "unparsable_server"),
        (server("db,0"), "bad_port"),
        (server("db,65536"), "bad_port"),
        (server(&long), "server_too_long"),
        (server("db\u{0}name"), "control_character"),
        (server("db\nname"), "control_character"),
        (server("db;Password=Hunter-2"), "secret_in_target"),
        (
            with("database", json!("x;pwd=Hunter-2")),
            "secret_in_target",
        ),
        (with("database", json!("a".repeat(129))), "bad_database"),
        (with("database", json!("a\u{1b}[31m")), "bad_database"),
        (with("options", json!({"tcp_attempts": 0})), "bad_option"),
        (with("agents", json!([agent, agent])), "agent_twice"),
        (with("agents", json!(vec![&id; 9])), "too_many_agents"),
        (with("agents", json!([])), "no_agent"),
        (
            with("agents", json!(["01a1fd3b-44f4-751c-b846-f23f52f4e303"])),
            "unknown_agent",
        ),
        (
            with("auth", json!({"kind": "sql", "user": "", "sealed": {}})),
            "bad_user",
        ),
        (sealed(json!({})), "sealed_missing"),
        (sealed(json!({&id: "not base64!"})), "bad_sealed"),
        (
            sealed(json!({&id: "AAAA", "01a1fd3b-44f4-751c-b846-f23f52f4e303": "AAAA"})),
            "sealed_elsewhere",
        ),
    ];
    for (body, code) in cases {
        let response = portal.post("/api/runs", body.to_string()).await;
        let problem = problem(response, 422, code).await;
        assert!(!problem.to_string().contains("Hunter-2"), "{problem}");
    }
    assert!(
        portal
            .api
            .runs(&RunFilter::default())
            .await
            .expect("a list")
            .runs
            .is_empty()
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_never_repeated() {
    let portal = Portal::start().await;
    let cases: &[(&str, u16, &str)] = &[
        ("", 400, "bad_json"),
        ("{", 400, "bad_json"),
        ("server=Hunter-2", 400, "bad_json"),
        (r#"{"server":"a"} Hunter-2"#, 400, "bad_json"),
        (r#"{}"#, 422, "missing_field"),
        (r#"{"server":"a","Hunter-2":1}"#, 422, "unknown_field"),
        (
            r#"{"server":"a","options":{"Hunter-2":1}}"#,
            422,
            "unknown_field",
        ),
        (
            r#"{"server":"a","auth":{"kind":"sql","user":"u","sealed":{},"password":"Hunter-2"}}"#,
            422,
            "unknown_field",
        ),
        (r#"{"server":["Hunter-2"]}"#, 422, "bad_field"),
        (
            r#"{"server":"a","auth":{"kind":"Hunter-2"}}"#,
            422,
            "bad_field",
        ),
        (
            r#"{"server":"a","options":{"tcp_attempts":"Hunter-2"}}"#,
            422,
            "bad_field",
        ),
        (r#"{"server":"a","agents":["Hunter-2"]}"#, 422, "bad_field"),
        (r#"["Hunter-2"]"#, 422, "bad_field"),
    ];
    for (body, status, code) in cases {
        let response = portal.post("/api/runs", *body).await;
        let problem = problem(response, *status, code).await;
        assert!(!problem.to_string().contains("Hunter-2"), "{problem}");
    }
    let large = format!(r#"{{"server":"{}"}}"#, "a".repeat(64 * 1024));
    let response = portal.post("/api/runs", large.clone()).await;
    problem(response, 413, "body_too_large").await;
    // The same without announcing its length.
    let pieces = futures::stream::iter(vec![Ok::<_, std::io::Error>(large)]);
    let response = portal
        .post("/api/runs", reqwest::Body::wrap_stream(pieces))
        .await;
    problem(response, 413, "body_too_large").await;
}

#[tokio::test]
async fn a_sealed_secret_is_handed_to_its_agent_and_forgotten_when_settled() {
    let portal = Portal::start().await;
    let agent = portal.agent.id;
    let asked = NewRun {
        auth: Auth::Sql {
            user: "somebody".into(),
            sealed: BTreeMap::from([(agent, "QUJDREVGR0g=".to_owned())]),
        },
        agents: vec![agent],
        ..new_run("db.example.test")
    };
    let run = portal.api.create(&asked).await.expect("created").runs[0].id;
    let claim = portal.agent.claim().await;
    assert_eq!(claim.sealed.as_deref(), Some("QUJDREVGR0g="));
    assert!(matches!(claim.plan.login, PlanLogin::Sql { ref user } if user == "somebody"));
    let store = portal.server.store();
    assert!(store.sealed(run).await.expect("read").is_some());
    portal
        .agent
        .post(&claim, 1, &[started(), finished(false)])
        .await
        .expect("taken");
    assert_eq!(store.sealed(run).await.expect("read"), None);
    let view = portal.get(&format!("/api/runs/{run}")).await;
    assert!(!view.text().await.expect("text").contains("QUJDREVGR0g"));
}

#[tokio::test]
async fn unknown_runs_are_one_and_the_same_404() {
    let portal = Portal::start().await;
    for id in ["01a1fd3b-44f4-751c-b846-f23f52f4e303", "1", "x%00y", "-"] {
        for path in ["", "/events", "/AllFiles.zip", "/report.md", "/report.html"] {
            let response = portal.get(&format!("/api/runs/{id}{path}")).await;
            problem(response, 404, "no_such_run").await;
        }
        let response = portal.post(&format!("/api/runs/{id}/cancel"), "{}").await;
        problem(response, 404, "no_such_run").await;
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_while_runs_are_made() {
    let portal = Portal::start().await;
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(portal.run_of(&format!("db{number}.example.test")).await);
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let filter = RunFilter {
            before: before.clone(),
            limit: Some(3),
            ..RunFilter::default()
        };
        let page = portal.api.runs(&filter).await.expect("a page");
        seen.extend(page.runs.iter().map(|run| run.id));
        // A newer run must not shift the pages that follow.
        portal.run_of("newer.example.test").await;
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made);
}

#[tokio::test]
async fn filters_that_cannot_be_read_are_refused() {
    let portal = Portal::start().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "outcome=fine",
        "agent=1",
        "before=1",
        "since=yesterday",
        "until=1",
        "unknown=1",
        "limit=1&limit=2",
    ] {
        let response = portal.get(&format!("/api/runs?{query}")).await;
        problem(response, 400, "bad_query").await;
    }
}

#[tokio::test]
async fn runs_are_found_by_each_filter() {
    let portal = Portal::start().await;
    let done = portal.completed().await;
    let view = portal.view(done).await;
    let waiting = portal.run_of("Other-Host.example.test,1500").await;
    let finding = view.findings[0].code.clone();
    let outcome = view.outcome.map(Outcome::as_str).expect("settled");
    let agent = portal.agent.id;
    let cases = [
        (format!("finding={finding}"), vec![done]),
        ("finding=no_such_finding".into(), vec![]),
        (format!("outcome={outcome}"), vec![done]),
        ("outcome=cancelled".into(), vec![]),
        ("server=OTHER".into(), vec![waiting]),
        ("server=tcp:other".into(), vec![waiting]),
        ("server=%25".into(), vec![]),
        ("server=db_example".into(), vec![]),
        (format!("agent={agent}"), vec![waiting, done]),
        ("agent=01a1fd3b-44f4-751c-b846-f23f52f4e303".into(), vec![]),
        ("since=2000-01-01T00:00:00Z".into(), vec![waiting, done]),
        ("until=2000-01-01T00:00:00Z".into(), vec![]),
        (String::new(), vec![waiting, done]),
        ("server=&outcome=&limit=1".into(), vec![waiting]),
    ];
    for (query, expected) in cases {
        let response = portal.get(&format!("/api/runs?{query}")).await;
        let page: model::api::RunPage = response.json().await.expect("a page");
        let found: Vec<_> = page.runs.iter().map(|run| run.id).collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_cancel_takes_an_empty_body_and_nothing_else() {
    let portal = Portal::start().await;
    let run = portal.run().await;
    let path = format!("/api/runs/{run}/cancel");
    problem(
        portal.post(&path, r#"{"why":1}"#).await,
        422,
        "unknown_field",
    )
    .await;
    problem(portal.post(&path, "x").await, 400, "bad_json").await;
    assert_eq!(portal.post(&path, "").await.status(), 202);
    // Already cancelled: the same answer.
    assert_eq!(portal.post(&path, "{}").await.status(), 202);
    let events = portal.until_settled(run).await;
    assert_eq!(
        kinds(&events),
        ["run_created", "cancel_requested", "run_settled"]
    );
}

/// How many runs the patterns count, this week and before.
async fn counted(portal: &Portal) -> u64 {
    let answer = portal.get("/api/patterns").await;
    let patterns: Value = answer.json().await.expect("a JSON body");
    let weeks = patterns["runs"].as_array().expect("a count for each week");
    weeks.iter().filter_map(Value::as_u64).sum()
}

#[tokio::test]
async fn runs_to_practise_are_not_counted_in_the_patterns() {
    let portal = Portal::with(|config| {
        config.agent = true;
        config.practice = true;
    })
    .await;
    let offered = portal.api.practice().await.expect("a list");
    let refused = offered.iter().find(|one| one.scenario == "refused");
    let practice = refused.and_then(|one| one.server.clone());
    let practice = practice.expect("it is offered here");
    // Nothing is sent to the second: the agent's policy forbids it.
    for (server, runs) in [(practice.as_str(), 0), ("tcp:127.0.0.1,9", 1)] {
        let created = portal.api.create(&new_run(server)).await;
        let mut stream = portal.api.events(created.expect("created").runs[0].id, 0);
        while stream.next().await.expect("an event").is_some() {}
        assert_eq!(counted(&portal).await, runs, "{server}");
    }
    portal.server.shutdown().await;
}
