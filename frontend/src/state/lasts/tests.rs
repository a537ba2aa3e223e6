//! What lasts, as a person asks for it: what is understood, and what is refused in which words.

use super::*;
use model::Options;

fn every() -> Lasts {
    let mut lasts = Lasts::default();
    for part in Part::ALL {
        lasts.turn(part, true);
    }
    lasts
}

#[test]
fn nothing_is_asked_for_at_first_and_the_usual_is_the_model_s() {
    let none = Lasts::default();
    assert!(none.is_empty());
    assert_eq!(none.asked(false), Ok(Lasting::default()));
    let all = every().asked(true).expect("the usual can be done");
    assert_eq!(
        all,
        Lasting {
            idle_ladder: Some(IdleLadder::default()),
            heartbeat: Some(Heartbeat::default()),
            retry_loop: Some(RetryLoop::default()),
            data_flow: Some(DataFlow::default()),
            capacity: Some(Capacity::default()),
            path: Some(PathSurvey::default()),
            tracked_writes: serde_json::from_str(r#"{"schema": "dbo"}"#).expect("the usual"),
            ..Lasting::default()
        }
    );
    assert_eq!(Lasts::of(&all), every());
}

#[test]
fn what_an_earlier_run_asked_for_is_filled_in_again_as_it_was() {
    for asked in [
        r#"{"idle_ladder": {"rungs_ms": [500, 90000], "lanes": ["bare"], "heartbeat_ms": 700}}"#,
        r#"{"heartbeat": {"every_ms": 1500, "lasts_ms": 604800000, "login_every": 0, "session_timeout_ms": 10}}"#,
        r#"{"retry_loop": {"every_ms": 20, "lasts_ms": 1, "at_once": 10, "query": false}}"#,
        r#"{"tracked_writes": {"schema": "a]b", "operations": 3, "moments": ["reply_lost"], "dry_run": false, "blind": false}}"#,
        r#"{"data_flow": {"lasts_ms": 86400000, "silence_ms": 1500}}"#,
        r#"{"capacity": {"connections": 200, "per_second": 1, "hold_ms": 0}, "path": {"sizes": [], "syns": 0, "answer_timeout_ms": 1}}"#,
    ] {
        let asked: Lasting = serde_json::from_str(asked).expect(asked);
        assert_eq!(Lasts::of(&asked).asked(true), Ok(asked));
    }
}

#[test]
fn fields_are_judged_by_the_model_and_told_in_their_own_units() {
    for (part, field, typed, told) in [
        (
            Part::IdleLadder,
            "idle-rungs",
            "soon",
            "Give times between commas",
        ),
        (
            Part::IdleLadder,
            "idle-rungs",
            "0",
            "Each idle time is 1 ms to 2 h.",
        ),
        (
            Part::IdleLadder,
            "idle-rungs",
            "3 h",
            "Each idle time is 1 ms to 2 h.",
        ),
        (
            Part::Heartbeat,
            "heartbeat-every",
            "2 min",
            "Give a time from 10 ms to 1 min.",
        ),
        (
            Part::Heartbeat,
            "heartbeat-lasts",
            "8 d",
            "Give a time from 1 ms to 7 d.",
        ),
        (
            Part::Heartbeat,
            "heartbeat-timeout",
            "x",
            "Give a time, like",
        ),
        (
            Part::RetryLoop,
            "loop-at-once",
            "11",
            "Give a number from 1 to 10.",
        ),
        (
            Part::RetryLoop,
            "loop-at-once",
            "99999999999",
            "Give a number from 1 to 10.",
        ),
        (Part::RetryLoop, "loop-at-once", "-1", "Give a number."),
        (
            Part::TrackedWrites,
            "writes-each",
            "1001",
            "Give a number from 1 to 1000.",
        ),
        (
            Part::DataFlow,
            "flow-lasts",
            "25 h",
            "Give a time from 1 ms to 1 d.",
        ),
        (
            Part::Capacity,
            "capacity-connections",
            "201",
            "Give a number from 1 to 200.",
        ),
        (
            Part::Path,
            "path-syns",
            "1001",
            "Give a number from 0 to 1000.",
        ),
    ] {
        let mut lasts = Lasts::default();
        lasts.type_in(field, typed.to_owned());
        assert_eq!(lasts.wrong(field), None, "{field} is not asked for");
        lasts.turn(part, true);
        let wrong = lasts.wrong(field).expect(field);
        assert!(wrong.starts_with(told), "{field}: {wrong}");
        assert_eq!(lasts.lasts_ms(), None);
        assert_eq!(lasts.asked(true).expect_err(field)[0].field, field);
    }
}

#[test]
fn what_no_field_alone_can_have_wrong_is_told_too() {
    let mut lasts = every();
    lasts.type_in("loop-lasts", "7 d".into());
    lasts.type_in("loop-every", "1 s".into());
    let wrong = lasts.wrong("loop-every").expect("too many");
    assert!(wrong.starts_with("That would be 604800 in all"), "{wrong}");
    let mut lasts = every();
    for (lane, ..) in LANES {
        lasts.set_lane(lane, false);
    }
    assert!(lasts.wrong("lane-bare").is_some());
    lasts.set_lane(Lane::Heartbeat, true);
    lasts.set_lane(Lane::Bare, true);
    let lanes = lasts.asked(true).expect("two lanes").idle_ladder;
    assert_eq!(lanes.expect("asked").lanes, [Lane::Bare, Lane::Heartbeat]);
    let mut lasts = every();
    lasts.choices.tracked_writes.schema = "  ".into();
    assert!(lasts.wrong("writes-schema").is_some());
}

#[test]
fn every_bound_of_the_model_has_its_field() {
    let apart = [
        "path.sizes",
        "path.answer",
        "idle_ladder.keep_alive",
        "idle_ladder.heartbeat",
        "idle_ladder.answer",
    ];
    let asked: Lasting = serde_json::from_str(
        r#"{"idle_ladder": {"rungs_ms": [0], "lanes": []},
            "heartbeat": {"every_ms": 0, "lasts_ms": 0, "login_every": 1000001, "session_timeout_ms": 0},
            "retry_loop": {"every_ms": 0, "lasts_ms": 604800001, "at_once": 0},
            "tracked_writes": {"schema": "s", "operations": 0},
            "data_flow": {"lasts_ms": 0, "silence_ms": 0},
            "capacity": {"connections": 0, "per_second": 0, "hold_ms": 60001}, "path": {"syns": 1001}}"#,
    )
    .expect("out of every bound");
    let mut count = 0;
    for bound in asked.out_of_bounds() {
        count += 1;
        let known = apart.iter().any(|name| bound.name.starts_with(name));
        assert!(
            known || out_of_bounds(&bound).field != "lasting",
            "{bound:?}"
        );
    }
    assert!(count > 14, "{count}");
    assert_eq!(
        FIELDS.len() + 2,
        count,
        "a field of the form has no bound, or is not out of it here"
    );
}

#[test]
fn the_ladder_is_chosen_by_name_or_written() {
    let mut lasts = Lasts::default();
    lasts.turn(Part::IdleLadder, true);
    assert_eq!(lasts.ladder(), Ladder::Quick);
    lasts.climb(Ladder::Full);
    let asked = lasts.asked(false).expect("the full one");
    assert_eq!(
        asked.idle_ladder.expect("asked").rungs_ms,
        IdleLadder::FULL_MS
    );
    lasts.climb(Ladder::Own);
    assert!(lasts.text("idle-rungs").ends_with("1750, 1850"));
    lasts.type_in("idle-rungs", "1, 2".into());
    lasts.climb(Ladder::Quick);
    assert_eq!(lasts.text("idle-rungs"), "30, 60, 120");
}

#[test]
fn who_does_not_sign_in_is_told_what_needs_it() {
    for (part, needs) in [
        (Part::IdleLadder, false),
        (Part::Heartbeat, true),
        (Part::DataFlow, true),
        (Part::RetryLoop, true),
        (Part::TrackedWrites, false),
        (Part::Capacity, false),
        (Part::Path, false),
    ] {
        let mut lasts = Lasts::default();
        lasts.turn(part, true);
        let asked = lasts.asked(false);
        assert_eq!(asked.is_err(), needs, "{part:?}");
        if let Err(wrong) = asked {
            assert_eq!(wrong[0].field, "sign-in");
        }
        assert!(lasts.asked(true).is_ok());
    }
    let mut lasts = Lasts::default();
    lasts.turn(Part::TrackedWrites, true);
    lasts.choices.tracked_writes.dry_run = false;
    assert!(lasts.needs_login(Part::TrackedWrites) && lasts.asked(false).is_err());
}

#[test]
fn how_long_it_takes_stands_in_the_line() {
    let mut lasts = Lasts::default();
    assert_eq!(
        lasts.in_a_line(),
        "for connections that drop: minutes to days"
    );
    lasts.turn(Part::TrackedWrites, true);
    assert_eq!(lasts.in_a_line(), "tracked writes");
    lasts.turn(Part::Heartbeat, true);
    assert_eq!(
        lasts.in_a_line(),
        "heartbeat · tracked writes, 5 min 10 s at most"
    );
    let all = every().asked(true).expect("all");
    let options = Options {
        lasting: all.clone(),
        ..Options::default()
    };
    assert_eq!(options.reason_refused(), None);
    assert_eq!(names(&all).count(), 7);
}
