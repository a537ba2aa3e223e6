//! `cancelled`: a person ended the run before it was done.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{count, duration};
use model::{Confidence, Finding, Owner, RunState, Severity, StepState};

pub(crate) const RULE: Rule = Rule {
    outcome: model::Outcome::Cancelled,
    find,
};

fn find(case: &Case<'_>) -> Option<Finding> {
    let settled = case
        .state
        .settled
        .filter(|s| s.state == RunState::Cancelled);
    let finished = case.state.finished.filter(|(_, cancelled)| *cancelled);
    let seq = finished.map(|(seq, _)| seq).or(settled.map(|s| s.seq))?;
    let done = case
        .steps()
        .filter(|s| matches!(s.state, StepState::Ok | StepState::Failed))
        .count();
    let mut draft = Draft::new("cancelled", Severity::Info, Owner::Nobody)
        .title("The run was cancelled before it was done.")
        .because(format!(
            "It had run for {}, and {} had ended.",
            duration(case.state.elapsed_us()),
            count(done, "step", "steps")
        ))
        .because("What had not been tried by then is not known.")
        .sure(Confidence::Proven)
        .then(match case.options().lasting.lasts_ms() {
            0 => "Run again, and let it end: most runs take less than 10 s.".to_owned(),
            ms => format!(
                "Run again, and let it end: what it was asked for lasts {} at most. The page may be closed meanwhile.",
                duration(ms.saturating_mul(1_000))
            ),
        })
        .link(links::CONNECTIVITY)
        .cite_event(seq);
    if let Some(asked) = case.state.cancel_requested {
        draft = draft.cite_event(asked);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::settle;
    use crate::testing::{Log, check, expect};
    use model::lasting::Lasting;
    use model::{Confidence::Proven, EventBody, FailureCode::*, Outcome, RunState};

    #[test]
    fn what_lasts_is_not_said_to_take_seconds() {
        let log = |lasting: Lasting| {
            let log = Log::new().options(|options| options.lasting = lasting);
            let log = log.event(EventBody::CancelRequested);
            settle(log.state(), RunState::Cancelled, None).verdict
        };
        assert!(log(Lasting::default()).recommendation[0].contains("10 s"));
        let heartbeat = r#"{"heartbeat": {"lasts_ms": 7200000}}"#;
        let advice = log(serde_json::from_str(heartbeat).expect("JSON"));
        assert!(advice.recommendation[0].contains("lasts 2 h"), "{advice:?}");
    }

    #[test]
    fn ended_by_the_agent_or_by_the_portal() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(Cancelled))
            .event(EventBody::CancelRequested);
        let by_portal = settle(log.state(), RunState::Cancelled, None);
        check(&by_portal, log.state());
        assert_eq!(
            (by_portal.verdict.code.as_str(), by_portal.outcome),
            ("cancelled", Outcome::Cancelled)
        );
        let log = log.event(EventBody::RunFinished { cancelled: true });
        expect(&log, "cancelled", Proven, Outcome::Cancelled);
    }

    #[test]
    fn what_was_already_certain_still_explains_the_run() {
        let log = Log::new()
            .dns("system", Err(NameNotFound))
            .event(EventBody::RunFinished { cancelled: true });
        assert_eq!(log.judge().verdict.code, "name_not_found");
        assert_eq!(log.judge().outcome, Outcome::Cancelled);
    }
}
