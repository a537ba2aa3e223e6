//! Nobody is kept out: no barriers that axe-core knows, everything by keyboard, wide and narrow, light and dark.

use crate::file;
use crate::steps::{self, Stage};
use fantoccini::key::Key;
use std::time::Duration;
use tests::browser::{Browser, Theme};
use tests::tools;

const WIDTHS: [u32; 2] = [1280, 390];

/// Looks at the page as it is, in both themes and widths: barriers, sideways scrolling; keeps a picture of each.
pub(crate) async fn look(browser: &Browser, axe: Option<&str>, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        browser.theme(theme).await;
        for width in WIDTHS {
            browser.width(width).await;
            browser.until("document.fonts.status === 'loaded'").await;
            let place = format!("{name}, {theme:?}, {width} px");
            let wide = browser
                .script("return document.documentElement.scrollWidth;")
                .await;
            if wide.as_u64().unwrap_or_default() > u64::from(width) {
                found.push(format!("{place}: scrolls sideways, {wide} px wide"));
            }
            if let Some(axe) = axe {
                let barriers = browser.barriers(axe).await;
                found.extend(barriers.iter().map(|one| format!("{place}: {one:?}")));
            }
            let file = format!("screenshots/{name}-{theme:?}-{width}.png").to_lowercase();
            browser.picture(&tools::target().join(file)).await;
        }
    }
    found
}

#[tokio::test]
async fn no_page_has_a_barrier_in_either_theme() {
    let name = "access::no_page_has_a_barrier_in_either_theme";
    let Some(mut stage) = Stage::set(name).await else {
        return;
    };
    stage.browser.expect_error("404 (Not Found)"); // one of the pages is that nothing is there
    let axe = tools::axe();
    if axe.is_none() {
        tests::skip(name, "axe-core is missing (cargo xtask test --install)");
    }
    let axe = axe.as_deref();
    let browser = &stage.browser;
    let url = &stage.portal.url;
    let mut found = Vec::new();

    browser.open(&format!("{url}/runs")).await;
    browser.until("shown(one('.empty'))").await;
    found.extend(look(browser, axe, "runs-empty").await);
    steps::open_start(browser, url).await;
    found.extend(look(browser, axe, "start").await);
    steps::choose(browser, "redirect_blocked", true).await;
    browser.click("#limits").await;
    found.extend(look(browser, axe, "start-filled").await);
    browser.click("#limits").await;
    browser.click("#lasting").await;
    browser.until("all('.part').length === 7").await;
    found.extend(look(browser, axe, "start-lasting").await);
    browser
        .script("all('.part > .choice input').forEach((box) => box.click());")
        .await;
    browser
        .until("shown(one('#writes-really')) && shown(one('#idle-ladder-to'))")
        .await;
    browser
        .script(
            "const ladder = one('#idle-ladder-to'); ladder.value = 'own'; ladder.dispatchEvent(new Event('change'));
             one('#writes-really').click();",
        )
        .await;
    browser
        .until("shown(one('#lasts')) && shown(one('#idle-rungs'))")
        .await;
    browser.fill("#heartbeat-every", "2 min").await;
    found.extend(look(browser, axe, "start-lasting-all").await);
    browser.fill("#heartbeat-every", "1 s").await;
    browser.click("#writes-really").await;
    browser
        .script(
            "all('.part > .choice input').forEach((box) => box.click()); one('#lasting').click();",
        )
        .await;
    browser
        .until("words(one('#lasting')).includes('minutes to days')")
        .await;
    browser
        .script("const how = one('#sign-in'); how.value = 'entra_service_principal'; how.dispatchEvent(new Event('change'));")
        .await;
    browser.until("shown(one('#client-id'))").await;
    found.extend(look(browser, axe, "start-entra").await);
    browser.open(&format!("{url}/patterns")).await;
    browser.until("shown(one('.patterns .empty'))").await;
    found.extend(look(browser, axe, "patterns-empty").await);
    browser.open(&format!("{url}/decode")).await;
    browser.until("shown(one('#examples'))").await;
    found.extend(look(browser, axe, "decode-empty").await);
    browser.press("A login that took too long (.NET)").await;
    browser.until("shown(one('#answer .code'))").await;
    found.extend(look(browser, axe, "decode").await);
    browser.open(&format!("{url}/open")).await;
    browser.until("shown(one('.zone'))").await;
    found.extend(look(browser, axe, "open").await);
    file::choose(browser, &file::bundle(stage.data.path())).await;
    browser.until("shown(one('#from-file'))").await;
    browser.press("Further checks").await;
    browser.until("shown(one('#further-gateways'))").await;
    found.extend(look(browser, axe, "open-further").await);
    browser.open(&format!("{url}/nowhere")).await;
    browser.until("shown(one('h1'))").await;
    found.extend(look(browser, axe, "not-found").await);

    browser.open(&format!("{url}/login")).await;
    browser.until("shown(one('#server'))").await; // no login is needed here, so it leads on
    browser.open(&format!("{url}/agents")).await;
    browser.until("all('.agents tbody tr').length > 0").await;
    browser.click("#add-agent button.primary").await;
    browser.until("shown(one('.commands'))").await;
    found.extend(look(browser, axe, "agents").await);
    browser.open(&format!("{url}/s/none")).await;
    browser.until("shown(one('#gone'))").await;
    found.extend(look(browser, axe, "shared-gone").await);

    // A live run: this one waits 15 s for an answer to PRELOGIN.
    steps::open_start(browser, url).await;
    steps::choose(browser, "silent_after_connect", false).await;
    let live = steps::start(browser).await;
    browser.until("all('.tree li').length > 2").await;
    found.extend(look(browser, axe, "run-live").await);
    for (scenario, credentials) in [
        ("redirect_blocked", true),
        ("healthy", true),
        ("echo_secret", true),
    ] {
        steps::open_start(browser, url).await;
        steps::choose(browser, scenario, credentials).await;
        steps::start(browser).await;
        steps::verdict(browser, Duration::from_secs(60)).await;
        found.extend(look(browser, axe, &format!("run-{scenario}")).await);
        let tabs = browser.script("return all('[role=tab]').length;").await;
        for tab in 1..tabs.as_u64().unwrap_or_default() {
            browser
                .script(&format!("all('[role=tab]')[{tab}].click();"))
                .await;
            found.extend(look(browser, axe, &format!("run-{scenario}-tab{tab}")).await);
        }
    }
    browser.press("Share").await;
    browser.until("shown(one('#masked'))").await;
    browser.press("Create link").await;
    browser.until("shown(one('#share-link'))").await;
    found.extend(look(browser, axe, "share").await);
    let link = browser.script("return one('#share-link').value;").await;
    browser.press("Close").await;
    browser.press("Delete").await;
    browser.until("shown(one('dialog[open] .danger'))").await;
    found.extend(look(browser, axe, "delete").await);
    browser.open(link.as_str().unwrap_or_default()).await;
    steps::verdict(browser, Duration::from_secs(60)).await;
    found.extend(look(browser, axe, "shared").await);
    found.extend(group(&stage, axe).await);
    browser.open(&live).await;
    steps::verdict(browser, Duration::from_secs(60)).await;
    browser.open(&format!("{url}/patterns")).await;
    browser.until("shown(one('.patterns tbody tr'))").await;
    found.extend(look(browser, axe, "patterns").await);
    browser.open(&format!("{url}/runs")).await;
    browser.until("all('a[href^=\"/runs/\"]').length > 2").await;
    found.extend(look(browser, axe, "runs").await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    stage.close().await;
}

/// Runs from two agents side by side; the second never comes.
async fn group(stage: &Stage, axe: Option<&str>) -> Vec<String> {
    let browser = &stage.browser;
    // The longest name there can be, and nowhere to break it.
    let name = "n".repeat(63);
    stage.portal.admit(&name, "a-key", "a-fingerprint").await;
    browser.open(&format!("{}/agents", stage.portal.url)).await;
    browser.until("all('.agents tbody tr').length === 2").await;
    let mut found = look(browser, axe, "agents-two").await;
    steps::open_start(browser, &stage.portal.url).await;
    browser.fill("#server", "127.0.0.1,1433").await;
    browser.until("all('input[name=agent]').length === 2").await;
    browser
        .script(
            "all('input[name=agent]').filter((box) => !box.checked).forEach((box) => box.click());",
        )
        .await;
    browser.click("#lasting").await;
    browser.click("#capacity").await;
    found.extend(look(browser, axe, "start-two-agents").await);
    browser.press("Start run").await;
    browser
        .until_within(Duration::from_secs(60), "shown(one('.column code'))")
        .await;
    found.extend(look(browser, axe, "group").await);
    found
}

#[tokio::test]
async fn the_login_has_no_barrier() {
    let Some(stage) = crate::login::stage("access::the_login_has_no_barrier").await else {
        return;
    };
    let axe = tools::axe();
    let browser = &stage.browser;
    browser.open(&stage.portal.url).await;
    browser.until("shown(one('#operator-password'))").await;
    browser.fill("#operator-password", "another").await;
    browser.press("Log in").await;
    browser.until("shown(one('#login-told .note'))").await;
    let found = look(browser, axe.as_deref(), "login").await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    stage.close().await;
}

/// What has the focus, in words; fails where focus cannot be seen.
async fn focus(browser: &Browser) -> String {
    browser
        .script(
            "const here = document.activeElement;
             return here === document.body ? '' : (here.id || here.dataset.scenario
                || here.getAttribute('aria-label') || words(here) || here.tagName);",
        )
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Presses Tab until something has the focus.
pub(crate) async fn tab_to(browser: &Browser, wanted: &str) {
    let mut passed = Vec::new();
    for _ in 0..80 {
        browser.key(Key::Tab).await;
        let here = focus(browser).await;
        if here.starts_with(wanted) {
            let seen = browser
                .script(
                    "const style = getComputedStyle(document.activeElement);
                     return style.outlineStyle !== 'none' || style.boxShadow !== 'none';",
                )
                .await;
            assert_eq!(seen, true, "nothing shows that {wanted} has the focus");
            return;
        }
        passed.push(here);
    }
    panic!("Tab does not get to {wanted}, but to {passed:?}");
}

#[tokio::test]
async fn a_run_is_made_and_read_by_keyboard_alone() {
    let Some(stage) = Stage::set("access::a_run_is_made_and_read_by_keyboard_alone").await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    // `/` goes to the server field, Tab to a practice target, Enter takes it.
    browser.keys(&['/']).await;
    browser
        .until("document.activeElement.id === 'server'")
        .await;
    tab_to(browser, "login_rejected").await;
    browser.key(Key::Enter).await;
    browser
        .until("one('#server').value.includes('localhost')")
        .await;
    browser
        .until("document.activeElement.id === 'server'")
        .await;
    browser.key(Key::Enter).await;
    browser
        .until("location.pathname.startsWith('/runs/')")
        .await;
    let (code, _) = steps::verdict(browser, Duration::from_secs(30)).await;
    assert_eq!(code, "login_rejected");
    // The verdict was announced to those who do not see it.
    browser.until("words(one('[aria-live]')).length > 0").await;
    // Tabs of the run page by arrow keys.
    tab_to(browser, "tab-").await;
    let before = focus(browser).await;
    browser.key(Key::Right).await;
    let after = focus(browser).await;
    assert!(
        after.starts_with("tab-") && after != before,
        "{before}, {after}"
    );
    browser
        .until("document.activeElement.getAttribute('aria-selected') === 'true'")
        .await;
    // `?` lists the keys, Escape puts them away.
    browser.keys(&['?']).await;
    browser.until("shown(one('dialog[open]'))").await;
    browser.key(Key::Escape).await;
    browser.until("!one('dialog[open]')").await;
    stage.close().await;
}
