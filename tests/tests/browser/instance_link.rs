//! The link with a managed instance: every statement first, then two agreements, then both directions, live.

use crate::access::{look, tab_to};
use crate::steps::{self, Stage};
use fantoccini::key::Key;
use std::time::Duration;
use tests::browser::Browser;
use tests::tools;

/// Longest that both directions may take in a browser that is slow.
const LONGEST: Duration = Duration::from_secs(120);

async fn open(browser: &Browser, url: &str) {
    browser.open(&format!("{url}/link")).await;
    browser
        .until("shown(one('#instance')) && all('[data-scenario]').length > 1 && all('#run-from option').length > 0")
        .await;
}

/// Past the statements to what is agreed to.
async fn on_to(browser: &Browser, field: &str) {
    tab_to(browser, "On to the agreements").await;
    browser.key(Key::Enter).await;
    tab_to(browser, field).await;
}

/// The state of each stage of a direction.
async fn stages(browser: &Browser, key: &str) -> String {
    let list = format!(
        "all('#lasting-{key} .stages li').map((li) => words(li.querySelector('.muted'))).join()"
    );
    let value = browser.script(&format!("return {list};")).await;
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn by_keys_alone_from_the_dry_run_over_both_agreements_to_the_verdict() {
    let name = "instance_link::by_keys_alone_from_the_dry_run_over_both_agreements_to_the_verdict";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    tab_to(browser, "Managed Instance link").await;
    browser.key(Key::Enter).await;
    browser
        .until("location.pathname === '/link' && all('[data-scenario]').length > 1")
        .await;
    // Nothing can be agreed to that was not shown.
    browser
        .until("one('#begin').disabled && one('#agree-objects').disabled && one('#agree-key').disabled")
        .await;
    tab_to(browser, "Show every statement").await;
    browser.key(Key::Enter).await;
    browser
        .until("document.activeElement.id === 'server' && words(one('#instance-hint')).length > 0 && one('#instance').ariaInvalid === 'true'")
        .await;
    tab_to(browser, "link_server").await;
    browser.key(Key::Enter).await;
    browser
        .until("document.activeElement.id === 'server' && one('#instance-user').value.length > 0 && one('#sign-in').value === 'sql'")
        .await;
    tab_to(browser, "Show every statement").await;
    browser.key(Key::Enter).await;
    browser
        .until_within(LONGEST, "all('.statements li').length > 20")
        .await;
    // What makes something names what undoes it, and that one is there.
    browser
        .until("all('.statements li a').length > 10 && all('.statements li a').every((a) => one(a.getAttribute('href')))")
        .await;
    browser
        .until("words(one('.statements')).includes('CREATE MASTER KEY') && words(one('.statements')).includes('DROP ENDPOINT')")
        .await;
    on_to(browser, "agree-objects").await;
    browser.keys(&[' ']).await;
    tab_to(browser, "begin").await;
    browser.key(Key::Enter).await;
    browser
        .until("words(one('#agree-key-hint')).includes('Say whether') && location.pathname === '/link'")
        .await;
    // Other fields are agreed to anew.
    tab_to(browser, "subnet").await;
    browser.keys(&['x']).await;
    browser
        .until("one('#begin').disabled && !one('#agree-objects').checked && words(one('#statements')).includes('Changed since')")
        .await;
    browser.key(Key::Backspace).await;
    let subnet: Vec<char> = "127.0.0.0/8".chars().collect();
    browser.keys(&subnet).await;
    browser.until("!one('#agree-objects').disabled").await;
    on_to(browser, "agree-objects").await;
    browser.keys(&[' ']).await;
    tab_to(browser, "agree-key").await;
    browser.key(Key::Down).await;
    browser.until("one('#refuse-key').checked").await;
    tab_to(browser, "begin").await;
    browser.key(Key::Enter).await;

    browser
        .until("location.pathname.startsWith('/runs/') && all('.stages').length === 2")
        .await;
    let (code, sentence) = steps::verdict(browser, LONGEST).await;
    assert!(!sentence.is_empty(), "{code}");
    let passed = ["passed"; 6].join(",");
    assert_eq!(stages(browser, "to-instance").await, passed);
    assert_eq!(stages(browser, "from-instance").await, passed);
    browser
        .until("all('.of-legs_to td.ok').length === 4 && words(one('#on-the-server')).includes('nothing left')")
        .await;
    browser.press("Run again").await;
    browser
        .until("location.pathname === '/link' && one('#subnet').value === '127.0.0.0/8' && one('#instance-password').value === ''")
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_node_that_is_not_reached_is_told_at_its_connect_and_nobody_is_kept_out() {
    let name =
        "instance_link::a_node_that_is_not_reached_is_told_at_its_connect_and_nobody_is_kept_out";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let axe = tools::axe();
    let axe = axe.as_deref();
    let browser = &stage.browser;
    let mut found = Vec::new();
    open(browser, &stage.portal.url).await;
    found.extend(look(browser, axe, "link-empty").await);
    browser.click("[data-scenario=link_instance_blocked]").await;
    browser.press("Show every statement").await;
    browser
        .until_within(LONGEST, "all('.statements li').length > 20")
        .await;
    browser.click("#agree-objects").await;
    browser.click("#agree-key").await;
    found.extend(look(browser, axe, "link-statements").await);
    browser.click("#begin").await;
    browser
        .until("location.pathname.startsWith('/runs/') && all('.stages').length === 2")
        .await;
    steps::verdict(browser, LONGEST).await;
    browser
        .until("words(one('.of-legs_to')).includes('not connected') && words(one('#on-the-server')).includes('nothing left')")
        .await;
    browser
        .until("words(one('#lasting-to-instance .said-of')).length > 0")
        .await;
    found.extend(look(browser, axe, "link-run").await);
    assert_eq!(found, Vec::<String>::new());
    stage.close().await;
}
