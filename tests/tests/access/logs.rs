//! No password, cookie or hash of either leaves a trace: not in the log, not in a file.

use crate::support::{PASSWORD, cookie, hash};
use serde_json::json;
use tests::canary;
use tests::process::Process;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_and_the_files_hold_no_password_and_no_cookie() {
    let folder = tests::folder();
    let (log, data) = (folder.path().join("log"), folder.path().join("data"));
    let file = folder.path().join("hash");
    std::fs::write(&file, hash()).expect("written");
    let wrong = canary::password();
    let portal = tokio::task::spawn_blocking({
        let (data, log, file) = (data.clone(), log.clone(), file.clone());
        move || {
            let file = file.to_str().expect("text");
            Process::start(
                &data,
                &log,
                &["--password-hash-file", file, "--log", "trace", "--no-agent"],
            )
        }
    })
    .await
    .expect("started");
    let client = reqwest::Client::new();
    let address = format!("{}/api/login", portal.url);
    let try_it = async |password: &str| {
        let request = client.post(&address).json(&json!({ "password": password }));
        request.send().await.expect("an answer")
    };
    assert_eq!(try_it(&wrong).await.status(), 401);
    let response = try_it(PASSWORD).await;
    assert_eq!(response.status(), 204);
    let cookie = cookie(&response);
    let (_, value) = cookie.split_once('=').expect("a pair");
    let runs = client.get(format!("{}/api/runs", portal.url));
    let runs = runs.header("cookie", &cookie).send().await;
    assert_eq!(runs.expect("an answer").status(), 200);
    let ending = tokio::task::spawn_blocking(move || portal.terminate());
    assert!(ending.await.expect("ended").0.success());

    let words = std::fs::read(&log).expect("the log");
    assert!(String::from_utf8_lossy(&words).contains("the operator logged in"));
    let secrets = [PASSWORD, wrong.as_str(), value, &hash()];
    for secret in secrets {
        let needles = canary::needles(secret);
        canary::assert_absent("the log", &words, &needles);
        assert!(canary::assert_absent_below(&data, &needles) > 0);
    }
}
