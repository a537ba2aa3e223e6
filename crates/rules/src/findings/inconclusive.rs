//! `inconclusive`: no rule explains what was seen. It says what that was, and what to do next. While a run
//! lives, it says that the run is not over.

use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, doing_now, one_line, step_title};
use model::{Confidence, Finding, Owner, Severity, StepState};

/// Most steps that are told.
const MOST: usize = 3;

pub(crate) fn find(case: &Case<'_>) -> Finding {
    let finding = if case.state.is_over() {
        over(case)
    } else {
        running(case)
    };
    // A draft always gives its finding; this is the same thing without one.
    finding.unwrap_or_else(|| Finding {
        code: "inconclusive".to_owned(),
        severity: Severity::Info,
        title: "Nothing explains this run.".to_owned(),
        explanation: "No step tells more.".to_owned(),
        recommendation: vec!["Run again.".to_owned()],
        owner: Owner::Nobody,
        confidence: Confidence::Possible,
        evidence: vec![case.state.first_seq()],
        steps: Vec::new(),
        links: Vec::new(),
    })
}

fn running(case: &Case<'_>) -> Option<Finding> {
    Draft::new("inconclusive", Severity::Info, Owner::Nobody)
        .title("The run is not over; nothing is certain yet.")
        .because(doing_now(case.state))
        .sure(Confidence::Possible)
        .then("Wait for its end: most runs take less than 10 s.")
        .link(links::CONNECTIVITY)
        .cite_event(case.state.last_seq().max(1))
        .done(case)
}

fn over(case: &Case<'_>) -> Option<Finding> {
    let failed: Vec<StepRef<'_>> = case
        .steps()
        .filter(|s| s.state == StepState::Failed && !s.is_beside())
        .collect();
    let open: Vec<StepRef<'_>> = case
        .steps()
        .filter(|s| s.state == StepState::Running)
        .collect();
    let told = if failed.is_empty() { &open } else { &failed };
    let seen: Vec<String> = told.iter().take(MOST).map(describe).collect();
    let all = case.state.steps().len();
    let mut draft = Draft::new("inconclusive", Severity::Warning, Owner::Nobody)
        .title("What was seen fits no known cause.")
        .because(if seen.is_empty() {
            format!("{} began, and none of them failed.", count(all, "step", "steps"))
        } else {
            seen.join(" ")
        })
        .because(match told.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!("{} more did not work either.", count(more, "step", "steps")),
        })
        .sure(Confidence::Possible)
        .then("Run again: does it fail at the same step?")
        .then("Run from another host too: a difference between the two is the best hint there is.")
        .then("Then give AllFiles.zip to whoever owns the server or the network: every step and byte count is in it.")
        .link(links::CONNECTIVITY)
        .link(links::COMMON_ERRORS);
    for step in told.iter().take(MOST) {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

fn describe(step: &StepRef<'_>) -> String {
    let said = match (&step.code, step.state) {
        (Some(code), _) => code_sentence(code),
        (None, StepState::Running) => "It did not end.".to_owned(),
        (None, _) => "No reason is given.".to_owned(),
    };
    let words = step.detail.as_deref().map_or_else(String::new, |words| {
        format!(" (“{}”)", one_line(words.trim_end_matches('.'), 160))
    });
    format!(
        "{}: {}{words}.",
        step_title(step),
        said.trim_end_matches('.')
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use crate::{State, judge};
    use model::{Confidence::Possible, FailureCode::*, Outcome, StepKind};

    #[test]
    fn it_says_what_was_seen() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(Internal))
            .finish();
        let verdict = expect(&log, "inconclusive", Possible, Outcome::Inconclusive);
        assert_eq!(
            verdict.explanation,
            "Login at 20.61.99.193:1433: Our own fault: the agent failed here."
        );
        assert_eq!(verdict.steps.len(), 1);
    }

    #[test]
    fn a_code_from_a_newer_agent_is_no_verdict() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(Other("tcp_in_a_new_way".into())))
            .finish();
        let verdict = expect(&log, "inconclusive", Possible, Outcome::Inconclusive);
        assert!(verdict.explanation.contains("tcp_in_a_new_way"));
    }

    #[test]
    fn a_login_that_never_ended_is_not_a_login_that_worked() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .running(StepKind::TdsLogin, ep)
            .finish();
        expect(&log, "inconclusive", Possible, Outcome::Inconclusive);
    }

    #[test]
    fn nothing_at_all_is_judged_too() {
        let judged = judge(&State::default());
        assert_eq!(judged.verdict.code, "inconclusive");
        assert_eq!(judged.verdict.evidence, [1]);
        let empty = Log::new().finish();
        expect(&empty, "inconclusive", Possible, Outcome::Inconclusive);
    }

    #[test]
    fn while_it_runs_it_says_what_is_done_now() {
        let log = Log::new().running(StepKind::TcpConnect, "20.61.99.193:1433");
        let verdict = expect(&log, "inconclusive", Possible, Outcome::Inconclusive);
        assert_eq!(
            verdict.explanation,
            "Now: TCP connect to 20.61.99.193:1433."
        );
    }
}
