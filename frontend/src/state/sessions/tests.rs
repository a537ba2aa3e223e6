//! Sessions between replicas as they are drawn.

use super::*;
use crate::state::testing::seen;
use model::lasting::{
    FailedAlike, ListenerMinute, LogLine, LoopMinute, ReplicaFact, ReplicaMinute, ReplicaRow,
    ReplicaWatch, SessionGap, TimeoutFrom,
};

const S: u64 = 1_000_000;

fn times(seconds: std::ops::Range<u64>) -> Clocked {
    let mut all = Clocked::default();
    seconds.for_each(|second| all.push(second * S, 900));
    all
}

fn row(at_us: u64, connected: &str) -> ReplicaFact {
    ReplicaFact::Replica(Box::new(ReplicaRow {
        at_us,
        group: "ag1".into(),
        replica: "SQL-B".into(),
        connected: Some(connected.into()),
        ..ReplicaRow::default()
    }))
}

/// Silence from 20 s to 34 s of a minute.
fn lost() -> Lasting {
    seen([
        ReplicaFact::Watch(ReplicaWatch {
            at_us: 0,
            every_ms: 1_000,
            timeout_ms: 10_000,
            timeout_from: TimeoutFrom::Server,
        }),
        row(0, "CONNECTED"),
        ReplicaFact::Gap(SessionGap {
            from_us: 20 * S,
            until_us: 34 * S,
            open: false,
            failed: 13,
            code: Some(FailureCode::TcpTimeout),
            said_us: None,
            lag_max_us: 2_000,
            lag_whole_us: 0,
        }),
        row(31 * S, "DISCONNECTED"),
        row(40 * S, "CONNECTED"),
        ReplicaFact::Minute(ReplicaMinute {
            from_us: 0,
            until_us: 60 * S,
            established: times(0..20),
            failed: vec![FailedAlike {
                code: FailureCode::TcpTimeout,
                number: None,
                times: times(21..34),
            }],
            lag_max_us: 2_000,
            ..ReplicaMinute::default()
        }),
        ReplicaFact::Log(LogLine {
            at: "2026-11-21T12:00:31".into(),
            at_us: Some(31_000_000),
            number: Some(35_206),
            text: "A connection timeout has occurred".into(),
        }),
        ReplicaFact::Log(LogLine {
            at: "2026-11-21T11:00:00".into(),
            at_us: Some(-3_600_000_000),
            number: None,
            text: "Something before".into(),
        }),
    ])
}

fn way(name: &str, later: u64, all: &Lasting) -> Chart {
    let way = Way {
        name: name.to_owned(),
        later,
        all,
    };
    chart(&[way], None, None).expect("a picture")
}

#[test]
fn everything_of_one_direction_stands_on_one_clock() {
    let all = lost();
    let picture = way("a → b", 0, &all);
    let lanes: Vec<_> = picture
        .tracks
        .iter()
        .map(|track| (track.name.as_str(), track.note.as_str()))
        .collect();
    assert_eq!(
        lanes,
        [
            ("a → b", "20 of 33"),
            ("Gaps", "14 s"),
            ("Session, 10 s", "lost 1 ×"),
            ("Says of SQL-B", "CONNECTED"),
            ("Error log", "1, 1 before"),
            ("Timers late", "2 ms"),
        ]
    );
    let mark = |place: usize| {
        let mark = &picture.tracks[place].marks[0];
        (mark.class, mark.from_us, mark.until_us)
    };
    assert_eq!(mark(1), ("soft", 20 * S, 34 * S));
    assert_eq!(mark(2), ("soft", 30 * S, 34 * S));
    assert_eq!(mark(4), ("line", 31 * S, 31 * S));
    let classes: Vec<_> = picture.legend.iter().map(|(class, _)| *class).collect();
    assert_eq!(classes, ["good", "failed", "soft", "held", "away", "line"]);
}

#[test]
fn another_session_time_out_is_answered_at_once() {
    let all = lost();
    let way = || Way {
        name: "a → b".into(),
        later: 0,
        all: &all,
    };
    for (text, said) in [
        (
            "",
            "a → b: with 10 s a session would have been lost 1 time, first at +30 s by silence, back after 4 s.",
        ),
        (
            "20 s",
            "a → b: with 20 s a session stays; 20 of 33 connects were established, the longest time without one was 14 s.",
        ),
    ] {
        let typed = typed(text).expect("a time");
        assert_eq!(told(&way(), typed), said);
        let picture = chart(&[way()], None, typed).expect("a picture");
        assert_eq!(picture.tracks[2].marks.is_empty(), !text.is_empty());
        assert_eq!(picture.said, said);
    }
    for wrong in ["soon", "0", "-1 s"] {
        assert!(typed(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn both_directions_and_a_listener_share_the_clock() {
    let (there, none) = (lost(), Lasting::default());
    let listener = seen([ReplicaFact::ListenerMinute(ListenerMinute {
        at_once: false,
        logins: LoopMinute {
            from_us: 0,
            until_us: 60 * S,
            worked: times(0..30),
            failed: vec![FailedAlike {
                code: FailureCode::LoginRejected,
                number: Some(983),
                times: times(30..40),
            }],
            ..LoopMinute::default()
        },
        endpoints: Vec::new(),
    })]);
    let of = |name: &str, later, all| Way {
        name: name.to_owned(),
        later,
        all,
    };
    let ways = [
        of("a → b", 0, &there),
        of("b → a", 5 * S, &there),
        of("c", 5 * S, &none),
        of("listener", 0, &listener),
    ];
    let picture = chart(&ways, None, None).expect("a picture");
    assert_eq!((picture.clock.from_us, picture.clock.until_us), (0, 65 * S));
    assert_eq!(picture.tracks.len(), 14);
    assert_eq!(picture.tracks[7].marks[0].from_us, 25 * S);
    let numbers = &picture.tracks[13];
    assert_eq!(
        (numbers.name.as_str(), numbers.note.as_str()),
        ("Numbers", "983")
    );
    assert_eq!(numbers.marks[0].said, "983: 10 logins");
    assert!(picture.said.contains("c: nothing is known yet."));
    assert!(
        picture
            .said
            .contains("listener: 1 outage with MultiSubnetFailover off")
    );
    let only = |kind| chart(&ways[3..], Some(kind), None).map(|chart| chart.tracks.len());
    assert_eq!(only(StepKind::ListenerView), Some(2));
    assert_eq!(only(StepKind::ReplicaSession), None);
    assert_eq!(chart(&ways[2..3], None, None), None);
}

#[test]
fn what_begins_a_little_early_or_late_leaves_no_hole() {
    let mut uneven = Clocked::default();
    for number in 0..20_u64 {
        uneven.push(number * 200_000 + (number % 3) * 60_000, 900);
    }
    let clock = Clock {
        from_us: 0,
        until_us: 4_000_000,
    };
    let good = |all: &Clocked| bars(clock, 0, std::iter::once(all), std::iter::empty());
    let path = good(&uneven).swap_remove(0).path;
    let parts: Vec<&str> = path.split('M').skip(1).collect();
    assert_eq!(parts.len(), 20);
    let ends = |part: &&str| -> (f64, f64) {
        let left = part.split(' ').next().expect("a start");
        let right = part.split('H').nth(1).expect("an end");
        let right = right.split('V').next().expect("an end");
        (
            left.parse().expect("a number"),
            right.parse().expect("a number"),
        )
    };
    for (one, next) in parts.iter().zip(parts.iter().skip(1)) {
        assert!(ends(one).1 >= ends(next).0, "{one} {next}");
    }
    // Where nothing was begun there is one.
    let mut broken = uneven.clone();
    broken.started_ms.drain(5..12);
    broken.elapsed_us.drain(5..12);
    let path = good(&broken).swap_remove(0).path;
    let parts: Vec<&str> = path.split('M').skip(1).collect();
    assert!(ends(&parts[4]).1 + 100.0 < ends(&parts[5]).0, "{path}");
}

#[test]
fn a_day_is_no_larger_than_two_minutes() {
    let minutes = (0..1_440).map(|minute| {
        let from = minute * 60;
        ReplicaFact::Minute(ReplicaMinute {
            from_us: from * S,
            until_us: (from + 60) * S,
            established: times(from..from + 60),
            ..ReplicaMinute::default()
        })
    });
    let all = seen(minutes);
    for track in way("a → b", 0, &all).tracks {
        for shape in track.shapes {
            assert!(shape.path.len() < 12_000, "{}", track.name);
        }
    }
}
