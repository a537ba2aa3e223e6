//! What lasts of a run, part by part, as far as it has come by now.

use super::lasts::Part;
use super::log::RunLog;
use super::span;
use chrono::{DateTime, Utc};
use model::lasting::Lasting;
use model::{EventBody, FailureCode, Observation, Step, StepKind, StepState};
use rules::{Progress, progress, progress_of};

/// How a part stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stands {
    /// It has not begun.
    NotYet,
    /// It goes on.
    Running {
        /// Where that can be said.
        percent: Option<u64>,
        /// How far, or how much is left.
        told: String,
    },
    /// It has ended.
    Over {
        state: StepState,
        code: Option<FailureCode>,
        elapsed_us: u64,
    },
    /// The run ended before it began.
    NotMade,
}

/// A part that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) part: Part,
    pub(crate) stands: Stands,
}

/// Every part that was asked for, in the order of the form.
pub(crate) fn rows(asked: &Lasting, log: &RunLog, now: DateTime<Utc>, over: bool) -> Vec<Row> {
    let now_us = clock(log, now);
    let parts = Part::ALL.into_iter().filter(|part| part.is_in(asked));
    let row = |part: Part| Row {
        part,
        stands: stands(part, asked, log, now_us, over),
    };
    parts.map(row).collect()
}

/// How far all of it has come, in percent, and within what time it is over at the latest.
pub(crate) fn whole(log: &RunLog, now: DateTime<Utc>) -> Option<(u64, String)> {
    let progress = progress(log.folded(), clock(log, now))?;
    let within = span::left(progress.left_us());
    Some((shown(progress), format!("over within {within}")))
}

fn stands(part: Part, asked: &Lasting, log: &RunLog, now_us: u64, over: bool) -> Stands {
    let kind = kind(part);
    let Some(step) = log.steps().iter().find(|step| step.kind == kind) else {
        return if over {
            Stands::NotMade
        } else {
            Stands::NotYet
        };
    };
    if step.state != StepState::Running {
        return Stands::Over {
            state: step.state,
            code: step.code.clone(),
            elapsed_us: step.elapsed_us.unwrap_or_default(),
        };
    }
    if over {
        return Stands::NotMade;
    }
    let of_writes = || writes(asked, log, step);
    let by_time = || {
        let progress = progress_of(log.folded(), step, now_us)?;
        Some((shown(progress), left(progress)))
    };
    let far = if part == Part::TrackedWrites {
        of_writes()
    } else {
        by_time()
    };
    match far {
        Some((percent, told)) => Stands::Running {
            percent: Some(percent),
            told,
        },
        None => Stands::Running {
            percent: None,
            told: "under way".to_owned(),
        },
    }
}

fn kind(part: Part) -> StepKind {
    match part {
        Part::IdleLadder => StepKind::IdleLadder,
        Part::Heartbeat => StepKind::Heartbeat,
        Part::DataFlow => StepKind::DataFlow,
        Part::RetryLoop => StepKind::RetryLoop,
        Part::TrackedWrites => StepKind::TrackedWrites,
        Part::Capacity => StepKind::Capacity,
        Part::Path => StepKind::PathSurvey,
    }
}

/// Only what has ended is at 100.
fn shown(progress: Progress) -> u64 {
    progress.percent().min(99)
}

fn left(progress: Progress) -> String {
    match progress.left_us() {
        0 => "last answers".to_owned(),
        us => format!("{} left", span::left(us)),
    }
}

/// Writes have no time of their own: they are done when they are done.
fn writes(asked: &Lasting, log: &RunLog, step: &Step) -> Option<(u64, String)> {
    let asked = asked.tracked_writes.as_ref()?;
    let ways = if asked.blind { 2 } else { 1 };
    let all = (asked.moments.len() * ways) as u64;
    let round = |seen: &&Observation| matches!(seen, Observation::WriteRound(_));
    let done = log.seen_by(step.id).filter(round).count() as u64;
    let percent = (done * 100).checked_div(all)?.min(99);
    Some(if done < all {
        (percent, format!("round {} of {all}", done + 1))
    } else {
        (percent, "counts them".to_owned())
    })
}

/// What the run's clock says now: from the last thing that its agent said, on the portal's time as far as it is known.
fn clock(log: &RunLog, now: DateTime<Utc>) -> u64 {
    let mut newest = log.events().iter().rev();
    let last = newest.find_map(|event| Some((event.at, event.elapsed_us?)));
    let Some((at, elapsed_us)) = last else {
        return 0;
    };
    let ahead_ms = log
        .events()
        .iter()
        .take(8)
        .find_map(|event| match event.body {
            EventBody::RunStarted { clock_ahead_ms, .. } => clock_ahead_ms,
            _ => None,
        });
    let since_ms = (now - at)
        .num_milliseconds()
        .saturating_add(ahead_ms.unwrap_or_default());
    let since_ms = u64::try_from(since_ms).unwrap_or_default();
    elapsed_us.saturating_add(since_ms.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;
    use chrono::Duration;

    fn asked() -> Lasting {
        serde_json::from_str(
            r#"{"heartbeat": {"lasts_ms": 100000}, "tracked_writes": {"schema": "s", "dry_run": false}, "path": {}}"#,
        )
        .expect("what lasts")
    }

    fn told(rows: &[Row]) -> Vec<(Part, Option<u64>, String)> {
        let told = |row: &Row| match &row.stands {
            Stands::Running { percent, told } => (row.part, *percent, told.clone()),
            other => (row.part, None, format!("{other:?}")),
        };
        rows.iter().map(told).collect()
    }

    #[test]
    fn each_part_says_how_far_it_is() {
        let asked = asked();
        let log = Story::lasting(&asked).log();
        let last = log.events().last().expect("events");
        let at = |after_s: i64| rows(&asked, &log, last.at + Duration::seconds(after_s), false);
        let now = told(&at(0));
        assert_eq!(now[0], (Part::Heartbeat, Some(0), "100 s left".to_owned()));
        let second = (Part::TrackedWrites, Some(10), "round 2 of 10".to_owned());
        assert_eq!(now[1], second);
        assert_eq!(now[2], (Part::Path, None, "NotYet".to_owned()));
        let later = told(&at(45));
        assert_eq!(
            later[0],
            (Part::Heartbeat, Some(45), "60 s left".to_owned())
        );
        assert_eq!(
            told(&at(500))[0],
            (Part::Heartbeat, Some(99), "last answers".to_owned())
        );
        // A clock that is behind changes nothing.
        assert_eq!(told(&at(-500)), told(&at(0)));
        let (percent, left) = whole(&log, last.at).expect("it lasts");
        assert!(
            percent == 0 && left == "over within 34 min",
            "{percent} {left}"
        );
    }

    #[test]
    fn what_never_began_was_not_made() {
        let asked = asked();
        let log = Story::lasting(&asked).log();
        let rows = rows(&asked, &log, Utc::now(), true);
        assert!(rows.iter().all(|row| row.stands == Stands::NotMade));
        assert_eq!(super::rows(&Lasting::default(), &log, Utc::now(), true), []);
        let empty = RunLog::default();
        let rows = super::rows(&asked, &empty, Utc::now(), false);
        assert!(rows.iter().all(|row| row.stands == Stands::NotYet));
        assert_eq!(whole(&empty, Utc::now()), None);
    }
}
