//! `transient_recovered`: a login was refused with a number that passes, and the next one worked.
//!
//! Proven: the same login at the same server, refused and then accepted.

use super::{Rule, common};
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case
        .steps()
        .filter(|step| step.kind == StepKind::TdsLogin && step.state == StepState::Ok)
        .find(|step| refused(step) > 0)?;
    let (fact, error) = step
        .errors()
        .find(|(_, e)| target::is_transient(e.number))?;
    let refused = refused(&step);
    Draft::new("transient_recovered", Severity::Warning, Owner::App)
        .title(format!(
            "{} refused with error {}, the next one worked.",
            match refused {
                1 => "The first login was".to_owned(),
                many => format!("The first {many} logins were"),
            },
            error.number,
        ))
        .because(format!("{}.", common::quoted(error)))
        .because(common::tried(&step))
        .because(
            "With such a number the service says that it is moving something: an application that tries again does not \
             notice, one that does not fails.",
        )
        .sure(Confidence::Proven)
        .then("Let the application retry logins: first after 5 s, then longer each time, up to 60 s.")
        .then(common::advice(error.number))
        .then("If it happens several times a day, or lasts over 60 s, open a support case.")
        .link(links::TRANSIENT)
        .link(links::COMMON_ERRORS)
        .rests_on_all(&step)
        .cite(step.id, [fact.seq])
        .done(case)
}

/// Logins of a step that were refused before one worked.
fn refused(step: &StepRef<'_>) -> usize {
    let transient = step
        .errors()
        .filter(|(_, e)| target::is_transient(e.number));
    let failed = step.attempts().filter(|(_, a)| a.code.is_some()).count();
    failed.min(transient.count())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, error, expect, expect_no};
    use model::{Confidence::Proven, FailureCode::LoginRejected, Outcome, Severity};

    const EP: &str = "20.61.99.193:1433";

    fn log(failures: u32) -> Log {
        let mut log = Log::new().signed_in().secured(EP).login(EP, None);
        for number in 1..=failures {
            log = log
                .attempt(number, Some(LoginRejected))
                .seen_in(number, error(40613, 1, "Not currently available."));
        }
        log.attempt(failures + 1, None).query(None).finish()
    }

    #[test]
    fn refused_twice_and_then_accepted() {
        let verdict = expect(&log(2), "transient_recovered", Proven, Outcome::Ok);
        assert_eq!(verdict.severity, Severity::Warning);
        assert_eq!(
            verdict.title,
            "The first 2 logins were refused with error 40613, the next one worked."
        );
        assert!(verdict.explanation.contains("tried 3 times"));
        let verdict = expect(&log(1), "transient_recovered", Proven, Outcome::Ok);
        assert!(verdict.title.starts_with("The first login was refused"));
    }

    #[test]
    fn a_login_that_works_at_once_is_just_healthy() {
        expect_no(&log(0), "transient_recovered");
        expect(&log(0), "healthy", Proven, Outcome::Ok);
    }
}
