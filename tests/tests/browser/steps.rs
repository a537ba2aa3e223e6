//! What every story does: choose a practice target, start, read the verdict.

use server::Config;
use std::time::Duration;
use tests::browser::Browser;
use tests::portal::Portal;

/// A portal with practice targets and real waits, and a browser; or the reason there is none.
pub(crate) struct Stage {
    pub(crate) data: tempfile::TempDir,
    pub(crate) portal: Portal,
    pub(crate) browser: Browser,
}

impl Stage {
    /// Sets it up; notes the test as skipped where that cannot be.
    pub(crate) async fn set(name: &str) -> Option<Self> {
        Self::set_with(name, |_| {}).await
    }

    /// The same with a portal of the test's own making.
    pub(crate) async fn set_with(name: &str, change: impl FnOnce(&mut Config)) -> Option<Self> {
        if let Some(reason) = missing() {
            tests::skip(name, &reason);
            return None;
        }
        let data = tests::folder();
        let mut config = tests::portal::config(data.path());
        change(&mut config);
        let portal = Portal::start(config);
        let browser = Browser::start().await;
        Some(Self {
            data,
            portal,
            browser,
        })
    }

    /// Ends it; fails the test when the page complained.
    pub(crate) async fn close(self) {
        self.browser.close().await;
        self.portal.stop();
    }
}

/// Why there can be no story in a browser here.
pub(crate) fn missing() -> Option<String> {
    let page = tests::tools::workspace().join("frontend/dist/index.html");
    tests::browser::missing().or_else(|| {
        (!page.is_file()).then(|| "the page was not built (cargo xtask page)".to_owned())
    })
}

/// Opens the start page and waits until a run could be started.
pub(crate) async fn open_start(browser: &Browser, url: &str) {
    browser.open(url).await;
    ready(browser).await;
}

/// Waits until a run could be started from the start page.
pub(crate) async fn ready(browser: &Browser) {
    browser
        .until("shown(one('#server')) && all('[data-scenario]').length > 0")
        .await;
    // The agent's key is there once its name is.
    browser
        .until(
            "words(one('.submit')).includes('Runs from') && !words(one('.submit')).includes('…')",
        )
        .await;
}

/// Fills a practice target in, with or without its credentials.
pub(crate) async fn choose(browser: &Browser, scenario: &str, credentials: bool) {
    let which = if credentials { 0 } else { 1 };
    browser
        .script(&format!(
            "all('input[name=practice-credentials]')[{which}].click();"
        ))
        .await;
    browser.click(&format!("[data-scenario={scenario}]")).await;
    browser
        .until(&format!(
            "one('[data-scenario={scenario}]').getAttribute('aria-pressed') === 'true'"
        ))
        .await;
}

/// Presses the button; answers the run's address once its page is shown.
pub(crate) async fn start(browser: &Browser) -> String {
    browser.press("Start run").await;
    browser
        .until("location.pathname.startsWith('/runs/')")
        .await;
    browser.address().await
}

/// The verdict card's code and sentence, once the run on the page has settled.
pub(crate) async fn verdict(browser: &Browser, longest: Duration) -> (String, String) {
    let card = browser
        .until_within(longest, "shown(one('#verdict .code')) && [words(one('#verdict .code')), words(one('#verdict .say'))]")
        .await;
    let text = |index: usize| card[index].as_str().unwrap_or_default().to_owned();
    (text(0), text(1))
}
