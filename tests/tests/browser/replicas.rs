//! Availability replicas: both directions asked for on one page, by keys alone, and looked at on one clock.

use crate::access::{look, tab_to};
use crate::lasting::type_into;
use crate::steps::Stage;
use fantoccini::key::Key;
use std::time::Duration;
use tests::tools;

#[tokio::test]
async fn both_directions_are_asked_for_by_keys_alone_and_seen_on_one_clock() {
    let name = "replicas::both_directions_are_asked_for_by_keys_alone_and_seen_on_one_clock";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let (browser, axe) = (&stage.browser, tools::axe());
    let mut found = Vec::new();
    browser
        .open(&format!("{}/replicas", stage.portal.url))
        .await;
    browser
        .until("shown(one('#a-server')) && all('#a-from option').length > 1 && !one('#b-server')")
        .await;
    // One side alone: what is missing is told where it is missing.
    tab_to(browser, "Start").await;
    browser.key(Key::Enter).await;
    browser
        .until(
            "document.activeElement.id === 'a-server' && words(one('#a-server-read')).length > 0",
        )
        .await;
    found.extend(look(browser, axe.as_deref(), "replicas-empty").await);

    tab_to(browser, "practise").await;
    browser.key(Key::Enter).await;
    browser
        .until("shown(one('#b-server')) && one('#a-endpoint').value.includes(':') && one('#b-endpoint').value.includes(':')")
        .await;
    type_into(browser, "replicas-lasts", "30 d").await;
    browser
        .until("words(one('#replicas-lasts-hint')).includes('1 ms to 7 d')")
        .await;
    for _ in 0.."30 d".len() {
        browser.key(Key::Backspace).await;
    }
    browser.keys(&['4', ' ', 's']).await;
    browser
        .until("words(one('#replicas-plan')).includes('Both ways at once, for 4 s')")
        .await;
    type_into(browser, "replicas-every", "200 ms").await;
    found.extend(look(browser, axe.as_deref(), "replicas-filled").await);
    tab_to(browser, "Start").await;
    browser.key(Key::Enter).await;
    browser
        .until("location.pathname.startsWith('/groups/') && shown(one('#replica-ways'))")
        .await;

    // Both lanes are there, and whoever looks may ask for another session time-out.
    browser
        .until_within(
            Duration::from_secs(60),
            "all('#replica-ways .track .of').filter((lane) => words(lane).includes('→')).length === 2",
        )
        .await;
    browser
        .until("words(one('#session-timeout-said')).split('with 10 s').length === 3")
        .await;
    browser
        .until("all('.of-replica_list thead th').length === 3 && all('.of-replica_port tbody tr').length === 7")
        .await;
    tab_to(browser, "session-timeout").await;
    browser.keys(&['1', ' ', 'h']).await;
    browser
        .until(
            "words(one('#session-timeout-said')).split('with 60 min a session stays').length === 3",
        )
        .await;
    browser
        .until("all('#replica-ways .track .of').some((lane) => words(lane) === 'Session, 60 min')")
        .await;
    browser.click("#session-limits summary").await;
    browser
        .until("all('#session-limits li').length === 5")
        .await;
    browser
        .until_within(
            Duration::from_secs(60),
            "words(one('#together')).length > 0 && all('#underway [role=progressbar]').every((bar) => bar.ariaValueNow === '100')",
        )
        .await;
    found.extend(look(browser, axe.as_deref(), "replicas-group").await);

    // A single run has its own direction, and what its server says.
    let run = browser
        .script("return all('a[href^=\"/runs/\"]').map((link) => link.getAttribute('href')).find((to) => to.length > 10);")
        .await;
    let run = run.as_str().expect("a run").to_owned();
    browser.open(&format!("{}{run}", stage.portal.url)).await;
    browser
        .until("shown(one('#lasting-replica .chart')) && shown(one('#lasting-catalog table'))")
        .await;
    found.extend(look(browser, axe.as_deref(), "replicas-run").await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    stage.close().await;
}
