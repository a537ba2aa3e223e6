//! A password leaves no trace: not in the portal's files, its log, the events, the reports, the archive, nor in
//! anything the browser keeps; in no form, however it was given.

use model::RunId;
use std::path::Path;
use std::time::Duration;
use tests::browser::Browser;
use tests::canary::{self, Needle};
use tests::process::Process;

/// The longest a run of these may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server string of a practice target.
async fn server_of(client: &client::Portal, scenario: &str) -> String {
    let practice = client.practice().await.expect("practice targets");
    practice
        .iter()
        .find(|one| one.scenario == scenario)
        .and_then(|one| one.server.clone())
        .expect("it is offered")
}

/// Waits until the run on the page has settled; answers its id.
async fn settled(browser: &Browser, client: &client::Portal) -> RunId {
    browser
        .until("location.pathname.startsWith('/runs/')")
        .await;
    let address = browser.address().await;
    let id: RunId = address
        .rsplit('/')
        .next()
        .and_then(|id| id.parse().ok())
        .expect("a run's address");
    tests::eventually("the run settles", PATIENCE, async || {
        let run = client.run(id).await.expect("the run");
        run.state.is_settled().then_some(())
    })
    .await;
    id
}

/// Starts a run by typing user and password.
async fn type_it(browser: &Browser, url: &str, server: &str, password: &str) {
    open(browser, url).await;
    browser.fill("#server", server).await;
    browser
        .script("const how = one('#sign-in'); how.value = 'sql'; how.dispatchEvent(new Event('change'));")
        .await;
    browser.fill("#user", "practice").await;
    browser.fill("#password", password).await;
    browser.press("Start run").await;
}

/// Starts a run by pasting a connection string.
async fn paste_it(browser: &Browser, url: &str, server: &str, password: &str) {
    open(browser, url).await;
    let quoted = password.replace('"', "\"\"");
    let text = format!(
        "Server={server};Database=master;User ID=practice;Password=\"{quoted}\";Encrypt=True"
    );
    let text = serde_json::Value::from(text);
    browser
        .script(&format!(
            "const data = new DataTransfer();
             data.setData('text/plain', {text});
             const field = one('#server');
             field.focus();
             const paste = new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}});
             if (field.dispatchEvent(paste)) throw new Error('the paste was not taken');"
        ))
        .await;
    browser.until("one('#password').value.length > 10").await;
    browser.press("Start run").await;
}

async fn open(browser: &Browser, url: &str) {
    browser.open(url).await;
    browser
        .until(
            "words(one('.submit')).includes('Runs from') && !words(one('.submit')).includes('…')",
        )
        .await;
}

/// Sends the password where it does not belong; the portal refuses and repeats it nowhere.
async fn misplace_it(url: &str, password: &str, needles: &[Needle]) {
    let http = reqwest::Client::new();
    let bodies = [
        serde_json::json!({"server": format!("tcp:host,1433;Password={password}")}),
        serde_json::json!({"server": "tcp:host,1433", "password": password}),
        serde_json::json!({"server": "tcp:host,1433", "auth": {"kind": "sql", "user": "u", "password": password}}),
        serde_json::json!(password),
    ];
    for body in bodies {
        let answer = http
            .post(format!("{url}/api/runs"))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_client_error(), "{body}");
        let text = answer.text().await.expect("a body");
        canary::assert_absent("a refusal", text.as_bytes(), needles);
    }
}

/// Everything the portal tells about a run.
async fn assert_run_is_clean(url: &str, id: RunId, needles: &[Needle]) {
    for path in ["", "/events", "/report.md", "/report.html", "/AllFiles.zip"] {
        let address = format!("{url}/api/runs/{id}{path}");
        let answer = reqwest::get(&address).await.expect("an answer");
        assert!(
            answer.status().is_success(),
            "{address}: {}",
            answer.status()
        );
        let bytes = answer.bytes().await.expect("a body");
        assert!(bytes.len() > 100, "{address} is empty");
        canary::assert_absent(&address, &bytes, needles);
        if path.ends_with(".zip") {
            for (name, bytes) in tests::archive::files(&bytes) {
                canary::assert_absent(&name, &bytes, needles);
            }
        }
    }
}

/// What the page itself could have kept: stores, caches, cookies, its history's state and address.
async fn assert_page_is_clean(browser: &Browser, needles: &[Needle]) {
    let kept = browser
        .script(
            "const read = async () => {
                const kept = [location.href, document.cookie, document.title, JSON.stringify(history.state)];
                kept.push(JSON.stringify(localStorage), JSON.stringify(sessionStorage));
                for (const {name} of await indexedDB.databases()) {
                    const base = await new Promise((done, fail) => {
                        const open = indexedDB.open(name);
                        open.onsuccess = () => done(open.result);
                        open.onerror = () => fail(open.error);
                    });
                    for (const store of base.objectStoreNames) {
                        kept.push(await new Promise((done, fail) => {
                            const all = base.transaction(store).objectStore(store).getAll();
                            all.onsuccess = () => done(JSON.stringify(all.result));
                            all.onerror = () => fail(all.error);
                        }));
                    }
                }
                for (const name of await caches.keys()) {
                    const cache = await caches.open(name);
                    for (const request of await cache.keys()) {
                        kept.push(request.url, await (await cache.match(request)).text());
                    }
                }
                return kept.join('\\n');
             };
             return read();",
        )
        .await;
    let kept = kept.as_str().expect("text").to_owned();
    assert!(
        kept.contains("linecheck.recent"),
        "the store was read: {kept}"
    );
    canary::assert_absent("the page's storage", kept.as_bytes(), needles);
}

#[tokio::test]
async fn a_password_is_nowhere_to_be_found() {
    let page = tests::tools::workspace().join("frontend/dist/index.html");
    let lacks_page =
        || (!page.is_file()).then(|| "the page was not built (cargo xtask page)".into());
    if let Some(reason) = tests::browser::missing().or_else(lacks_page) {
        return tests::skip("a_password_is_nowhere_to_be_found", &reason);
    }
    let password = canary::password();
    let needles = canary::needles(&password);
    let data = tests::folder();
    let logs = tests::folder();
    let log = logs.path().join("linecheck.log");
    let portal = Process::start(data.path(), &log, &["--practice"]);
    let client = client::Portal::new(&portal.url).expect("a client");
    let mut browser = Browser::start().await;
    browser.expect_error("the server responded with a status of 4");

    let mut runs = Vec::new();
    // The password is wrong for all of these; one repeats it in its answer.
    for scenario in [
        "healthy",
        "echo_secret",
        "close_after_login",
        "tls_untrusted",
    ] {
        let server = server_of(&client, scenario).await;
        type_it(&browser, &portal.url, &server, &password).await;
        runs.push(settled(&browser, &client).await);
        paste_it(&browser, &portal.url, &server, &password).await;
        runs.push(settled(&browser, &client).await);
    }
    misplace_it(&portal.url, &password, &needles).await;

    for id in &runs {
        assert_run_is_clean(&portal.url, *id, &needles).await;
    }
    assert_page_is_clean(&browser, &needles).await;
    // Live, with the write-ahead log as it is; and again when all is closed.
    assert!(canary::assert_absent_below(data.path(), &needles) > 10_000);
    let (status, _) = portal.terminate();
    assert!(status.success(), "{status}");
    canary::assert_absent_below(data.path(), &needles);
    canary::assert_absent_below(browser.profile(), &needles);
    browser.close().await;
    assert_log_is_clean(&log, &needles);
}

/// The log tells of every run, and of no password.
fn assert_log_is_clean(log: &Path, needles: &[Needle]) {
    let text = std::fs::read(log).expect("the log");
    assert!(!text.is_empty(), "the log is empty");
    canary::assert_absent("the log", &text, needles);
}
