//! What does not go smoothly: a run that is cancelled, a portal that goes away and comes back.

use crate::steps::{self, Stage};
use std::time::{Duration, Instant};
use tests::portal::Portal;

#[tokio::test]
async fn a_run_can_be_cancelled() {
    let Some(stage) = Stage::set("interrupted::a_run_can_be_cancelled").await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "silent_after_connect", false).await;
    steps::start(browser).await;
    browser.until("all('.tree li').length > 2").await;
    let pressed = Instant::now();
    browser.press("Cancel").await;
    let settled = "words(one('#verdict')).includes('Cancelled')";
    browser.until(settled).await;
    assert!(
        pressed.elapsed() < Duration::from_secs(5),
        "{:?}",
        pressed.elapsed()
    );
    browser.reload().await;
    browser.until(settled).await;
    stage.close().await;
}

#[tokio::test]
async fn the_page_says_that_it_reconnects_and_recovers() {
    let name = "interrupted::the_page_says_that_it_reconnects_and_recovers";
    let Some(mut stage) = Stage::set(name).await else {
        return;
    };
    // Losing the portal is an error to the browser's console; the page must say it better.
    stage.browser.expect_error("net::ERR_");
    stage.browser.expect_error("Failed to load resource");
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "silent_after_connect", false).await;
    steps::start(browser).await;
    browser.until("all('.tree li').length > 2").await;
    let address = stage.portal.address;
    stage.portal.stop();
    browser
        .until("/reconnect/i.test(document.body.innerText)")
        .await;
    let config = tests::portal::config(stage.data.path());
    let portal = Portal::start_on(address, config);
    // The agent ended with the portal, so the run is interrupted; the page finds that out by itself.
    steps::verdict(browser, Duration::from_secs(60)).await;
    browser
        .until("!/reconnect/i.test(document.body.innerText)")
        .await;
    let live = browser.until("words(one('#verdict'))").await;
    browser.reload().await;
    steps::verdict(browser, Duration::from_secs(30)).await;
    assert_eq!(browser.until("words(one('#verdict'))").await, live);
    stage.browser.close().await;
    portal.stop();
}
