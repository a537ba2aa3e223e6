//! A run that was ended before it could clean up: the next one in the same home takes away what it left, or says how.

use crate::bench::{Desk, ended_with, files_below, lab, text};
use lab::Scenario;
use std::process::Stdio;
use std::time::Duration;
use tests::eventually;
use tokio::io::AsyncWriteExt as _;

#[tokio::test]
async fn what_a_killed_run_left_is_taken_away_by_the_next_or_told_of() {
    let lab = lab(&[Scenario::Writable]).await;
    let server = lab.server(Scenario::Writable).expect("offered");
    let desk = Desk::new(Some(&lab));
    let signed_in = ["--user", lab::USER, "--password-stdin"];
    let writing = [
        "--tracked-writes",
        "scratch",
        "--writes-really",
        "--writes-each",
        "1000",
    ];
    let mut child = desk
        .check(&server, &[&signed_in[..], &writing[..]].concat())
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    let line = format!("{}\n", lab::PASSWORD);
    stdin.write_all(line.as_bytes()).await.expect("it reads");
    let patience = Duration::from_secs(60);
    eventually("something is made", patience, async || {
        (lab.tables(Scenario::Writable).await > 0).then_some(())
    })
    .await;
    child.kill().await.expect("killed");
    let left = lab.tables(Scenario::Writable).await;
    assert!(left > 0, "it was ended before it could clean up");
    let journals = || {
        let mut files = files_below(&desk.home);
        files.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
        files.retain(|path| path.parent().is_some_and(|dir| dir.ends_with("journal")));
        files.len()
    };
    assert_eq!(journals(), 1);

    // Without the password nothing can be taken away: it is told what would do it.
    let mut told = desk.check(&server, &[]);
    let told = told.output().await.expect("it ends");
    assert_eq!(lab.tables(Scenario::Writable).await, left);
    let said = text(&told.stderr) + &text(&told.stdout);
    assert!(said.contains("DROP TABLE"), "{said}");

    let cleaned = ended_with(desk.check(&server, &signed_in), lab::PASSWORD).await;
    assert_eq!(lab.tables(Scenario::Writable).await, 0);
    assert_eq!(journals(), 0);
    let said = text(&cleaned.stderr) + &text(&cleaned.stdout);
    assert!(!said.contains("DROP TABLE"), "{said}");

    let after = ended_with(desk.check(&server, &signed_in), lab::PASSWORD).await;
    assert_eq!(after.status.code(), Some(0));
}
