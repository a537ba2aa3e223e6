//! Bytes and memory: the first load over the wire and what follows it, and the real program at rest.

use crate::table::Table;
use std::time::Duration;
use tests::process::Process;

pub(crate) async fn measure(table: &mut Table) {
    let data = tests::folder();
    let log = data.path().join("log");
    let portal = Process::start(&data.path().join("data"), &log, &["--practice"]);
    let (first, later, pictures) = loads(&portal.url).await;
    table.most(
        "first load, all bytes, brotli",
        350.0,
        "KiB",
        first / 1024.0,
    );
    // As measured, and a tenth.
    table.most("fetched when idle, brotli", 796.0, "KiB", later / 1024.0);
    table.most(
        "fetched with a picture, brotli",
        52.0,
        "KiB",
        pictures / 1024.0,
    );

    // A run first, so that what is loaded lazily is loaded; then rest.
    let client = client::Portal::new(&portal.url).expect("a client");
    let practice = client.practice().await.expect("practice targets");
    let healthy = practice.iter().find(|one| one.scenario == "healthy");
    let server = healthy.and_then(|one| one.server.clone()).expect("healthy");
    let body = serde_json::json!({"server": server});
    let run = serde_json::from_value(body).expect("a request");
    let created = client.create(&run).await.expect("a run");
    let mut events = client.events(created.runs[0].id, 0);
    while let Ok(Some(_)) = events.next().await {}
    tokio::time::sleep(Duration::from_secs(5)).await;
    match portal.resident() {
        Some(bytes) => {
            table.most(
                "portal at rest after a run, agent and practice targets included",
                60.0,
                "MiB",
                bytes as f64 / f64::from(1 << 20),
            );
        }
        None => table.note("portal at rest", "this system does not tell"),
    }
    let (status, took) = portal.terminate();
    assert!(status.success(), "{status}");
    table.most("portal, SIGTERM → gone", 10.0, "s", took.as_secs_f64());
}

/// Bytes of the bodies of the start page and of all that it names, as a browser asks for them; and of what its
/// scripts name for later.
async fn loads(url: &str) -> (f64, f64, f64) {
    let (mut first, mut later, mut pictures) = (fetch(url, "/").await.len(), 0, 0);
    for name in names(&text(url, "/").await) {
        first += fetch(url, &name).await.len();
        if name.ends_with(".js") {
            // The module that belongs to the first load is named in the page too.
            let named = names(&text(url, &name).await);
            for module in named.iter().filter(|name| name.contains("/later-")) {
                later += fetch(url, module).await.len();
            }
            for module in named.iter().filter(|name| name.contains("/pictures-")) {
                pictures += fetch(url, module).await.len();
            }
        }
    }
    assert!(later > 0, "no script names what comes later");
    (first as f64, later as f64, pictures as f64)
}

/// A file as it is: what comes compressed cannot be read for names.
async fn text(url: &str, path: &str) -> String {
    let answer = reqwest::get(format!("{url}{path}")).await;
    let text = answer.expect("an answer").text().await;
    text.expect("a text")
}

/// The files that a page or a script names.
fn names(text: &str) -> Vec<String> {
    let words = text.split(['"', '\'']).filter(|word| is_file(word));
    words
        .map(|word| word.trim_start_matches('.').to_owned())
        .collect()
}

fn is_file(word: &str) -> bool {
    let ends = [".js", ".wasm", ".css", ".svg"];
    (word.starts_with('/') || word.starts_with("./")) && ends.iter().any(|end| word.ends_with(end))
}

async fn fetch(url: &str, path: &str) -> Vec<u8> {
    let answer = reqwest::Client::new()
        .get(format!("{url}{path}"))
        .header("accept-encoding", "br")
        .send()
        .await
        .expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    assert_eq!(answer.headers()["content-encoding"], "br", "{path}");
    answer.bytes().await.expect("its bytes").to_vec()
}
