//! The second module: what a page shows without it, and that it can be asked for again.

use crate::steps::{self, Stage};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_run_is_told_in_a_word_when_the_rest_of_its_page_cannot_be_had() {
    let name = "later::a_run_is_told_in_a_word_when_the_rest_of_its_page_cannot_be_had";
    let Some(mut stage) = Stage::set(name).await else {
        return;
    };
    stage.browser.expect_error("later-");
    stage.browser.expect_error("Failed to fetch");
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "redirect_blocked", true).await;
    let run = steps::start(browser).await;
    let (code, sentence) = steps::verdict(browser, Duration::from_secs(60)).await;
    assert_eq!(code, "redirect_blocked");

    browser.devtools("Network.enable", json!({})).await;
    let blocked = |urls: serde_json::Value| browser.devtools("Network.setBlockedURLs", urls);
    blocked(json!({"urls": ["*later-*"]})).await;
    browser.open(&run).await;
    let told = browser
        .until("shown(one('#later [role=alert]')) && shown(one('#later .say')) && words(one('#later'))")
        .await;
    let told = told.as_str().unwrap_or_default();
    assert!(told.contains("Problem found"), "{told}");
    assert!(told.contains(&sentence), "{told}");

    // The start page does not need it.
    steps::open_start(browser, &stage.portal.url).await;
    browser.open(&run).await;
    browser.until("shown(one('#later [role=alert]'))").await;
    blocked(json!({"urls": []})).await;
    browser.press("Try again").await;
    let (again, _) = steps::verdict(browser, Duration::from_secs(60)).await;
    assert_eq!(again, code);
    stage.close().await;
}
