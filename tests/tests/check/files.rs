//! What a run leaves behind: a folder for its owner alone, or nothing; also when it is cancelled.

use crate::bench::{Desk, document, ended, files_below, lab, text};
use lab::Scenario;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;
use tests::archive;
use tokio::process::Command as Program;

#[tokio::test]
async fn a_run_leaves_its_archive_and_files_in_a_folder_of_its_name() {
    let lab = lab(&[Scenario::Healthy]).await;
    let server = lab.server(Scenario::Healthy).expect("offered");
    let desk = Desk::new(Some(&lab));
    for _ in 0..2 {
        let output = ended(desk.check(&server, &[])).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(said.starts_with("\n✓ No problem found\n"), "{said}");
        assert!(said.contains("AllFiles.zip"), "{said}");
        assert!(!said.contains('\u{1b}'), "a pipe has no colours");
    }
    let mut folders: Vec<_> = std::fs::read_dir(&desk.work)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    assert_eq!(folders.len(), 2, "each run has its own: {folders:?}");
    let name = folders[0].file_name().expect("a name").to_string_lossy();
    assert!(name.starts_with("linecheck_localhost_master_2"), "{name}");
    for path in files_below(&desk.work) {
        let mode = path.metadata().expect("there").permissions().mode() & 0o777;
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{}", path.display());
    }
    let zip = std::fs::read(folders[0].join("AllFiles.zip")).expect("the archive");
    let within = archive::files(&zip);
    assert!(within.len() >= 8, "{:?}", within.keys());
    for (name, bytes) in within.iter().filter(|(name, _)| *name != "manifest.json") {
        let beside = std::fs::read(folders[0].join(name)).expect("beside the archive");
        assert_eq!(&beside, bytes, "{name}");
    }
}

#[tokio::test]
async fn a_named_folder_takes_one_run_only() {
    let lab = lab(&[Scenario::Healthy]).await;
    let server = lab.server(Scenario::Healthy).expect("offered");
    let desk = Desk::new(Some(&lab));
    let first = ended(desk.check(&server, &["--out", "a/b", "--json"])).await;
    assert_eq!(first.status.code(), Some(0));
    let document = document(&first);
    assert_eq!(document["files"]["archive"], "a/b/AllFiles.zip");
    assert!(desk.work.join("a/b/report.html").is_file());
    let before = lab.counter(Scenario::Healthy).connections;
    let second = ended(desk.check(&server, &["--out", "a/b"])).await;
    assert_eq!(second.status.code(), Some(2));
    assert!(text(&second.stderr).contains("holds a run already"));
    assert_eq!(lab.counter(Scenario::Healthy).connections, before);
}

#[tokio::test]
async fn without_files_nothing_is_written_anywhere() {
    let lab = lab(&[Scenario::LoginRejected]).await;
    let server = lab.server(Scenario::LoginRejected).expect("offered");
    let desk = Desk::new(Some(&lab));
    let mut command = desk.check(
        &server,
        &["--no-files", "--user", "u", "--password-env", "P"],
    );
    command.env("P", "wrong-Passw0rd").env("TMPDIR", &desk.home);
    let output = ended(command).await;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("login_rejected"));
    assert!(files_below(&desk.work).is_empty());
    assert!(files_below(&desk.home).is_empty());
}

#[tokio::test]
async fn ctrl_c_ends_the_run_and_keeps_what_was_seen() {
    let lab = lab(&[Scenario::SilentAfterConnect]).await;
    let server = lab.server(Scenario::SilentAfterConnect).expect("offered");
    let desk = Desk::new(Some(&lab));
    let child = desk
        .check(&server, &["--json", "--out", "out"])
        .spawn()
        .expect("it starts");
    tests::eventually("it connects", Duration::from_secs(20), async || {
        (lab.counter(Scenario::SilentAfterConnect).connections > 0).then_some(())
    })
    .await;
    let id = child.id().expect("it runs").to_string();
    let sent = Program::new("kill").args(["-INT", &id]).status().await;
    assert!(sent.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().await.expect("it ends");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let document = document(&output);
    assert_eq!(document["outcome"], "cancelled");
    assert_eq!(document["verdict"]["code"], "cancelled");
    let zip = std::fs::read(desk.work.join("out/AllFiles.zip")).expect("the archive");
    let run = archive::files(&zip).remove("run.json").expect("the run");
    let run: serde_json::Value = serde_json::from_slice(&run).expect("JSON");
    let kinds: Vec<_> = run["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["body"]["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds.first(), Some(&"run_created"));
    assert_eq!(kinds.last(), Some(&"run_settled"));
    assert!(kinds.contains(&"cancel_requested") && kinds.contains(&"run_finished"));
}
