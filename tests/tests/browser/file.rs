//! A bundle from a file: dropped or chosen, read in the page alone, shown like any run.

use crate::login;
use agent::check::RunLog;
use std::path::{Path, PathBuf};
use tests::browser::Browser;

/// The bundle of a run that holds a fact of every check.
pub(crate) fn bundle(folder: &Path) -> PathBuf {
    let mut log = RunLog::default();
    for line in include_str!("../bundle/golden/run.jsonl").lines() {
        log.take(serde_json::from_str(line).expect(line));
    }
    let run = log.view().expect("a run");
    let mut zip = Vec::new();
    bundle::write(&mut zip, &run, &log.events()).expect("written");
    let file = folder.join("AllFiles.zip");
    std::fs::write(&file, zip).expect("kept");
    file
}

/// Chooses a file as the dialog of the browser would.
pub(crate) async fn choose(browser: &Browser, file: &Path) {
    let field = browser.element("#file").await;
    field
        .send_keys(&file.to_string_lossy())
        .await
        .expect("the field takes a file");
}

#[tokio::test]
async fn a_bundle_is_read_in_the_page_alone_without_a_login() {
    let name = "file::a_bundle_is_read_in_the_page_alone_without_a_login";
    let Some(stage) = login::stage(name).await else {
        return;
    };
    let browser = &stage.browser;
    browser.open(&format!("{}/open", stage.portal.url)).await;
    browser.until("shown(one('.zone'))").await;
    assert_eq!(browser.script("return location.pathname;").await, "/open");

    // Something else is dropped: it is said plainly, and nothing else happens.
    browser
        .script(
            "const data = new DataTransfer();
             data.items.add(new File(['not a zip'], 'notes.txt'));
             window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));",
        )
        .await;
    browser
        .until("words(one('#refused')).includes('notes.txt cannot be shown')")
        .await;

    let asked = "return performance.getEntriesByType('resource').length;";
    let before = browser.script(asked).await;
    choose(browser, &bundle(stage.data.path())).await;
    browser
        .until("shown(one('#from-file')) && shown(one('#verdict .code')) && all('.tree li').length > 3")
        .await;
    let banner = browser.script("return words(one('#from-file'));").await;
    let banner = banner.to_string();
    assert!(
        banner.contains("From a file, not verified by this portal"),
        "{banner}"
    );
    let buttons = browser
        .script("return all('.actions button, .actions a').map(words);")
        .await;
    assert_eq!(buttons.to_string(), r#"["Copy report"]"#);
    browser.press("Further checks").await;
    for key in [
        "token",
        "gateways",
        "sign-in-hosts",
        "tls-versions",
        "revocation",
        "route",
        "instances",
        "traced",
    ] {
        browser
            .until(&format!("shown(one('#further-{key} td'))"))
            .await;
    }
    for tab in ["Findings", "Transcript", "Events"] {
        browser.press(tab).await;
        browser
            .until("all('[role=tabpanel]').filter(shown).some((panel) => words(panel))")
            .await;
    }
    assert_eq!(
        browser.script(asked).await,
        before,
        "nothing was sent or fetched"
    );
    browser.press("Open another").await;
    browser.until("shown(one('.zone'))").await;
    stage.close().await;
}
