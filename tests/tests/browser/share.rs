//! A run is shown to others: previewed, linked, opened without a login, revoked; deleted in the end.

use crate::login;
use crate::steps::{self, Stage};
use fantoccini::key::Key;
use model::Options;
use model::api::{Auth, NewRun};
use server::Config;
use std::time::{Duration, Instant};
use tests::browser::Browser;
use tests::hand::{Hand, made_up};

/// Opens the dialog and waits for what others will see.
async fn open(browser: &Browser) {
    browser.press("Share").await;
    browser
        .until("shown(one('dialog[open]')) && shown(one('#masked')) && words(one('#preview .say, #preview .tag'))")
        .await;
}

/// Makes a link; answers it.
async fn create(browser: &Browser) -> String {
    browser.press("Create link").await;
    let link = browser.until("one('#share-link')?.value").await;
    link.as_str().expect("a link").to_owned()
}

#[tokio::test]
async fn a_link_is_made_opened_logged_out_and_revoked() {
    let name = "share::a_link_is_made_opened_logged_out_and_revoked";
    let Some(stage) = login::stage(name).await else {
        return;
    };
    let browser = &stage.browser;
    browser.open(&stage.portal.url).await;
    login::log_in(browser).await;
    steps::ready(browser).await;
    // It waits 15 s for an answer: the link is opened, and revoked, while the run lives.
    steps::choose(browser, "silent_after_connect", false).await;
    steps::start(browser).await;
    browser.until("all('.tree li').length > 2").await;
    open(browser).await;
    // This portal is on loopback: the dialog says what that means, and offers files instead.
    browser
        .until(
            "shown(one('#only-here')) && one('#only-here a[href*=\"report.html?redact=support\"]')",
        )
        .await;
    let link = create(browser).await;
    assert!(
        link.starts_with(&format!("{}/s/", stage.portal.url)),
        "{link}"
    );

    let mut other = Browser::start().await;
    other.expect_error("404 (Not Found)");
    other.open(&link).await;
    other
        .until("shown(one('#shared')) && all('.tree li').length > 2")
        .await;
    // It can be read, and nothing else: no login is asked for, nothing can be changed.
    let buttons = other
        .script("return all('.actions button, .actions a').map(words);")
        .await;
    let buttons = buttons.to_string();
    for not_theirs in ["Cancel", "Share", "again", "Delete"] {
        assert!(!buttons.contains(not_theirs), "{buttons}");
    }
    assert!(buttons.contains("AllFiles.zip"), "{buttons}");
    assert_eq!(other.script("return all('nav a').length;").await, 0);

    let pressed = Instant::now();
    browser.press("Revoke").await;
    other.until("shown(one('#gone'))").await;
    let took = pressed.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    browser
        .until("words(one('#share .share')).includes('None.')")
        .await;
    other.reload().await;
    other.until("shown(one('#gone'))").await;
    other.close().await;

    // Escape closes the dialog, and the focus is where it was.
    browser.key(Key::Escape).await;
    browser
        .until("!one('dialog[open]') && words(document.activeElement).startsWith('Share')")
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_run_is_masked_as_chosen_and_deleted_in_the_end() {
    let name = "share::a_run_is_masked_as_chosen_and_deleted_in_the_end";
    let Some(mut stage) = Stage::set(name).await else {
        return;
    };
    stage.browser.expect_error("404 (Not Found)");
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "redirect_blocked", true).await;
    let address = steps::start(browser).await;
    steps::verdict(browser, Duration::from_secs(60)).await;
    open(browser).await;
    browser
        .until("words(one('#preview')).includes('From This portal')")
        .await;
    browser
        .script("one('input[name=redact][value=public]').click();")
        .await;
    browser
        .until("shown(one('#masked')) && words(one('#preview')).includes('From agent-1')")
        .await;
    let link = create(browser).await;
    browser.press("Close").await;

    let mut other = Browser::start().await;
    other.expect_error("404 (Not Found)");
    other.open(&link).await;
    let (code, _) = steps::verdict(&other, Duration::from_secs(30)).await;
    assert_eq!(code, "redirect_blocked");
    let shows = other
        .script("return document.body.innerText;")
        .await
        .to_string();
    assert!(!shows.contains("This portal"), "{shows}");

    browser.press("Delete").await;
    browser.click("dialog[open] button.danger").await;
    browser
        .until("location.pathname === '/runs' && shown(one('.runs .empty'))")
        .await;
    browser.open(&address).await;
    browser
        .until("words(one('h1')).includes('not known')")
        .await;
    other.reload().await;
    other.until("shown(one('#gone'))").await;
    other.close().await;
    stage.close().await;
}

#[tokio::test]
async fn a_shared_run_settles_while_it_is_open() {
    let name = "share::a_shared_run_settles_while_it_is_open";
    // The agent is played by hand and sends no heartbeats.
    let patient = |config: &mut Config| config.timing.lease = Duration::from_secs(600);
    let Some(stage) = Stage::set_with(name, patient).await else {
        return;
    };
    let browser = &stage.browser;
    let api = stage.portal.client();
    let admitted = stage.portal.admit("far-host", "a-key", "a-print").await;
    let hand = Hand::new(&stage.portal.url, admitted.id, &admitted.token);
    let asked = NewRun {
        server: "tcp:db.example.test,1433".to_owned(),
        database: String::new(),
        auth: Auth::None,
        options: Options::default(),
        agents: vec![hand.id],
        instance_sealed: std::collections::BTreeMap::new(),
    };
    let run = api.create(&asked).await.expect("created").runs[0].id;
    let claim = hand.claim().await;
    let log = made_up(22);
    hand.post(&claim, 1, &log[..15]).await.expect("stored");

    browser
        .open(&format!("{}/runs/{run}", stage.portal.url))
        .await;
    open(browser).await;
    browser
        .script("one('input[name=redact][value=public]').click();")
        .await;
    browser
        .until("words(one('#preview')).includes('From agent-1')")
        .await;
    let link = create(browser).await;
    browser.open(&link).await;
    browser
        .until("shown(one('#shared')) && all('.tree li').length > 1 && shown(one('#verdict .now'))")
        .await;
    // A choice of the reader's, and how often the portal was asked for the run.
    browser
        .script("all('[role=tab]').find((tab) => words(tab).startsWith('Events')).click();")
        .await;
    let asked = "performance.getEntriesByType('resource') \
        .filter((it) => /\\/api\\/shares\\/[^\\/]+$/.test(it.name)).length";
    let times = async || browser.script(&format!("return {asked};")).await;
    assert_eq!(times().await, 1);

    hand.post(&claim, 16, &log[15..]).await.expect("stored");
    steps::verdict(browser, Duration::from_secs(30)).await;
    assert_eq!(times().await, 2, "asked once more");
    let tab = "words(one('[role=tab][aria-selected=true]'))";
    let tab = browser.script(&format!("return {tab};")).await;
    assert!(tab.to_string().contains("Events"), "{tab} is shown");
    // The portal judged what the page is not shown: the verdict is the one that a new reader gets.
    let face = "[words(one('#verdict')), words(one('#shared'))]";
    let settled = browser.script(&format!("return {face};")).await;
    browser.reload().await;
    steps::verdict(browser, Duration::from_secs(30)).await;
    let anew = browser.script(&format!("return {face};")).await;
    assert_eq!(settled, anew);
    assert_eq!(times().await, 1, "a settled run is asked for once");
    stage.close().await;
}
