//! Following a run of a portal ends as the run does, and says what its page says.

use crate::bench::{Desk, document, ended, ended_with, text};
use model::RunView;
use model::api::{NewRun, NewShare, ShareCreated};
use std::time::Duration;
use tests::portal::{Portal, config};

const PASSWORD: &str = "an operator's password";

async fn start(portal: &client::Portal, scenario: &str) -> model::RunId {
    let practice = portal.practice().await.expect("practice targets");
    let target = practice.iter().find(|one| one.scenario == scenario);
    let server = target.and_then(|one| one.server.clone()).expect("offered");
    let run: NewRun = serde_json::from_value(serde_json::json!({"server": server})).expect("a run");
    portal.create(&run).await.expect("a run").runs[0].id
}

async fn settled(portal: &client::Portal, run: model::RunId) -> RunView {
    tests::eventually("it settles", Duration::from_secs(30), async || {
        let view = portal.run(run).await.expect("the run");
        view.state.is_settled().then_some(view)
    })
    .await
}

#[tokio::test]
async fn a_run_is_followed_to_its_verdict_by_its_page_or_by_a_share_link() {
    let data = tests::folder();
    let portal = Portal::start(config(data.path()));
    let client = portal.client();
    let desk = Desk::new(None);
    for (scenario, code) in [("healthy", 0), ("not_sql", 1)] {
        let run = start(&client, scenario).await;
        let page = format!("{}/runs/{run}", portal.url);
        let watched = ended(desk.command(&["watch", &page, "--json"])).await;
        assert_eq!(
            watched.status.code(),
            Some(code),
            "{}",
            text(&watched.stderr)
        );
        assert!(text(&watched.stderr).contains("TCP connect to"));
        let view = settled(&client, run).await;
        let mut said: RunView = serde_json::from_value(document(&watched)).expect("a run");
        // The portal looks at its clock twice when a run is claimed.
        said.started_at = view.started_at;
        assert_eq!(said, view);

        let link = reqwest::Client::new()
            .post(format!("{}/api/runs/{run}/shares", portal.url))
            .json(&NewShare::default())
            .send()
            .await
            .expect("an answer")
            .json::<ShareCreated>()
            .await
            .expect("a link");
        let token = link.url.rsplit('/').next().expect("a token");
        let shared = format!("{}/s/{token}", portal.url);
        let watched = ended(desk.command(&["watch", &shared])).await;
        assert_eq!(
            watched.status.code(),
            Some(code),
            "{}",
            text(&watched.stderr)
        );
        let verdict = view.verdict.expect("a verdict");
        assert!(text(&watched.stdout).contains(&verdict.code));
    }
    let nobody = format!("{}/s/nobody", portal.url);
    let refused = ended(desk.command(&["watch", &nobody])).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("there is no such run"));
    assert!(crate::bench::files_below(&desk.work).is_empty());
}

#[tokio::test]
async fn a_portal_with_a_login_wants_its_password() {
    let data = tests::folder();
    let mut config = config(data.path());
    config.access.password_hash = Some(server::access::Password::hash(PASSWORD).expect("a hash"));
    let portal = Portal::start(config);
    let mut client = portal.client();
    client.login(PASSWORD).await.expect("the login");
    let run = start(&client, "healthy").await;
    let page = format!("{}/runs/{run}", portal.url);
    let desk = Desk::new(None);

    let without = ended(desk.command(&["watch", &page])).await;
    assert_eq!(without.status.code(), Some(2));
    assert!(text(&without.stderr).contains("--password-env"));
    let watch = || desk.command(&["watch", &page, "--password-stdin"]);
    let wrong = ended_with(watch(), "wrong").await;
    assert_eq!(wrong.status.code(), Some(2));
    let right = ended_with(watch(), PASSWORD).await;
    assert_eq!(right.status.code(), Some(0), "{}", text(&right.stderr));
    assert!(text(&right.stdout).contains("reachable_login_not_tried"));
}
