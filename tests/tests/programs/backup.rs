//! Copies of the history, and taking runs away, while a portal works and after it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tests::process::Process;
use tests::{folder, tools};

fn linecheck(arguments: &[&str], data_dir: &Path) -> Output {
    Command::new(tools::program("linecheck"))
        .args(arguments)
        .arg("--data-dir")
        .arg(data_dir)
        .output()
        .expect("it starts")
}

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(both).expect("text")
}

/// Makes a run on nothing: it waits for an agent that never comes, and is cancelled.
async fn a_run(api: &client::Portal) {
    let agents = api.agents().await.expect("agents");
    let asked = serde_json::from_value(serde_json::json!({
        "server": "tcp:127.0.0.1,9", "options": {"query": false},
        "agents": [agents[0].id],
    }));
    let created = api.create(&asked.expect("a run")).await.expect("created");
    let mut stream = api.events(created.runs[0].id, 0);
    while stream.next().await.expect("an event").is_some() {}
}

#[tokio::test]
async fn a_copy_made_while_the_portal_works_is_whole_private_and_restores() {
    let folder = folder();
    let data = folder.path().join("data");
    let log = folder.path().join("log");
    let portal = Process::start(&data, &log, &[]);
    let api = client::Portal::new(&portal.url).expect("an address");
    a_run(&api).await;
    a_run(&api).await;

    let copy = folder.path().join("copy.db");
    let name = copy.to_str().expect("text");
    let made = linecheck(&["backup", name], &data);
    assert!(made.status.success(), "{}", said(&made));
    let beside = data.join("artifacts").display().to_string();
    assert!(said(&made).contains(&beside), "{}", said(&made));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&copy).expect("the copy").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&copy).expect("the copy");
    let again = linecheck(&["backup", name], &data);
    assert!(!again.status.success());
    assert!(
        said(&again).contains("is there already"),
        "{}",
        said(&again)
    );
    assert_eq!(fs::read(&copy).expect("the copy"), before, "untouched");
    let rest = fs::read_dir(folder.path()).expect("a list").count();
    assert_eq!(rest, 3, "nothing half-written is left");

    // One run goes while the portal works; the copy still has both.
    let counted = linecheck(&["retain", "--keep-runs", "1", "--dry-run"], &data);
    assert_eq!(said(&counted), "runs that would go: 1\n");
    assert_eq!(runs(&portal.url).await, 2);
    let taken = linecheck(&["retain", "--keep-runs", "1"], &data);
    assert_eq!(said(&taken), "runs taken away: 1\n");
    assert_eq!(runs(&portal.url).await, 1);
    portal.terminate();

    for file in ["linecheck.db", "linecheck.db-wal", "linecheck.db-shm"] {
        let _ = fs::remove_file(data.join(file));
    }
    fs::copy(&copy, data.join("linecheck.db")).expect("restored");
    let portal = Process::start(&data, &log, &[]);
    assert_eq!(runs(&portal.url).await, 2);
    portal.terminate();
}

async fn runs(url: &str) -> usize {
    let answer = reqwest::get(format!("{url}/api/runs")).await;
    let page: serde_json::Value = answer.expect("an answer").json().await.expect("JSON");
    page["runs"].as_array().expect("runs").len()
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let folder = folder();
    let nowhere = folder.path().join("nowhere");
    let copy = folder.path().join("copy.db");
    let made = linecheck(&["backup", copy.to_str().expect("text")], &nowhere);
    assert!(!made.status.success());
    assert!(
        said(&made).contains("there is no database"),
        "{}",
        said(&made)
    );
    assert!(!copy.exists() && !nowhere.exists());
    let taken = linecheck(&["retain"], &nowhere);
    assert!(!taken.status.success());
    assert!(said(&taken).contains("--keep-days"), "{}", said(&taken));
}

#[tokio::test]
async fn health_says_whether_the_portal_can_work() {
    let folder = folder();
    let portal = Process::start(&folder.path().join("data"), &folder.path().join("log"), &[]);
    let health = |listen: &str| {
        Command::new(tools::program("linecheck"))
            .arg("health")
            .env("LINECHECK_LISTEN", listen)
            .output()
            .expect("it starts")
    };
    let port = portal
        .address()
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let asked = health(&format!("0.0.0.0:{port}"));
    assert_eq!(said(&asked), "ready\n");
    assert!(asked.status.success());
    portal.terminate();
    assert!(!health(&format!("0.0.0.0:{port}")).status.success());
}
