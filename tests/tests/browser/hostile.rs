//! Text from elsewhere is shown as text, wherever it comes from.

use crate::steps::{self, Stage};
use std::time::Duration;

/// Breaks out of attributes and elements, runs when it is parsed as HTML, and turns text around.
const HOSTILE: &str =
    "x\"'><img src=x onerror=window.broken=1><script>window.broken=1</script>\u{202e}&lt;b&gt;";

#[tokio::test]
async fn a_hostile_name_is_shown_and_does_nothing() {
    let Some(stage) = Stage::set("hostile::a_hostile_name_is_shown_and_does_nothing").await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "healthy", true).await;
    // The database's name goes through LOGIN7, the log, the page, the list and every report.
    browser.fill("#database", HOSTILE).await;
    let address = steps::start(browser).await;
    steps::verdict(browser, Duration::from_secs(60)).await;
    let inert = "!window.broken && !one('main img, main script')";
    browser.until(inert).await;
    let shows = "document.body.innerText.includes('<script>window.broken=1</script>')";
    browser.until(shows).await;
    let tabs = browser.script("return all('[role=tab]').length;").await;
    for tab in 0..tabs.as_u64().unwrap_or_default() {
        browser
            .script(&format!("all('[role=tab]')[{tab}].click();"))
            .await;
        browser.until(inert).await;
    }
    browser.open(&format!("{}/runs", stage.portal.url)).await;
    browser.until(&format!("{shows} && {inert}")).await;
    // The report is downloaded; opened from there, it does nothing either.
    let id = address.rsplit('/').next().and_then(|id| id.parse().ok());
    let client = stage.portal.client();
    let report = client.report_html(id.expect("a run's address")).await;
    let file = stage.data.path().join("report.html");
    std::fs::write(&file, report.expect("the report")).expect("it is kept");
    browser.open(&format!("file://{}", file.display())).await;
    browser
        .until(&format!(
            "{shows} && !window.broken && !one('img[onerror], script')"
        ))
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_hostile_address_finds_nothing_and_says_so() {
    let Some(mut stage) = Stage::set("hostile::a_hostile_address_finds_nothing_and_says_so").await
    else {
        return;
    };
    stage.browser.expect_error("404");
    stage.browser.expect_error("400");
    let browser = &stage.browser;
    for path in [
        "runs/%22%3E%3Cimg%20src=x%20onerror=window.broken=1%3E",
        "runs/0190-nope",
        "nowhere",
    ] {
        browser.open(&format!("{}/{path}", stage.portal.url)).await;
        browser
            .until("words(one('main')).length > 10 && !window.broken && !one('main img')")
            .await;
    }
    stage.close().await;
}
