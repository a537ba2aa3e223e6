//! Patterns: counts of what runs found; runs that opted out and runs to practise are not among them.

use crate::steps::{self, Stage};
use std::time::Duration;

#[tokio::test]
async fn a_cause_is_counted_unless_its_run_opted_out() {
    let name = "patterns::a_cause_is_counted_unless_its_run_opted_out";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    let page = format!("{}/patterns", stage.portal.url);
    browser.open(&page).await;
    browser
        .until("words(one('.patterns')).includes('No run of the last 12 weeks')")
        .await;
    // Whoever practises meets what the scenario is made for.
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "redirect_blocked", true).await;
    steps::start(browser).await;
    let (code, _) = steps::verdict(browser, Duration::from_secs(60)).await;
    assert_eq!(code, "redirect_blocked");
    for counted in [true, false] {
        steps::open_start(browser, &stage.portal.url).await;
        browser.fill("#server", "127.0.0.1,1433").await;
        if !counted {
            browser.press("Options").await;
            browser.click("#usage_data").await;
            browser
                .until("words(one('#limits')).includes('not counted in Patterns')")
                .await;
        }
        steps::start(browser).await;
        let (code, _) = steps::verdict(browser, Duration::from_secs(60)).await;
        assert_eq!(code, "policy_refused");
        browser.open(&page).await;
        let first = "words(one('.patterns tbody tr'))";
        browser
            .until(&format!(
                "{first}.startsWith('Policy refused policy_refused 1') && all('.patterns tbody tr').length === 1"
            ))
            .await;
    }
    browser.press("policy_refused").await;
    browser
        .until("one('#filter-finding')?.value === 'policy_refused' && all('a.run').length === 2")
        .await;
    stage.close().await;
}
