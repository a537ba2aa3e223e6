//! Share links on a portal with a login: opened logged out, and in no line of its log.

use crate::support::{PASSWORD, cookie, hash};
use model::api::{ShareCreated, SharedRun};
use reqwest::Client;
use serde_json::{Value, json};
use tests::canary;
use tests::process::Process;

async fn started(folder: &std::path::Path) -> Process {
    let (log, data) = (folder.join("log"), folder.join("data"));
    let file = folder.join("hash");
    std::fs::write(&file, hash()).expect("written");
    let start = move || {
        let file = file.to_str().expect("text").to_owned();
        let flags = [
            "--password-hash-file",
            &file,
            "--log",
            "trace",
            "--practice",
        ];
        Process::start(&data, &log, &flags)
    };
    tokio::task::spawn_blocking(start).await.expect("started")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_without_a_login_and_its_token_is_in_no_log() {
    let folder = tests::folder();
    let portal = started(folder.path()).await;
    let client = Client::new();
    let url = |path: &str| format!("{}{path}", portal.url);
    let login = client
        .post(url("/api/login"))
        .json(&json!({ "password": PASSWORD }));
    let cookie = cookie(&login.send().await.expect("an answer"));
    let post = async |path: String, body: Value| {
        let request = client
            .post(url(&path))
            .header("cookie", &cookie)
            .json(&body);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 201);
        response.json::<Value>().await.expect("JSON")
    };
    // A name that is a single label is asked of no resolver: the run ends at once.
    let created = post("/api/runs".into(), json!({ "server": "quokka-zanzibar" })).await;
    let run = created["runs"][0]["id"].as_str().expect("an id").to_owned();
    let made = post(
        format!("/api/runs/{run}/shares"),
        json!({ "redact": "public" }),
    )
    .await;
    let made: ShareCreated = serde_json::from_value(made).expect("a share");
    let (_, token) = made.url.split_once("/s/").expect("a link");

    // From here on without the cookie.
    let get = async |path: &str| {
        let response = client.get(url(path)).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("text")
    };
    let events = get(&format!("/api/shares/{token}/events")).await;
    assert!(events.contains("event: end"), "{events}");
    let shown = get(&format!("/api/shares/{token}")).await;
    let shared: SharedRun = serde_json::from_str(&shown).expect("a shared run");
    assert_eq!(shared.run.target.host, "host-1");
    let report = get(&format!("/api/shares/{token}/report.html")).await;
    get(&format!("/s/{token}")).await;
    for text in [&events, &shown, &report] {
        assert!(!text.to_lowercase().contains("zanzibar"), "{text}");
    }
    let whole = client.get(url(&format!("/api/runs/{run}"))).send().await;
    assert_eq!(whole.expect("an answer").status(), 401);

    let ending = tokio::task::spawn_blocking(move || portal.terminate());
    assert!(ending.await.expect("ended").0.success());
    let words = std::fs::read(folder.path().join("log")).expect("the log");
    assert!(String::from_utf8_lossy(&words).contains("share link made"));
    let needles = canary::needles(token);
    canary::assert_absent("the log", &words, &needles);
    assert!(canary::assert_absent_below(&folder.path().join("data"), &needles) > 0);
}
