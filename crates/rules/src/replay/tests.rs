//! Replays by hand, and what holds for every record and policy.

use super::{Added, Failed, Policy, Replay, Timeline, Transients, replay};
use model::FailureCode;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000;

fn number(number: i32) -> Option<Failed> {
    Some(Failed {
        code: FailureCode::LoginRejected,
        number: Some(number),
    })
}

/// An operation a second, 20 ms each, for so long; within the outage all get this number.
fn outage(seconds: u64, out: std::ops::Range<u64>, with: i32) -> Timeline {
    let mut timeline = Timeline::default();
    for second in 0..seconds {
        let failed = number(with).filter(|_| out.contains(&second));
        timeline.push(second * SECOND, 20_000, failed);
    }
    timeline
}

#[test]
fn no_policy_is_the_record() {
    let record = outage(60, 20..28, 40_613);
    let none = replay(&record, &Policy::none());
    assert_eq!(
        none,
        Replay {
            operations: 60,
            succeeded: 52,
            failed: 8,
            attempts: 60,
            worst_failure_us: Some(20_000),
            ..Replay::default()
        }
    );
}

#[test]
fn eight_seconds_of_40613_under_each_policy() {
    let record = outage(60, 20..28, 40_613);
    // 10 s later it is over for all: one retry each.
    let driver = replay(&record, &Policy::sql_client(false));
    assert_eq!(
        (driver.succeeded, driver.rescued, driver.attempts),
        (60, 8, 68)
    );
    let added = driver.added.expect("rescued");
    assert_eq!((added.median_us, added.worst_us), (10_020_000, 10_020_000));
    // 5 s later it is over for those of the last three seconds; the others need a second retry after 10 s more.
    let patient = replay(&record, &Policy::exponential());
    assert_eq!((patient.succeeded, patient.attempts), (60, 60 + 5 + 3 * 2));
    let added = patient.added.expect("rescued");
    assert_eq!(
        added,
        Added {
            median_us: 5_020_000,
            p95_us: 15_040_000,
            worst_us: 15_040_000
        }
    );
}

#[test]
fn an_outage_longer_than_a_driver_waits_is_ridden_out_by_the_patient_policy_only() {
    let record = outage(300, 100..145, 40_613);
    let driver = replay(&record, &Policy::jdbc(true));
    let patient = replay(&record, &Policy::exponential());
    assert!(driver.failed > 20, "{driver:?}");
    assert_eq!((patient.failed, patient.undecided), (0, 0), "{patient:?}");
    assert!(patient.added.expect("rescued").worst_us < 180 * SECOND);
}

#[test]
fn what_is_not_transient_is_never_tried_again() {
    for with in [18_456, 40_615, 916, 547] {
        let record = outage(30, 5..9, with);
        for policy in [
            Policy::sql_client(true),
            Policy::exponential(),
            Policy::exponential().over(Policy::jdbc(true)),
        ] {
            let played = replay(&record, &policy);
            assert_eq!(
                (played.attempts, played.failed, played.not_transient),
                (30, 4, 4),
                "{with}"
            );
        }
    }
}

#[test]
fn two_layers_multiply() {
    // Nothing ever works: an application with 4 attempts over a driver with 3 sends 12.
    let record = outage(4_000, 0..4_000, 40_613);
    let beneath = Policy {
        attempts: 3,
        limit_ms: None,
        ..Policy::sql_client(true)
    };
    let above = Policy {
        attempts: 4,
        limit_ms: None,
        ..Policy::exponential()
    };
    let one = replay(&record, &above.clone().over(beneath.clone()));
    assert_eq!(one.succeeded, 0);
    assert!(one.attempts > 11 * (one.operations - one.undecided));
    // Of 12, the driver made 2 within each of the application's 3 retries.
    let whole = one.operations - one.undecided;
    assert!(one.doubled >= 6 * whole && one.doubled <= 6 * one.operations);
    assert_eq!(replay(&record, &above).doubled, 0);
}

#[test]
fn who_is_still_trying_when_the_record_ends_is_undecided() {
    let record = outage(30, 20..30, 40_613);
    let played = replay(&record, &Policy::exponential());
    assert_eq!((played.succeeded, played.failed), (20, 0));
    assert_eq!(played.undecided, 10);
}

#[test]
fn throttling_is_waited_after() {
    let record = outage(60, 20..24, 40_501);
    let added = replay(&record, &Policy::exponential())
        .added
        .expect("rescued");
    assert_eq!(added.median_us, 10_020_000);
}

#[test]
fn an_attempt_that_passes_the_limit_fails_there() {
    let mut record = Timeline::default();
    record.push(0, 20 * SECOND, None);
    let played = replay(&record, &Policy::sql_client(false));
    assert_eq!((played.succeeded, played.failed), (0, 1));
    assert_eq!(played.worst_failure_us, Some(15 * SECOND));
    assert_eq!(
        replay(&Timeline::default(), &Policy::exponential()),
        Replay::default()
    );
}

fn timelines() -> impl Strategy<Value = Timeline> {
    let numbers = prop::sample::select(vec![40_613, 40_501, 10_928, 10_054, 18_456, 40_615, -2]);
    let operation = (
        0_u64..5_000_000,
        0_u64..30_000_000,
        prop::option::of(numbers),
    );
    prop::collection::vec(operation, 0..80).prop_map(|operations| {
        let mut timeline = Timeline::default();
        let mut at = 0;
        for (gap, elapsed, failed) in operations {
            at += gap;
            timeline.push(at, elapsed, failed.and_then(number));
        }
        timeline
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    let lists = prop::sample::select(vec![
        Transients::Any,
        Transients::List("sqlclient_open_netcore".into()),
        Transients::List("mssql_jdbc_2026".into()),
    ]);
    let limit = prop::option::of(0_u64..200_000);
    (
        1_u32..6,
        0_u64..20_000,
        50_u32..400,
        0_u64..70_000,
        limit,
        any::<bool>(),
        lists,
    )
        .prop_map(
            |(
                attempts,
                first_delay_ms,
                growth_percent,
                longest_delay_ms,
                limit_ms,
                heeds_throttling,
                transients,
            )| Policy {
                attempts,
                first_delay_ms,
                growth_percent,
                longest_delay_ms,
                limit_ms,
                heeds_throttling,
                transients,
                beneath: None,
            },
        )
}

fn layered() -> impl Strategy<Value = Policy> {
    (policies(), prop::option::of(policies())).prop_map(|(above, beneath)| match beneath {
        Some(beneath) => above.over(beneath),
        None => above,
    })
}

proptest! {
    #[test]
    fn it_adds_up(record in timelines(), policy in layered()) {
        let all = replay(&record, &policy);
        prop_assert_eq!(all.operations, record.operations().len() as u64);
        prop_assert_eq!(all.succeeded + all.failed + all.undecided, all.operations);
        prop_assert!(all.rescued <= all.succeeded && all.not_transient <= all.failed);
        prop_assert!(all.attempts >= all.operations && all.doubled <= all.attempts - all.operations);
        let each = u64::from(policy.attempts) * policy.beneath.as_ref().map_or(1, |b| u64::from(b.attempts));
        prop_assert!(all.attempts <= all.operations * each);
        prop_assert_eq!(all.added.is_some(), all.rescued > 0);
        if let Some(added) = all.added {
            prop_assert!(added.median_us <= added.p95_us && added.p95_us <= added.worst_us);
        }
        prop_assert_eq!(replay(&record, &policy), all);
    }

    #[test]
    fn without_a_policy_it_is_the_record(record in timelines()) {
        let all = replay(&record, &Policy::none());
        let worked = record.operations().iter().filter(|o| o.failed.is_none()).count() as u64;
        prop_assert_eq!((all.succeeded, all.attempts), (worked, all.operations));
        prop_assert_eq!((all.rescued, all.doubled, all.undecided, all.added), (0, 0, 0, None));
    }

    #[test]
    fn more_attempts_never_succeed_less(record in timelines(), policy in layered(), more in 1_u32..4) {
        let fewer = replay(&record, &policy);
        let patient = Policy { attempts: policy.attempts + more, ..policy };
        let all = replay(&record, &patient);
        prop_assert!(all.succeeded >= fewer.succeeded, "{:?} after {:?}", all, fewer);
        prop_assert!(all.attempts >= fewer.attempts);
    }

    #[test]
    fn a_later_limit_never_succeeds_less(record in timelines(), policy in policies(), more in 1_u64..100_000) {
        let limit_ms = policy.limit_ms.map(|limit| limit + more);
        let fewer = replay(&record, &policy);
        let all = replay(&record, &Policy { limit_ms, ..policy });
        prop_assert!(all.succeeded >= fewer.succeeded);
    }

    #[test]
    fn one_layer_doubles_nothing(record in timelines(), policy in policies()) {
        prop_assert_eq!(replay(&record, &policy).doubled, 0);
        let idle = Policy::none().over(policy.clone());
        prop_assert_eq!(replay(&record, &idle).doubled, 0);
    }
}
