//! The whole job, as a person does it.

use crate::steps::{self, Stage};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tests::browser::Browser;

/// What the run page says: verdict and steps.
const FACE: &str = "[words(one('#verdict')), words(one('.tree'))]";

#[tokio::test]
async fn from_a_practice_target_to_the_archive() {
    let Some(stage) = Stage::set("story::from_a_practice_target_to_the_archive").await else {
        return;
    };
    let browser = &stage.browser;

    // Choose and start. `failover` refuses twice, 1 and 2 s apart: long enough to be watched.
    steps::open_start(browser, &stage.portal.url).await;
    steps::choose(browser, "failover", true).await;
    let address = steps::start(browser).await;

    // Steps arrive while there is no verdict, and more follow.
    let steps = "!one('#verdict .code') && all('.tree li').length";
    let some = browser.until(steps).await;
    browser
        .until(&format!("all('.tree li').length > {some}"))
        .await;
    let (code, sentence) = steps::verdict(browser, Duration::from_secs(30)).await;
    assert_eq!(code, "transient_recovered");
    assert!(sentence.split_whitespace().count() > 3, "{sentence}");
    let live = browser.until(FACE).await;
    let events = browser.until("words(one('#tab-events'))").await;
    // The verdict stands before the log is read again, so a page opened later is whole only with all events.
    let whole = format!("words(one('#tab-events')) === {events} && {FACE}");

    // The same when loaded again, and to somebody else.
    browser.reload().await;
    steps::verdict(browser, Duration::from_secs(30)).await;
    assert_eq!(browser.until(&whole).await, live, "after a reload");
    let second = Browser::start().await;
    second.open(&address).await;
    steps::verdict(&second, Duration::from_secs(30)).await;
    assert_eq!(second.until(&whole).await, live, "in a second browser");
    second.close().await;

    // The archive, by the link on the page.
    browser.press("AllFiles.zip").await;
    let file = stage.browser.downloads().join("AllFiles.zip");
    tests::eventually("the download", Duration::from_secs(30), async || {
        file.is_file().then_some(())
    })
    .await;
    verify(&std::fs::read(&file).expect("the archive"), &address);

    // Found again in the list, and opened from there.
    browser.press("Runs").await;
    let id = address.rsplit('/').next().unwrap_or_default().to_owned();
    let link = format!("a[href=\"/runs/{id}\"]");
    browser.click(&link).await;
    assert_eq!(
        steps::verdict(browser, Duration::from_secs(30)).await,
        (code, sentence)
    );
    stage.close().await;
}

/// Every file of the archive is in its manifest, with its size and hash, and none is missing.
fn verify(bytes: &[u8], address: &str) {
    let mut files = tests::archive::files(bytes);
    let manifest = files.remove("manifest.json").expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let listed = manifest["files"].as_array().expect("a list of files");
    assert_eq!(listed.len(), files.len(), "{listed:?}");
    for entry in listed {
        let name = entry["name"].as_str().expect("a name");
        let bytes = &files[name];
        let hash = Sha256::digest(bytes);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(entry["sha256"], hash, "{name}");
        assert_eq!(entry["bytes"], bytes.len(), "{name}");
    }
    let id = address.rsplit('/').next().unwrap_or_default();
    assert_eq!(manifest["run"], id);
    for name in ["run.json", "report.md", "report.html"] {
        let text = String::from_utf8_lossy(&files[name]);
        assert!(text.contains("transient_recovered"), "{name}");
    }
}
