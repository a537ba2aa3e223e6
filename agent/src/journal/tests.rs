//! The journal on disk.

use super::{RunJournal, find};
use crate::secret::Boxes;
use chrono::Utc;
use model::{LeaseId, Options, Plan, PlanLogin, RunId, ServerObject, Target};
use probe::Journal as _;
use std::path::Path;
use uuid::Uuid;

fn plan() -> Plan {
    Plan {
        run: RunId(Uuid::from_u128(7)),
        target: Target {
            server: "tcp:db.example.net,1433".to_owned(),
            host: "db.example.net".to_owned(),
            port: Some(1433),
            instance: None,
            database: "orders".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::Sql {
            user: "practice".to_owned(),
        },
        options: Options::default(),
    }
}

fn object(number: u32) -> ServerObject {
    ServerObject {
        number,
        kind: "table".to_owned(),
        server: "tcp:db.example.net,1433".to_owned(),
        database: "orders".to_owned(),
        name: format!("[s].[t{number}]"),
        drop: format!("DROP TABLE [s].[t{number}];"),
        look: "SELECT NULL;".to_owned(),
    }
}

fn journal(dir: &Path) -> RunJournal {
    let boxes = Boxes {
        own: Some("c2VhbGVk".to_owned()),
        instance: Some("em9l".to_owned()),
    };
    let claimed = (LeaseId(Uuid::from_u128(8)), boxes);
    RunJournal::new(dir, &plan(), Some(claimed), Utc::now())
}

#[test]
fn what_was_announced_is_found_once_its_process_is_gone() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path().join("journal");
    let journal = journal(&dir);
    assert!(!dir.exists(), "a run that makes nothing writes nothing");
    journal.announce(&object(1)).expect("written");
    journal.announce(&object(2)).expect("written");
    assert!(
        find(&dir).expect("read").is_empty(),
        "its run is being made"
    );
    journal.gone(2);
    drop(journal);
    let found = find(&dir).expect("read");
    assert_eq!(found.len(), 1);
    let entry = &found[0].entry;
    assert_eq!(entry.open().cloned().collect::<Vec<_>>(), [object(1)]);
    assert_eq!(entry.sealed.as_deref(), Some("c2VhbGVk"));
    assert_eq!(entry.instance_sealed.as_deref(), Some("em9l"));
    assert!(find(&dir).expect("read").is_empty(), "it is held");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(&dir).expect("a folder") {
            let meta = entry.expect("an entry").metadata().expect("is there");
            assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        }
    }
    found[0].held.remove().expect("removed");
    drop(found);
    assert_eq!(std::fs::read_dir(&dir).expect("a folder").count(), 0);
}

#[test]
fn when_all_is_gone_no_file_is_left() {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = RunJournal::new(dir.path(), &plan(), None, Utc::now());
    for number in [1, 2] {
        journal.announce(&object(number)).expect("written");
    }
    for number in [2, 1] {
        journal.gone(number);
    }
    drop(journal);
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

#[test]
fn for_a_portal_s_run_the_file_stays_until_the_portal_was_told_without_the_secret() {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = journal(dir.path());
    journal.announce(&object(1)).expect("written");
    journal.gone(1);
    drop(journal);
    let found = find(dir.path()).expect("read");
    assert!(found[0].entry.open().next().is_none());
    assert_eq!(found[0].entry.boxes(), Boxes::default());
    assert_eq!(found[0].entry.gone, [1]);
}

#[test]
fn what_is_made_after_all_was_gone_has_its_secrets_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = journal(dir.path());
    journal.announce(&object(1)).expect("written");
    journal.gone(1);
    journal.announce(&object(2)).expect("written");
    drop(journal);
    let found = find(dir.path()).expect("read");
    let entry = &found[0].entry;
    assert_eq!(entry.open().cloned().collect::<Vec<_>>(), [object(2)]);
    assert_eq!(entry.sealed.as_deref(), Some("c2VhbGVk"));
    assert_eq!(entry.instance_sealed.as_deref(), Some("em9l"));
}

#[test]
fn a_spoilt_file_is_left_alone_and_hides_no_other() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("0.json"), "{").expect("written");
    let journal = journal(dir.path());
    journal.announce(&object(1)).expect("written");
    drop(journal);
    assert_eq!(find(dir.path()).expect("read").len(), 1);
    assert!(dir.path().join("0.json").exists());
}

#[test]
fn what_cannot_be_written_down_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("written");
    assert!(journal(&file).announce(&object(1)).is_err());
}
