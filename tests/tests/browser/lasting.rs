//! What lasts: asked for on the start page, followed on the run's page, ended by itself or by a person.

use crate::access::{look, tab_to};
use crate::steps::{self, Stage};
use fantoccini::key::Key;
use std::time::Duration;
use tests::browser::Browser;
use tests::tools;

/// Goes to a field by Tab, which selects what stands in it, and types.
pub(crate) async fn type_into(browser: &Browser, field: &str, text: &str) {
    tab_to(browser, field).await;
    let keys: Vec<char> = text.chars().collect();
    browser.keys(&keys).await;
    browser
        .until(&format!("one('#{field}').value === '{text}'"))
        .await;
}

/// Goes to a box by Tab and ticks it.
async fn tick(browser: &Browser, field: &str) {
    tab_to(browser, field).await;
    browser.keys(&[' ']).await;
    browser.until(&format!("one('#{field}').checked")).await;
}

#[tokio::test]
async fn what_lasts_is_asked_for_by_keys_alone_and_followed_to_its_end() {
    let name = "lasting::what_lasts_is_asked_for_by_keys_alone_and_followed_to_its_end";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    browser.keys(&['/']).await;
    tab_to(browser, "writable").await;
    browser.key(Key::Enter).await;
    browser
        .until("document.activeElement.id === 'server' && one('#sign-in').value === 'sql'")
        .await;
    tab_to(browser, "lasting").await;
    browser.key(Key::Enter).await;
    browser.until("shown(one('#idle_ladder'))").await;

    tick(browser, "idle_ladder").await;
    tab_to(browser, "idle-ladder-to").await;
    browser.key(Key::End).await;
    type_into(browser, "idle-rungs", "3 h").await;
    browser
        .until("words(one('#idle-rungs-hint')).includes('1 ms to 2 h') && one('#idle-rungs').ariaInvalid === 'true'")
        .await;
    browser
        .until("words(one('#lasts')).includes('cannot be done')")
        .await;
    for _ in 0.."3 h".len() {
        browser.key(Key::Backspace).await;
    }
    browser.keys(&['1', ',', ' ', '2']).await;
    tick(browser, "heartbeat").await;
    type_into(browser, "heartbeat-lasts", "3 s").await;
    type_into(browser, "heartbeat-every", "200 ms").await;
    tick(browser, "tracked_writes").await;
    type_into(browser, "writes-each", "2").await;
    tick(browser, "writes-really").await;
    browser
        .until("words(one('#writes-really-hint')).includes('two tables') && words(one('#lasts')).includes('at most')")
        .await;
    browser
        .until("words(one('#lasting')).includes('idle ladder · heartbeat · tracked writes')")
        .await;
    tab_to(browser, "Start run").await;
    browser.key(Key::Enter).await;

    browser
        .until("location.pathname.startsWith('/runs/') && all('#underway .far').length === 3")
        .await;
    browser
        .until("words(one('#underway')).includes('close this page') && all('#underway [role=progressbar]').length === 3")
        .await;
    browser
        .until("all('#underway [role=progressbar]').some((bar) => bar.ariaValueNow > 0 && bar.ariaValueNow < 100)")
        .await;
    let card = "JSON.stringify([one('#underway').offsetHeight, one('#underway').offsetWidth])";
    let before = browser.script(&format!("return {card};")).await;
    let (code, _) = steps::verdict(browser, Duration::from_secs(90)).await;
    assert!(!code.is_empty());
    assert_eq!(
        browser
            .script(
                "return all('#underway [role=progressbar]').map((bar) => bar.ariaValueNow).join();"
            )
            .await,
        "100,100,100"
    );
    let after = browser.script(&format!("return {card};")).await;
    assert_eq!(
        before, after,
        "the card keeps its size when the run settles"
    );
    browser
        .until("words(one('#on-the-server')).includes('nothing left')")
        .await;

    let found = look(browser, tools::axe().as_deref(), "run-lasted").await;
    assert!(found.is_empty(), "{}", found.join("\n"));

    // Made again, the form is filled in with what lasted.
    browser.press("Run again").await;
    browser
        .until("words(one('#lasting')).includes('idle ladder · heartbeat · tracked writes') && shown(one('#idle-rungs'))")
        .await;
    browser
        .until("one('#idle-rungs').value === '1, 2' && one('#heartbeat-lasts').value === '3 s' && one('#writes-each').value === '2'")
        .await;
    stage.close().await;
}

#[tokio::test]
async fn what_needs_a_sign_in_says_so_and_what_lasts_long_can_be_ended() {
    let name = "lasting::what_needs_a_sign_in_says_so_and_what_lasts_long_can_be_ended";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "healthy", false).await;
    browser.click("#lasting").await;
    browser.until("shown(one('#heartbeat'))").await;
    let greyed = "all('.part.greyed').length === 3 && one('#heartbeat').disabled && !one('#capacity').disabled";
    browser.until(greyed).await;
    browser
        .until("words(one('#heartbeat-hint')).includes('Needs a sign-in')")
        .await;
    // Ticked with a sign-in that is then taken back, it holds the run up.
    steps::choose(browser, "healthy", true).await;
    browser.click("#heartbeat").await;
    browser.fill("#heartbeat-lasts", "1 h").await;
    steps::choose(browser, "healthy", false).await;
    browser.press("Start run").await;
    browser
        .until("words(one('#sign-in-hint')).includes('heartbeat') && document.activeElement.id === 'sign-in'")
        .await;
    steps::choose(browser, "healthy", true).await;
    steps::start(browser).await;
    browser
        .until("words(one('#underway')).includes('60 min left')")
        .await;
    browser.reload().await;
    browser
        .until("words(one('#underway')).includes('over within')")
        .await;
    let found = look(browser, tools::axe().as_deref(), "run-lasting").await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.press("Cancel").await;
    let (_, sentence) = steps::verdict(browser, Duration::from_secs(30)).await;
    assert!(!sentence.is_empty());
    browser
        .until("words(one('#verdict')).includes('Cancelled')")
        .await;
    stage.close().await;
}
