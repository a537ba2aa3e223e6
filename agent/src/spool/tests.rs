//! The spool keeps what it was given, whatever happens to its last line.

use super::{Heading, Limits, Progress, Reader, Room, Writer, find, recover};
use crate::skew::Skew;
use chrono::DateTime;
use model::{AgentEvent, EventBody, LeaseId, RunId};
use proptest::prelude::*;
use uuid::Uuid;

fn heading() -> Heading {
    Heading::new(
        RunId(Uuid::from_u128(1)),
        LeaseId(Uuid::from_u128(2)),
        Skew::default(),
    )
}

fn event(number: u64) -> AgentEvent {
    AgentEvent {
        at: DateTime::from_timestamp(1_764_000_000, 0).expect("a time"),
        elapsed_us: number,
        body: EventBody::RunStarted {
            agent_version: format!("version {number}"),
            clock_ahead_ms: None,
        },
    }
}

fn last(number: u64) -> AgentEvent {
    AgentEvent {
        body: EventBody::RunFinished { cancelled: false },
        ..event(number)
    }
}

fn events(count: u64) -> Vec<AgentEvent> {
    (1..=count).map(event).collect()
}

#[test]
fn a_reader_follows_in_batches_and_goes_back_for_a_gap() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut writer =
        Writer::create(dir.path(), &heading(), Room::new(Limits::default())).expect("made");
    let mut reader = Reader::open(writer.path()).expect("opened");
    writer.append(&events(150)).expect("written");
    assert_eq!(reader.batch(1, 150).expect("read"), events(150));
    writer.append(&events(450)[150..]).expect("written");
    assert_eq!(reader.batch(151, 450).expect("read"), events(350)[150..]);
    assert_eq!(reader.batch(10, 12).expect("read"), events(12)[9..]);
    assert_eq!(reader.batch(351, 450).expect("read"), events(450)[350..]);
    assert!(
        Writer::create(dir.path(), &heading(), Room::new(Limits::default())).is_err(),
        "never twice"
    );
}

#[test]
fn a_batch_ends_before_it_is_too_large_but_holds_one_event_at_least() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut writer =
        Writer::create(dir.path(), &heading(), Room::new(Limits::default())).expect("made");
    let large = |number| AgentEvent {
        body: EventBody::RunStarted {
            agent_version: "x".repeat(150_000),
            clock_ahead_ms: None,
        },
        ..event(number)
    };
    let huge = AgentEvent {
        body: EventBody::RunStarted {
            agent_version: "x".repeat(400_000),
            clock_ahead_ms: None,
        },
        ..event(3)
    };
    writer
        .append(&[large(1), large(2), huge, event(4)])
        .expect("written");
    let mut reader = Reader::open(writer.path()).expect("opened");
    let sizes: Vec<usize> = [1, 2, 3, 4]
        .map(|first| reader.batch(first, 4).expect("read").len())
        .into();
    assert_eq!(sizes, [1, 1, 1, 1]);
    assert_eq!(reader.batch(4, 4).expect("read"), [event(4)]);
}

#[test]
fn after_the_limit_the_log_says_so_and_keeps_the_last_word() {
    let dir = tempfile::tempdir().expect("a folder");
    let limits = Limits {
        run_bytes: 70_000,
        all_bytes: 1_000_000,
    };
    let room = Room::new(limits);
    let mut writer = Writer::create(dir.path(), &heading(), room.clone()).expect("made");
    let progress = writer.append(&events(500)).expect("written");
    let kept = progress.events - 1;
    assert!(kept > 10 && kept < 100, "{kept}");
    assert_eq!(writer.append(&events(3)).expect("nothing"), progress);
    let end = writer.append(&[last(501), event(502)]).expect("written");
    assert_eq!(
        end,
        Progress {
            events: kept + 2,
            complete: true
        }
    );
    let got = Reader::open(writer.path())
        .expect("opened")
        .batch(1, end.events)
        .expect("read");
    assert_eq!(got[kept as usize].body, EventBody::LogTruncated { kept });
    assert!(got[kept as usize + 1].body.is_last());
    assert!(room.is_left());
    drop(writer);
    assert_eq!(room.used(), 0);
}

#[test]
fn an_empty_file_is_nothing_and_a_complete_one_stays_complete() {
    let dir = tempfile::tempdir().expect("a folder");
    let room = Room::new(Limits::default());
    let empty = dir.path().join("a.jsonl");
    std::fs::write(&empty, "{\"v\":1,\"ru").expect("written");
    assert!(recover(&empty, room.clone()).expect("read").is_none());
    assert!(!empty.exists());
    let mut writer = Writer::create(dir.path(), &heading(), room.clone()).expect("made");
    writer.append(&[event(1), last(2)]).expect("written");
    let path = writer.path().to_owned();
    drop(writer);
    assert_eq!(
        find(dir.path()).expect("listed"),
        std::slice::from_ref(&path)
    );
    let recovered = recover(&path, room).expect("read").expect("a lease");
    assert_eq!(recovered.heading, heading());
    assert_eq!(
        recovered.writer.progress(),
        Progress {
            events: 2,
            complete: true
        }
    );
    assert_eq!(recovered.elapsed_us, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Cut anywhere: every whole line is kept, the torn one is gone, and writing goes on.
    #[test]
    fn a_torn_file_keeps_every_whole_event(count in 0_u64..8, cut in 0_usize..400, junk in proptest::collection::vec(any::<u8>(), 0..20)) {
        let dir = tempfile::tempdir().expect("a folder");
        let room = Room::new(Limits::default());
        let mut writer = Writer::create(dir.path(), &heading(), room.clone()).expect("made");
        writer.append(&events(count)).expect("written");
        let path = writer.path().to_owned();
        drop(writer);
        let whole = std::fs::read(&path).expect("read");
        let heading_len = whole.iter().position(|b| *b == b'\n').expect("a heading") + 1;
        let cut = whole.len().saturating_sub(cut).max(heading_len);
        let mut torn = whole[..cut].to_vec();
        let kept = torn.iter().filter(|byte| **byte == b'\n').count() as u64 - 1;
        torn.extend(junk.iter().filter(|byte| **byte != b'\n'));
        std::fs::write(&path, &torn).expect("written");
        let mut recovered = recover(&path, room).expect("read").expect("a lease");
        prop_assert_eq!(recovered.writer.progress().events, kept);
        recovered.writer.append(&[last(99)]).expect("written");
        let got = Reader::open(&path).expect("opened").batch(1, kept + 1).expect("read");
        prop_assert_eq!(&got[..kept as usize], &events(kept)[..]);
        prop_assert!(got[kept as usize].body.is_last());
    }
}
