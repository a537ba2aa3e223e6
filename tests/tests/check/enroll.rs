//! A host becomes an agent with one token, works with nothing else, and stops when it is removed.

use crate::bench::{Desk, ended, ended_with, text};
use model::api::{AgentState, NewRun};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};
use tests::portal::{Portal, config};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_enrolled_agent_needs_nothing_more_until_it_is_removed() {
    let data = tests::folder();
    let portal = Portal::start(config(data.path()));
    let client = portal.client();
    let desk = Desk::new(None);
    let token = client.invite().await.expect("an enrolment").token;
    let enroll = [
        "enroll",
        "--portal",
        &portal.url,
        "--name",
        "web-1",
        "--data-dir",
        "agent",
    ];

    let wrong = ended_with(desk.command(&enroll), "no-such-token").await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stderr).contains("works once"),
        "{}",
        text(&wrong.stderr)
    );
    let enrolled = ended_with(desk.command(&enroll), &token).await;
    assert_eq!(
        enrolled.status.code(),
        Some(0),
        "{}",
        text(&enrolled.stderr)
    );
    let said = text(&enrolled.stdout);
    assert!(!said.contains(&token), "{said}");
    let agents = client.agents().await.expect("agents");
    let agent = agents
        .iter()
        .find(|one| one.name == "web-1")
        .expect("it is there");
    assert!(
        said.contains(&agent.id.to_string()) && said.contains(&agent.fingerprint),
        "{said}"
    );
    for name in ["portal.json", "agent.key"] {
        let file = desk.work.join("agent").join(name);
        let mode = file.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }

    let again = ended_with(desk.command(&enroll), &token).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("--replace"),
        "{}",
        text(&again.stderr)
    );
    let mut replace = desk.command(&enroll);
    replace.arg("--replace");
    let used = ended_with(replace, &token).await;
    assert!(
        text(&used.stderr).contains("works once"),
        "{}",
        text(&used.stderr)
    );

    let running = desk
        .command(&["run", "--data-dir", "agent"])
        .spawn()
        .expect("it starts");
    tests::eventually("it is connected", PATIENCE, async || {
        let agents = client.agents().await.expect("agents");
        agents
            .iter()
            .any(|one| one.id == agent.id && one.state == AgentState::Connected)
            .then_some(())
    })
    .await;
    // Loopback is not for an agent without a rule of its own: it makes the run, and says so.
    let body = serde_json::json!({"server": "tcp:127.0.0.1,1433", "agents": [agent.id]});
    let run: NewRun = serde_json::from_value(body).expect("a run");
    let run = client.create(&run).await.expect("a run").runs[0].id;
    let view = tests::eventually("it settles", PATIENCE, async || {
        let view = client.run(run).await.expect("the run");
        view.state.is_settled().then_some(view)
    })
    .await;
    assert_eq!(view.verdict.expect("a verdict").code, "policy_refused");
    assert_eq!(view.agent_name, "web-1");

    let removed = Instant::now();
    client.remove_agent(agent.id).await.expect("removed");
    let ended = running.wait_with_output().await.expect("it ends");
    assert!(
        removed.elapsed() < Duration::from_secs(5),
        "{:?}",
        removed.elapsed()
    );
    assert_eq!(ended.status.code(), Some(77), "{}", text(&ended.stderr));
    assert!(text(&ended.stderr).contains("was removed there"));
}

#[tokio::test]
async fn an_agent_that_cannot_be_enrolled_says_what_to_do() {
    let desk = Desk::new(None);
    for (portal, words) in [
        ("http://127.0.0.1:1", "was not reached"),
        ("http://portal.example.test", "https://"),
        ("portal", "not the address of a portal"),
    ] {
        let arguments = ["enroll", "--portal", portal, "--data-dir", "agent"];
        let output = ended_with(desk.command(&arguments), "a-token").await;
        assert_eq!(output.status.code(), Some(1), "{portal}");
        let said = text(&output.stderr);
        assert!(said.contains(words), "{portal}: {said}");
        assert!(!said.contains("a-token"), "{said}");
    }
    let nothing = ended(desk.command(&["run", "--data-dir", "elsewhere"])).await;
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("enroll"));
}
