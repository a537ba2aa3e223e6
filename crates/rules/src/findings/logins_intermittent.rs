//! `logins_intermittent`: of several logins in a row some failed, and some did not.
//!
//! Proven: same name, same user, same minute; the ones that worked are the contrast.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, duration, list};
use model::{Confidence, FailureCode, Finding, Owner, StepKind, StepState};
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule::problem(find);

/// Most starts that are told.
const MOST: usize = 6;

fn find(case: &Case<'_>) -> Option<Finding> {
    let further: Vec<StepRef<'_>> = case.of(StepKind::LoginAttempt).collect();
    let with = |state| -> Vec<StepRef<'_>> {
        further
            .iter()
            .copied()
            .filter(|step| step.state == state)
            .collect()
    };
    let failed = with(StepState::Failed);
    let mut worked = with(StepState::Ok);
    worked.extend(case.path.login);
    if failed.is_empty() || worked.is_empty() {
        return None;
    }
    let own_failed = usize::from(case.path.login.is_none());
    let all = further
        .iter()
        .filter(|step| matches!(step.state, StepState::Ok | StepState::Failed))
        .count()
        + 1;
    let fails = failed.len() + own_failed;
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for step in &failed {
        let code = step.code.clone().unwrap_or(FailureCode::Internal);
        *codes.entry(code_sentence(&code)).or_default() += 1;
    }
    let counted: Vec<String> = codes
        .iter()
        .map(|(sentence, times)| format!("{} {sentence}", count(*times, "time:", "times:")))
        .collect();
    let starts: Vec<String> = failed
        .iter()
        .take(MOST)
        .map(|step| duration(step.started_us))
        .collect();
    let more = if failed.len() > MOST {
        " and later"
    } else {
        ""
    };
    let refused = failed
        .iter()
        .any(|step| step.is(&FailureCode::LoginRejected));
    let mut draft = Draft::problem("logins_intermittent", if refused { Owner::Dba } else { Owner::Network })
        .title(format!("{fails} of {all} logins failed; the others worked."))
        .because(counted.join(" "))
        .because(format!("They began {}{more} after the run's start.", list(&starts)))
        .because("All used the same name and the same login, so neither is the cause.")
        .sure(Confidence::Proven)
        .then(if refused {
            "Look at the numbers that the server gave: limits of sessions and workers, failovers and throttling come and go."
        } else {
            "Compare the addresses and ports of the logins that failed with those that worked: one gateway, one node or one address may be cut off."
        })
        .then("Run again with more logins and a longer delay between them, to see how often it happens.")
        .then("Let the application try again with a delay: 5 s at first, then longer, up to 60 s.")
        .link(links::TRANSIENT)
        .link(links::CONNECTIVITY);
    for step in failed.iter().chain(&worked) {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn log(own: bool, further: &[bool]) -> Log {
        let code = (!own).then_some(LoginNoReply);
        let mut log = Log::new().signed_in().secured(EP).login(EP, code);
        if own {
            log = log.query(None);
        }
        for works in further {
            log = log
                .running(StepKind::LoginAttempt, EP)
                .ends((!works).then_some(LoginNoReply));
        }
        log.finish()
    }

    #[test]
    fn some_fail_and_some_do_not() {
        let verdict = expect(
            &log(true, &[true, false, true]),
            "logins_intermittent",
            Proven,
            Outcome::Problem,
        );
        assert_eq!(verdict.title, "1 of 4 logins failed; the others worked.");
        assert!(
            verdict.explanation.contains("1 time:"),
            "{}",
            verdict.explanation
        );
        let log = log(false, &[true, true]);
        assert_eq!(log.judge().verdict.code, "login_no_reply");
        expect_no(&log, "logins_intermittent");
        let log = self::log(false, &[true, false]);
        let finding = expect_beside(&log, "logins_intermittent");
        assert!(finding.title.starts_with("2 of 3"));
    }

    #[test]
    fn all_alike_is_not_intermittent() {
        expect(&log(true, &[true; 9]), "healthy", Proven, Outcome::Ok);
        expect_no(&log(false, &[false, false]), "logins_intermittent");
        expect_no(&log(true, &[]), "logins_intermittent");
    }
}
