//! What a person waits for, in a real browser.

use crate::table::{Table, percentile};
use std::time::Duration;
use tests::browser::{self, Browser};
use tests::ground::Ground;
use tests::hand::made_up;
use tests::portal::Portal;

const PATIENCE: Duration = Duration::from_secs(120);

/// Notes when the form was sent and when what is waited for was first painted, on the page's own clock.
///
/// A change is seen before it is painted; the second frame after it comes when it was.
fn stopwatch(condition: &str) -> String {
    format!(
        "window.watch = {{}};
         document.addEventListener('submit', () => {{ window.watch.start ??= performance.now(); }}, true);
         const look = () => {{
             if (window.watch.start && ({condition})) {{
                 requestAnimationFrame(() => requestAnimationFrame(
                     () => {{ window.watch.end = performance.now(); }}));
             }} else requestAnimationFrame(look);
         }};
         look();"
    )
}

/// Starts a run of a practice target on the page, and answers the milliseconds until the condition was painted.
async fn time(browser: &Browser, url: &str, scenario: &str, condition: &str) -> f64 {
    browser.open(url).await;
    browser
        .until(
            "words(one('.submit')).includes('Runs from') && !words(one('.submit')).includes('…')",
        )
        .await;
    browser.click(&format!("[data-scenario={scenario}]")).await;
    browser.script(&stopwatch(condition)).await;
    browser.press("Start run").await;
    browser
        .until_within(
            PATIENCE,
            "window.watch.end && window.watch.end - window.watch.start",
        )
        .await
        .as_f64()
        .unwrap_or(f64::NAN)
}

/// A portal as it is shipped, with real waits.
fn portal(data: &tempfile::TempDir) -> Portal {
    let mut config = server::Config::new(data.path());
    config.practice = true;
    Portal::start(config)
}

pub(crate) async fn redirect_blocked(table: &mut Table) {
    let name = "redirect_blocked, submit → ";
    if let Some(reason) = browser::missing() {
        return table.note(name, &reason);
    }
    let data = tests::folder();
    let portal = portal(&data);
    let browser = Browser::start().await;
    let painted = "document.querySelector('#verdict .st.bad, #verdict .code')";
    let settled = "document.querySelector('#verdict .code')?.innerText === 'redirect_blocked'";
    let first = time(&browser, &portal.url, "redirect_blocked", painted).await / 1_000.0;
    table.most(&format!("{name}verdict painted"), 6.0, "s", first);
    let last = time(&browser, &portal.url, "redirect_blocked", settled).await / 1_000.0;
    table.most(&format!("{name}settled"), 7.0, "s", last);
    browser.close().await;
    portal.stop();
}

pub(crate) async fn first_step(table: &mut Table) {
    let name = "click → first step painted, p50 of 20";
    if let Some(reason) = browser::missing() {
        return table.note(name, &reason);
    }
    let data = tests::folder();
    let portal = portal(&data);
    let browser = Browser::start().await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let painted = "document.querySelectorAll('.tree li').length > 0";
        times.push(time(&browser, &portal.url, "healthy", painted).await);
    }
    table.most(name, 150.0, "ms", percentile(&mut times, 50));
    browser.close().await;
    portal.stop();
}

/// The page follows a run that grows to 50,000 events; then it is scrolled and its tabs are opened.
pub(crate) async fn fifty_thousand(table: &mut Table) {
    let name = "live page with 50,000 events, ";
    if let Some(reason) = browser::missing() {
        return table.note(name, &reason);
    }
    let ground = Ground::start();
    let hand = ground.hand().await;
    let run = ground.run(hand.id, "tcp:192.0.2.1,1433").await;
    let claim = hand.claim().await;
    // The portal's own events count too, and a log ends at 50,000.
    let events = made_up(49_990);
    let browser = Browser::start().await;
    browser
        .open(&format!("{}/runs/{run}", ground.portal.url))
        .await;
    browser.until("shown(one('.tree'))").await;
    let (late, early) = (events.len() - 500, 0);
    let mut n = 1;
    for batch in events[early..late].chunks(500) {
        let ack = hand.post(&claim, n, batch).await.expect("they are stored");
        n = ack.acked + 1;
    }
    let all_but = n - 1;
    browser
        .until_within(
            PATIENCE,
            &format!("Number(words(one('#tab-events')).replace(/\\D/g, '')) >= {all_but}"),
        )
        .await;
    browser
        .script(
            "window.longest = 0;
             let last = performance.now();
             const frame = (now) => {
                 window.longest = Math.max(window.longest, now - last);
                 last = now;
                 requestAnimationFrame(frame);
             };
             requestAnimationFrame(frame);",
        )
        .await;
    // The rest arrives live, at 100 a second, while a person scrolls and looks at the tabs.
    let mut due = tokio::time::interval(Duration::from_millis(50));
    let tabs = browser.script("return all('[role=tab]').length;").await;
    let tabs = tabs.as_u64().unwrap_or(1).max(1);
    for (batch, turn) in events[late..].chunks(5).zip(0_u64..) {
        due.tick().await;
        let ack = hand.post(&claim, n, batch).await.expect("they are stored");
        n = ack.acked + 1;
        let tab = turn / 5 % tabs;
        browser
            .script(&format!(
                "scrollBy(0, 400); if ({turn} % 5 === 0) all('[role=tab]')[{tab}].click();"
            ))
            .await;
    }
    browser
        .until_within(PATIENCE, "shown(one('#verdict .code'))")
        .await;
    let longest = browser.script("return window.longest;").await;
    table.most(
        &format!("{name}longest frame after load"),
        200.0,
        "ms",
        longest.as_f64().unwrap_or(f64::NAN),
    );
    match browser.memory() {
        Some(bytes) => {
            table.most(
                &format!("{name}memory of the tab's process"),
                300.0,
                "MiB",
                bytes as f64 / f64::from(1 << 20),
            );
        }
        None => table.note(&format!("{name}memory"), "this system does not tell"),
    }
    browser.close().await;
    ground.portal.stop();
}
