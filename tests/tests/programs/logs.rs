//! The logs: JSON, a line each, every message documented, nothing in them that somebody chose.

use serde_json::Value;
use std::path::{Path, PathBuf};
use tests::process::Process;
use tests::{folder, tools};

const DOCUMENT: &str = include_str!("../../../docs/LOGGING.md");

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The messages that a source file logs: the first words of each call, up to what is filled in.
fn messages(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for level in ["error", "warn", "info", "debug"] {
        for call in text.split(&format!("tracing::{level}!(")).skip(1) {
            let words = call.split('"').nth(1).expect("a message");
            let words = words.split(['{', '\\']).next().unwrap_or_default();
            found.push(words.trim().to_owned());
        }
    }
    found
}

#[test]
fn every_message_is_documented() {
    let mut files = Vec::new();
    for part in ["server/src", "agent/src"] {
        sources(&tools::workspace().join(part), &mut files);
    }
    let mut missing = Vec::new();
    let mut count = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        for message in messages(&text) {
            count += 1;
            if !DOCUMENT.contains(&format!("`{message}")) {
                missing.push(message);
            }
        }
    }
    assert!(count > 40, "the calls are found");
    assert!(missing.is_empty(), "not in docs/LOGGING.md: {missing:#?}");
}

#[tokio::test]
async fn every_line_is_json_with_what_it_belongs_to_and_without_what_was_sent() {
    let folder = folder();
    let log = folder.path().join("log");
    let data = folder.path().join("data");
    let portal = Process::start(&data, &log, &["--log", "debug"]);
    let http = reqwest::Client::new();
    for path in [
        "/api/runs?server=chosen-words",
        "/chosen-words",
        "/api/runs/chosen-words",
        "/api/agent/chosen-words",
        "/readyz",
    ] {
        let request = http.get(format!("{}{path}", portal.url));
        let request = request.header("authorization", "Bearer chosen-words");
        request
            .header("cookie", "chosen-words=1")
            .send()
            .await
            .expect("an answer");
    }
    for body in [
        r#"{"server": "chosen-words,1433", "database": "chosen-words"}"#,
        r#"{"server": "h", "chosen-words": 1}"#,
    ] {
        let request = http.post(format!("{}/api/runs", portal.url));
        let request = request.header("content-type", "application/json");
        request.body(body).send().await.expect("an answer");
    }
    portal.terminate();
    let text = std::fs::read_to_string(&log).expect("the log");
    assert!(!text.contains("chosen-words"), "{text}");
    let (mut requests, mut runs) = (0, 0);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        for field in ["timestamp", "level", "message", "target"] {
            assert!(line[field].is_string(), "{field} in {line}");
        }
        if line["message"] == "request" {
            requests += 1;
            let id = line["span"]["request.id"].as_str().expect("an id");
            assert!(uuid::Uuid::parse_str(id).is_ok(), "{line}");
            let route = line["http.route"].as_str().expect("a route");
            assert!(route == "other" || route.starts_with('/'), "{line}");
            assert!(line["http.status"].is_u64(), "{line}");
        }
        if line["message"] == "run created" {
            runs += 1;
            assert!(line["run.id"].is_string() && line["span"]["request.id"].is_string());
        }
    }
    assert!(requests >= 7 && runs == 1, "{text}");
}
