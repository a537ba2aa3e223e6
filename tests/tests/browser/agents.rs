//! Agents on the page: one is added, runs are made from two side by side, one is removed.

use crate::steps::{self, Stage};
use agent::Identity;
use client::enrol;
use lab::{Lab, Scenario};
use model::agent_api::{Enrol, Enrolled};
use probe::{Context, NameSources, Policy, Unlimited};
use rustls::RootCertStore;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tests::browser::Browser;
use tokio_util::sync::CancellationToken;

/// Presses "Add an agent" and does what the commands would do; answers what the agent is given.
async fn add(stage: &Stage, name: &str) -> Enrolled {
    let browser = &stage.browser;
    browser.open(&format!("{}/agents", stage.portal.url)).await;
    browser.click("#add-agent button.primary").await;
    let commands = browser.until("words(one('.commands'))").await;
    let commands = commands.as_str().expect("words");
    assert!(commands.contains("linecheck-agent enroll --portal http://127.0.0.1:"));
    assert!(commands.contains("linecheck-agent run"));
    let token = commands
        .split_whitespace()
        .skip_while(|word| *word != "--token")
        .nth(1)
        .expect("a token");
    let key = Identity::load_or_create(&stage.data.path().join(name)).expect("a key");
    let asked = Enrol {
        token: token.to_owned(),
        name: name.to_owned(),
        public_key: key.public_key().to_base64(),
        version: "by hand".to_owned(),
    };
    let enrolled = enrol(&stage.portal.url, &asked).await.expect("enrolled");
    // The page says so by itself, and lists it with its key.
    browser
        .until(&format!(
            "words(one('#add-agent')).includes('{name} has been added')"
        ))
        .await;
    let print = key.fingerprint();
    browser
        .until(&format!(
            "words(one('.agents')).includes('{name}') && words(one('.agents')).includes('{print}')"
        ))
        .await;
    enrolled
}

/// Adds an agent and lets it work: it trusts the lab, and may reach these addresses and nothing else.
async fn work(stage: &Stage, name: &str, lab: &Lab, may: &[SocketAddr], stop: &CancellationToken) {
    let enrolled = add(stage, name).await;
    let mut trust = RootCertStore::empty();
    trust.add(lab.ca()).expect("a CA");
    let context = Context {
        policy: may.iter().copied().fold(Policy::default(), Policy::exempt),
        trust: Arc::new(trust),
        names: NameSources {
            system: Arc::new(|_| Ok(vec![IpAddr::from(Ipv4Addr::LOCALHOST)])),
            ..NameSources::none()
        },
        budget: Arc::new(Unlimited),
        ..Context::offline()
    };
    let data_dir = stage.data.path().join(name);
    let config = agent::Config {
        context,
        ..agent::Config::new(stage.portal.url.clone(), enrolled.token, data_dir)
    };
    tokio::spawn(agent::worker::run(config, stop.clone()));
}

/// Removes an agent, by its button and the question.
async fn remove(browser: &Browser, name: &str) {
    browser.press(&format!("Remove {name}")).await;
    browser.until("shown(one('dialog[open]'))").await;
    browser.click("dialog[open] button.danger").await;
    browser
        .until(&format!(
            "!one('dialog[open]') && !words(one('.agents')).includes('{name}')"
        ))
        .await;
}

#[tokio::test]
async fn an_agent_is_added_shown_and_removed() {
    let Some(stage) = Stage::set("agents::an_agent_is_added_shown_and_removed").await else {
        return;
    };
    let browser = &stage.browser;
    let added = add(&stage, "far-host").await;
    browser
        .until(&format!(
            "shown(one('a[href=\"/runs?agent={}\"]'))",
            added.id
        ))
        .await;
    // Keep it: nothing happens. The focus is back where it was.
    browser.press("Remove far-host").await;
    browser.until("shown(one('dialog[open]'))").await;
    browser.press("Keep it").await;
    browser
        .until("!one('dialog[open]') && document.activeElement.ariaLabel === 'Remove far-host'")
        .await;
    remove(browser, "far-host").await;
    let left = stage.portal.client().agents().await.expect("a list");
    assert!(left.iter().all(|agent| agent.built_in), "{left:?}");
    stage.close().await;
}

#[tokio::test]
async fn runs_from_two_agents_stand_side_by_side() {
    let name = "agents::runs_from_two_agents_stand_side_by_side";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    let lab = lab::Config {
        scenarios: vec![(Scenario::Healthy, 0)],
        ..lab::Config::default()
    };
    let lab = Lab::start(lab).await.expect("the lab starts");
    let port = lab.port(Scenario::Healthy).expect("offered");
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stop = CancellationToken::new();
    work(&stage, "near-host", &lab, &[there], &stop).await;
    // This one's own rules forbid it.
    work(&stage, "far-host", &lab, &[], &stop).await;
    steps::open_start(browser, &stage.portal.url).await;
    browser
        .fill("#server", &format!("tcp:localhost,{port}"))
        .await;
    // The portal's own is chosen already: all are turned over.
    browser.until("all('input[name=agent]').length === 3").await;
    browser
        .script("all('input[name=agent]').forEach((box) => box.click());")
        .await;
    browser
        .until("words(one('.submit')).includes('Runs from far-host and near-host')")
        .await;
    browser.press("Start run").await;
    browser
        .until("location.pathname.startsWith('/groups/') && all('.column').length === 2")
        .await;
    browser
        .until_within(Duration::from_secs(60), "all('.column code').length === 2")
        .await;
    browser
        .until("words(one('#together .code')) === 'only_this_vantage_fails'")
        .await;
    let says = browser.script("return words(one('#together .say'));").await;
    assert_eq!(
        says,
        "From “far-host” the connection is not made; from “near-host” it works."
    );
    // Rows with a step that the other did not make say so.
    browser
        .until("all('.across td').some((cell) => words(cell) === 'not made')")
        .await;
    // A loaded page says the same, and each run has its own page.
    let face = "[words(one('#together')), words(one('.across tbody'))]";
    let live = browser.until(face).await;
    browser.reload().await;
    browser
        .until("all('.column code').length === 2 && words(one('#together .code'))")
        .await;
    assert_eq!(browser.until(face).await, live, "after a reload");
    browser.click(".column a").await;
    steps::verdict(browser, Duration::from_secs(30)).await;
    browser.press("Side by side with other agents").await;
    browser.until("all('.column').length === 2").await;
    // Evidence leads to the run and the event that it rests on.
    browser.click("#together .chip").await;
    browser
        .until("location.search.startsWith('?event=') && one('.is-evidence, .listing [aria-selected=true]')")
        .await;
    stop.cancel();
    stage.close().await;
}
