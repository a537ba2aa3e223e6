//! Every practice target shows its verdict in the browser, without and with its credentials.

use crate::steps::{self, Stage};
use std::time::Duration;
use tests::scenarios::TABLE;

#[tokio::test]
async fn every_practice_target_shows_its_verdict() {
    let Some(stage) = Stage::set("practice::every_practice_target_shows_its_verdict").await else {
        return;
    };
    let browser = &stage.browser;
    // Start them all, the slow ones first; the agent makes eight at a time.
    let mut started = Vec::new();
    let mut rows = TABLE.to_vec();
    // The two servers of a link stand on the link's own page.
    rows.retain(|row| !row.scenario.starts_with("link_"));
    rows.sort_by_key(|row| !row.scenario.starts_with("silent"));
    for row in rows {
        for credentials in [false, true] {
            steps::open_start(browser, &stage.portal.url).await;
            let key = row.scenario;
            let unavailable = browser
                .script(&format!(
                    "const card = one('[data-scenario={key}]'); return card.disabled ? words(card) : null;"
                ))
                .await;
            if let Some(reason) = unavailable.as_str() {
                tests::skip(&format!("practice::{key}"), reason);
                continue;
            }
            steps::choose(browser, key, credentials).await;
            started.push((row, credentials, steps::start(browser).await));
        }
    }
    // Read every verdict, and report all that differ at once.
    let mut wrong = Vec::new();
    for (row, credentials, address) in &started {
        browser.open(address).await;
        let (code, sentence) = steps::verdict(browser, Duration::from_secs(120)).await;
        let (expected, finding) = if *credentials {
            (row.with, row.finding)
        } else {
            (row.without, row.finding_without)
        };
        browser.click("#tab-findings").await;
        let shown = browser
            .script("return document.body.innerText;")
            .await
            .to_string();
        let has_finding = finding.is_none_or(|finding| shown.contains(finding));
        if code != expected || !has_finding || sentence.is_empty() {
            wrong.push(format!(
                "{} {}: {code} ({sentence}), not {expected} with {finding:?}",
                row.scenario,
                if *credentials { "with" } else { "without" },
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(started.len() >= 40, "only {} were run", started.len());
    stage.close().await;
}
