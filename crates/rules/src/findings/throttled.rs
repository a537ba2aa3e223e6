//! `throttled`: operations of the retry loop were refused with numbers by which the service says that it is asked too
//! much. `retries_multiply`: with a driver's own retries beneath the application's, attempts would have multiplied.
//!
//! Likely: the service's own word; nothing was changed between two of them.

use super::Rule;
use crate::beats::Kind;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replay::{Policy, replay};
use crate::words::{count, duration, list};
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(find);
pub(crate) const MULTIPLY: Rule = Rule::ok(multiply);

fn find(case: &Case<'_>) -> Option<Finding> {
    let all = case.state.retry_loop();
    let kinds: Vec<&Kind> = all
        .kinds
        .iter()
        .filter(|kind| kind.count > 0 && kind.is_throttling())
        .collect();
    let first = kinds.first()?;
    let number = first.number?;
    let each: Vec<String> = kinds
        .iter()
        .map(|kind| {
            format!(
                "{} {} between {} and {}",
                kind.number.unwrap_or_default(),
                count(kind.count as usize, "time", "times"),
                duration(kind.first_us),
                duration(kind.last_us)
            )
        })
        .collect();
    Draft::new("throttled", Severity::Warning, super::common::owner_of(case, number))
        .title(format!("The service said that it is asked too much: error {number}."))
        .because(format!("It said so {} after the run's start.", list(&each)))
        .because(super::common::cause(number))
        .then("After such a number wait 10 s at least, and longer each further time: trying sooner makes it worse.")
        .then(super::common::advice(number))
        .sure(Confidence::Likely)
        .link(links::COMMON_ERRORS)
        .link(links::TRANSIENT)
        .cite(all.step?, kinds.iter().map(|kind| kind.seq))
        .done(case)
}

fn multiply(case: &Case<'_>) -> Option<Finding> {
    let all = case.state.retry_loop();
    let azure = case.is_azure();
    let alone = replay(&all.timeline, &Policy::exponential());
    let both = replay(
        &all.timeline,
        &Policy::exponential().over(Policy::sql_client(azure)),
    );
    if both.doubled == 0 {
        return None;
    }
    Draft::new("retries_multiply", Severity::Info, Owner::App)
        .title(format!(
            "Retries of two layers would have multiplied: {} instead of {}.",
            count(both.attempts as usize, "attempt", "attempts"),
            alone.attempts
        ))
        .because(format!(
            "An application that waits 5 s and doubles up to 60 s, over SqlClient with what it does by itself, would have \
             sent {} within retries of its own; {} would have succeeded with both, {} with the application's alone.",
            count(both.doubled as usize, "retry of the driver", "retries of the driver"),
            both.succeeded,
            alone.succeeded
        ))
        .then("Let one layer try again: either set the driver's ConnectRetryCount to 0, or leave opening connections to it.")
        .sure(Confidence::Likely)
        .link(links::TRANSIENT)
        .cite(all.step?, all.minutes.iter().copied())
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::findings::transient_faults::tests::looped;
    use crate::testing::{expect_beside, expect_no};
    use model::FailureCode::LoginRejected;

    #[test]
    fn throttling_comes_with_its_wait() {
        let log = looped(&[
            (30..34, LoginRejected, Some(40_501)),
            (60..61, LoginRejected, Some(10_928)),
        ]);
        let finding = expect_beside(&log, "throttled");
        assert!(finding.title.contains("40501") && finding.recommendation[0].contains("10 s"));
        assert!(
            finding.explanation.contains("10928 1 time"),
            "{}",
            finding.explanation
        );
        expect_no(
            &looped(&[(30..34, LoginRejected, Some(40_613))]),
            "throttled",
        );
    }

    #[test]
    fn two_layers_are_told_when_they_would_have_met() {
        let long = looped(&[(20..70, LoginRejected, Some(40_613))]);
        let finding = expect_beside(&long, "retries_multiply");
        assert!(finding.title.starts_with("Retries of two layers"));
        expect_no(
            &looped(&[(20..22, LoginRejected, Some(40_613))]),
            "retries_multiply",
        );
        expect_no(&looped(&[]), "retries_multiply");
    }
}
