//! `transient_faults`: operations of the retry loop failed with numbers that pass by themselves, and others worked;
//! which policies would have ridden it out. `operations_failed`: some failed for reasons that no retry helps against.
//! `operations_starved`: some ran out of time because this host did not get to its work.
//! `operations_worked`: all worked.
//!
//! Proven: the same operation, at the same server, failed and worked.

use super::Rule;
use crate::beats::{Kind, Loop};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replay::{Policy, Replay, Transients, number_of, replay};
use crate::words::{code_sentence, count, duration, list};
use model::{Confidence, FailureCode, Finding, Owner, Severity};
use target::facts::{lists_with, transient_lists};

pub(crate) const RULE: Rule = Rule::problem(transient);
/// Most of what failed.
pub(crate) const FAILED: Rule = Rule::problem(mostly);
/// The lesser part of it.
pub(crate) const FAILED_TOO: Rule = Rule::problem(also);
/// This host had a part in them.
pub(crate) const STARVED: Rule = Rule::problem(starved);
pub(crate) const WORKED: Rule = Rule::ok(worked);

fn is_transient(kind: &Kind) -> bool {
    number_of(&kind.code, kind.number).is_some_and(|number| Transients::Any.has(number))
}

fn of<'a>(case: &Case<'a>) -> Option<(&'a Loop, Replay)> {
    let all = case.state.retry_loop();
    let none = replay(&all.timeline, &Policy::none());
    (none.operations > 0).then_some((all, none))
}

fn counted(all: &Loop) -> String {
    let each: Vec<String> = all
        .by_name()
        .iter()
        .map(|(name, times)| format!("{name} ({times})"))
        .collect();
    list(&each)
}

fn transient(case: &Case<'_>) -> Option<Finding> {
    let (all, none) = of(case)?;
    let step = all.step?;
    let kinds: Vec<&Kind> = all.kinds.iter().filter(|kind| is_transient(kind)).collect();
    let failed: u64 = kinds.iter().map(|kind| kind.real()).sum();
    if failed == 0 {
        return None;
    }
    let first = kinds.first()?;
    let azure = case.is_azure();
    let mut draft = Draft::problem("transient_faults", Owner::App)
        .title(format!(
            "{failed} of {} failed with errors that pass by themselves.",
            count(none.operations as usize, "operation", "operations")
        ))
        .because(format!("By number or code: {}.", counted(all)))
        .because(who_says_so(first))
        .because(format!(
            "Without another try {} of {} would have succeeded.",
            none.succeeded, none.operations
        ));
    let mut rides = None;
    for (name, policy) in [
        ("what SqlClient does by itself", Policy::sql_client(azure)),
        ("what mssql-jdbc does by itself", Policy::jdbc(azure)),
        ("waits of 5 s that double up to 60 s", Policy::exponential()),
    ] {
        let played = replay(&all.timeline, &policy);
        draft = draft.because(format!("With {name} {}.", came_to(&played)));
        if played.failed == 0 && rides.is_none() {
            rides = Some(name);
        }
    }
    draft = draft
        .then(match rides {
            Some(name) => format!("Let the application try again: with {name} none of these would have been seen."),
            None => "Let the application try again, first after 5 s, then longer each time, up to 60 s; what it would still have seen is said above.".to_owned(),
        })
        .then("Try again on a new connection, only for numbers on such a list, and only what may be done twice.")
        .then("If one series lasts over 60 s, or several come in a day, open a support case with these times.")
        .sure(if none.succeeded > 0 { Confidence::Proven } else { Confidence::Likely })
        .link(links::TRANSIENT)
        .link(links::COMMON_ERRORS);
    draft = draft.cite(step, kinds.iter().map(|kind| kind.seq));
    draft.cite(step, all.minutes.iter().copied()).done(case)
}

/// Which lists call it transient.
fn who_says_so(kind: &Kind) -> String {
    let Some(number) = number_of(&kind.code, kind.number) else {
        return String::new();
    };
    let titles: Vec<String> = lists_with(number).map(|one| one.title.clone()).collect();
    let own = match kind.number {
        Some(_) => String::new(),
        None => " (what applications get for it)".to_owned(),
    };
    format!(
        "{number}{own} is on {} of {} published lists: {}.",
        titles.len(),
        transient_lists().len(),
        list(&titles)
    )
}

fn came_to(played: &Replay) -> String {
    let cost = played.added.map_or(String::new(), |added| {
        format!(
            "; those that a retry rescued came later by {} in the middle, {} at worst",
            duration(added.median_us),
            duration(added.worst_us)
        )
    });
    let open = match played.undecided {
        0 => String::new(),
        more => format!(" ({more} were still trying when the record ended)"),
    };
    format!(
        "{} would have succeeded and {} failed{open}, in {}{cost}",
        played.succeeded,
        played.failed,
        count(played.attempts as usize, "attempt", "attempts")
    )
}

fn mostly(case: &Case<'_>) -> Option<Finding> {
    is_mostly_lasting(case).then(|| lasting(case)).flatten()
}

fn also(case: &Case<'_>) -> Option<Finding> {
    (!is_mostly_lasting(case)).then(|| lasting(case)).flatten()
}

/// One cause shows in several ways: the first of a series may have been under way, and waits for its answer.
fn is_mostly_lasting(case: &Case<'_>) -> bool {
    let kinds = &case.state.retry_loop().kinds;
    let (passing, others): (Vec<&Kind>, Vec<&Kind>) =
        kinds.iter().partition(|kind| is_transient(kind));
    let sum = |kinds: Vec<&Kind>| kinds.iter().map(|kind| kind.real()).sum::<u64>();
    sum(others) >= sum(passing)
}

fn lasting(case: &Case<'_>) -> Option<Finding> {
    let (all, none) = of(case)?;
    let step = all.step?;
    let kinds: Vec<&Kind> = all
        .kinds
        .iter()
        .filter(|kind| kind.real() > 0 && !is_transient(kind))
        .collect();
    let failed: u64 = kinds.iter().map(|kind| kind.real()).sum();
    let first = kinds.first()?;
    let advice = first.number.map_or("", super::common::advice);
    let draft = Draft::problem(
        "operations_failed",
        match (first.number, &first.code) {
            (Some(number), _) => super::common::owner_of(case, number),
            (None, FailureCode::TcpRefused) => Owner::Dba,
            _ => Owner::Network,
        },
    )
    .title(format!(
        "{failed} of {} failed for a reason that no list calls transient.",
        count(none.operations as usize, "operation", "operations")
    ))
    .because(format!("By number or code: {}.", counted(all)))
    .because(code_sentence(&first.code))
    .because("No retry policy tries these again, so an application sees every one of them.")
    .then(advice)
    .then("Find the cause of these by their times and endpoints; a retry hides none of them.")
    .sure(Confidence::Likely)
    .link(links::TRANSIENT)
    .link(links::COMMON_ERRORS);
    draft
        .cite(step, kinds.iter().map(|kind| kind.seq))
        .done(case)
}

fn starved(case: &Case<'_>) -> Option<Finding> {
    let (all, _) = of(case)?;
    let kinds: Vec<&Kind> = all.kinds.iter().filter(|kind| kind.starved > 0).collect();
    let failed: u64 = kinds.iter().map(|kind| kind.starved).sum();
    let worst_us = kinds.iter().map(|kind| kind.lag_us).max()?;
    Draft::problem("operations_starved", Owner::ThisHost)
        .title(format!(
            "{} ran out of time while this host did not run the agent.",
            count(failed as usize, "operation of the loop", "operations of the loop")
        ))
        .because(format!(
            "A timer of the agent that stood beside them fired {} late; no network has a part in that.",
            duration(worst_us)
        ))
        .because("An application on this host sees time-outs likewise, though answers lie ready.")
        .then("Give this host what it lacks (CPU, memory, a hypervisor that does not pause it), then measure again.")
        .sure(Confidence::Likely)
        .link(links::TRANSIENT)
        .cite(all.step?, kinds.iter().map(|kind| kind.seq))
        .done(case)
}

fn worked(case: &Case<'_>) -> Option<Finding> {
    let (all, none) = of(case)?;
    if none.failed > 0 || all.kinds.iter().any(|kind| kind.count > 0) {
        return None;
    }
    Draft::new("operations_worked", Severity::Ok, Owner::Nobody)
        .title(format!(
            "All of {} worked.",
            count(
                none.operations as usize,
                "operation in a loop",
                "operations in a loop"
            )
        ))
        .because(match all.passed_over {
            0 => String::new(),
            more => {
                format!("{more} more were not begun, because as many as allowed were under way.")
            }
        })
        .then("Nothing to do here. Faults that come once a day need a loop that lasts longer.")
        .sure(Confidence::Proven)
        .link(links::TRANSIENT)
        .cite(all.step?, all.minutes.iter().copied())
        .done(case)
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::lasting::{Clocked, FailedAlike, LoopFailure, LoopMinute};
    use model::{Confidence, FailureCode, Observation, Outcome, Owner, Phase, StepKind};

    const EP: &str = "20.61.99.193:1433";

    /// An operation a second for two minutes; each span of seconds fails so.
    pub(crate) fn looped(failing: &[(std::ops::Range<u64>, FailureCode, Option<i32>)]) -> Log {
        let mut minute = LoopMinute {
            until_us: 120_000_000,
            most_at_once: 1,
            ..LoopMinute::default()
        };
        for second in 0..120 {
            let started_us = second * 1_000_000;
            match failing.iter().find(|(span, ..)| span.contains(&second)) {
                None => minute.worked.push(started_us, 20_000),
                Some((_, code, number)) => {
                    let same = |one: &FailedAlike| one.code == *code && one.number == *number;
                    let place = minute.failed.iter().position(same).unwrap_or_else(|| {
                        minute.failed.push(FailedAlike {
                            code: code.clone(),
                            number: *number,
                            times: Clocked::default(),
                        });
                        minute.failed.len() - 1
                    });
                    minute.failed[place].times.push(started_us, 20_000);
                }
            }
        }
        Log::new()
            .signed_in()
            .secured(EP)
            .login(EP, None)
            .query(None)
            .running(StepKind::RetryLoop, EP)
            .seen(Observation::LoopMinute(minute))
            .ends(None)
            .finish()
    }

    #[test]
    fn a_short_series_is_told_with_what_each_policy_makes_of_it() {
        let log = looped(&[(40..48, FailureCode::LoginRejected, Some(40_613))]);
        let verdict = expect(
            &log,
            "transient_faults",
            Confidence::Proven,
            Outcome::Problem,
        );
        assert_eq!(
            verdict.title,
            "8 of 120 operations failed with errors that pass by themselves."
        );
        for part in [
            "40613 (8)",
            "10 of 10 published lists",
            "Without another try 112 of 120",
            "120 would have succeeded and 0 failed",
        ] {
            assert!(
                verdict.explanation.contains(part),
                "{part}: {}",
                verdict.explanation
            );
        }
        assert!(verdict.recommendation[0].contains("SqlClient"));
    }

    #[test]
    fn a_long_series_is_ridden_out_by_patience_only() {
        let log = looped(&[(20..65, FailureCode::LoginRejected, Some(40_613))]);
        let verdict = expect(
            &log,
            "transient_faults",
            Confidence::Proven,
            Outcome::Problem,
        );
        assert!(
            verdict.recommendation[0].contains("5 s that double"),
            "{verdict:?}"
        );
    }

    #[test]
    fn what_no_list_has_is_no_transient_fault() {
        let log = looped(&[(40..48, FailureCode::LoginRejected, Some(40_615))]);
        let verdict = expect(
            &log,
            "operations_failed",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert!(verdict.title.starts_with("8 of 120"));
        expect_no(&log, "transient_faults");
        let silent = looped(&[(40..48, FailureCode::LoginNoReply, None)]);
        expect(
            &silent,
            "operations_failed",
            Confidence::Likely,
            Outcome::Problem,
        );
    }

    #[test]
    fn what_most_failed_by_stands_on_top() {
        let (timeout, unanswered) = (FailureCode::TcpTimeout, FailureCode::QueryTimeout);
        let spans = |first: u64| {
            looped(&[
                (40..40 + first, timeout.clone(), None),
                (60..64, unanswered.clone(), None),
            ])
        };
        let (problem, proven) = (Outcome::Problem, Confidence::Proven);
        expect(&spans(8), "transient_faults", proven, problem);
        expect_beside(&spans(8), "operations_failed");
        let likely = Confidence::Likely;
        expect(&spans(2), "operations_failed", likely, problem);
        expect_beside(&spans(2), "transient_faults");
    }

    #[test]
    fn what_this_host_did_not_get_to_is_not_blamed_on_others() {
        // Of a minute with one failure that this host had a part in, or had not.
        let log = |lag_max_us: u64| {
            let mut minute = LoopMinute::default();
            minute.worked.push(0, 20_000);
            let mut times = Clocked::default();
            times.push(10_000_000, 3_000_000);
            minute.failed.push(FailedAlike {
                code: FailureCode::TlsNoReply,
                number: None,
                times,
            });
            let failure = LoopFailure {
                operation: 11,
                started_us: 10_000_000,
                elapsed_us: 3_000_000,
                phase: Phase::Tls,
                code: FailureCode::TlsNoReply,
                endpoint: Some(EP.into()),
                local: None,
                errors: Vec::new(),
                lag_max_us,
                detail: None,
            };
            Log::new()
                .signed_in()
                .secured(EP)
                .login(EP, None)
                .query(None)
                .running(StepKind::RetryLoop, EP)
                .seen(Observation::LoopFailure(failure))
                .seen(Observation::LoopMinute(minute))
                .ends(None)
                .finish()
        };
        let (problem, likely) = (Outcome::Problem, Confidence::Likely);
        let verdict = expect(&log(2_900_000), "operations_starved", likely, problem);
        assert_eq!(verdict.owner, Owner::ThisHost);
        expect_no(&log(2_900_000), "operations_failed");
        expect(&log(100_000), "operations_failed", likely, problem);
        expect_no(&log(100_000), "operations_starved");
    }

    #[test]
    fn all_that_worked_is_said_beside() {
        let log = looped(&[]);
        expect(&log, "healthy", Confidence::Proven, Outcome::Ok);
        let finding = expect_beside(&log, "operations_worked");
        assert_eq!(finding.title, "All of 120 operations in a loop worked.");
    }
}
