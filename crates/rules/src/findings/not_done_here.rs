//! `not_done_here`: something that was asked for could not be done by this agent. It says so, and what would help.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{capital, list, one_line, step_title};
use model::{Confidence, Encryption, FailureCode, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::problem(find);
/// The login itself could not be made: then it is the verdict.
pub(crate) const LOGIN: Rule = Rule::inconclusive(login);

const CODES: [FailureCode; 2] = [FailureCode::NotPermitted, FailureCode::NotBuiltIn];

fn login(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .path
        .stop
        .as_ref()
        .filter(|stop| CODES.contains(&stop.code))?;
    let step = stop.step()?;
    let takes = super::tls_versions::accepted_by(case);
    let old = matches!(
        case.options().encryption,
        Encryption::Tls10 | Encryption::Tls11
    );
    let by_tls = stop.stage == Stage::Tls || old;
    Draft::new("login_not_possible_here", Severity::Warning, Owner::ThisHost)
        .title(if by_tls {
            "This agent cannot log in with the version of TLS that was chosen, so no login was sent."
        } else {
            "This agent cannot sign in that way, so no login was sent."
        })
        .because(words(step.detail.as_deref()))
        .because(if by_tls && !takes.is_empty() {
            format!("The server takes {}.", list(&takes))
        } else {
            String::new()
        })
        .because("Up to there, everything that was tried stands in this run.")
        .sure(Confidence::Proven)
        .then(if by_tls {
            "Let the encryption be chosen automatically, or run from an agent that was built with legacy-tls."
        } else {
            "Choose another way to sign in, or run from an agent that was built with this one."
        })
        .link(links::CONNECTIVITY)
        .rests_on(&step)
        .done(case)
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let steps: Vec<_> = case
        .steps()
        .filter(|step| {
            !matches!(step.kind, StepKind::TdsLogin | StepKind::TlsHandshake)
                && step.state == StepState::Skipped
        })
        .filter(|step| CODES.iter().any(|code| step.is(code)))
        .collect();
    let first = steps.first()?;
    let mut titles: Vec<String> = steps.iter().map(|step| step_title(step)).collect();
    titles.dedup();
    titles.truncate(4);
    let permission = steps.iter().any(|step| step.is(&FailureCode::NotPermitted));
    let mut draft = Draft::new("not_done_here", Severity::Info, Owner::ThisHost)
        .title(format!("This agent could not do all that was asked for: {}.", list(&titles)))
        .because(words(first.detail.as_deref()))
        .because("Everything else was done, and the verdict does not depend on it.")
        .sure(Confidence::Proven)
        .then(if permission {
            "To have it next time, start the agent with the right it lacks (on Linux: CAP_NET_RAW), or as administrator."
        } else {
            "To have it next time, use an agent that was built with it."
        })
        .link(links::CONNECTIVITY);
    for step in &steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

fn words(detail: Option<&str>) -> String {
    let text = one_line(detail.unwrap_or_default(), 300);
    match text.trim().trim_end_matches('.') {
        "" => String::new(),
        text => format!("{}.", capital(text)),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside};
    use model::{Confidence::*, FailureCode::*, Outcome, PlanLogin, StepKind};

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn said_kindly() {
        let log = Log::new()
            .secured(EP)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .skipped(StepKind::NetworkTrace, NotPermitted)
            .finish();
        let finding = expect_beside(&log, "not_done_here");
        assert!(finding.recommendation[0].contains("CAP_NET_RAW"));
        assert_eq!(log.judge().verdict.code, "reachable_login_not_tried");
        let log = Log::new()
            .signs_in(PlanLogin::Integrated)
            .secured(EP)
            .skipped(StepKind::TdsLogin, NotBuiltIn)
            .finish();
        expect(
            &log,
            "login_not_possible_here",
            Proven,
            Outcome::Inconclusive,
        );
    }
}
