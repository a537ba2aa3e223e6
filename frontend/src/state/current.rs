//! The run as it stands now: what the portal answered, overtaken by the log that has arrived since.

use super::log::RunLog;
use model::{EventBody, Finding, Outcome, RunState, RunView, Step};
use rules::judge;

/// The facts that the head and the verdict card show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Current {
    pub(crate) state: RunState,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) cancelling: bool,
    /// Something that it made on the server is still to go, and somebody tries.
    pub(crate) cleaning: bool,
    /// The verdict first, once there is one.
    pub(crate) findings: Vec<Finding>,
    pub(crate) verdict: Option<Finding>,
    /// What is being done now, while it lives.
    pub(crate) now: String,
    pub(crate) elapsed_us: u64,
    pub(crate) count: usize,
}

/// How the run stands. Until the log has gone past the portal's answer, the answer of a settled run holds.
pub(crate) fn current(view: &RunView, log: &RunLog) -> Current {
    let told_more = log.last_seq() > view.last_seq;
    if !told_more && view.state.is_settled() {
        return answered(view, log);
    }
    let (state, outcome) = settled(log).unwrap_or_else(|| (living(view, log), None));
    let judgement = judge(log.folded());
    let over = state.is_settled();
    let findings = if over {
        judgement.findings
    } else {
        telling(judgement.findings)
    };
    Current {
        state,
        outcome,
        cancelling: !over && cancelling(view, log),
        cleaning: log.folded().is_cleaning(),
        verdict: over.then_some(judgement.verdict),
        findings,
        now: rules::words::doing_now(log.folded()),
        elapsed_us: log.folded().elapsed_us(),
        count: log.events().len(),
    }
}

/// How a shared run stands. Its log is masked and is not judged: what was found, and that it settled, is the
/// portal's to say.
pub(crate) fn current_shared(view: &RunView, log: &RunLog) -> Current {
    if view.state.is_settled() {
        return answered(view, log);
    }
    Current {
        state: living(view, log),
        outcome: None,
        cancelling: cancelling(view, log),
        cleaning: log.folded().is_cleaning(),
        verdict: None,
        findings: telling(view.findings.clone()),
        now: rules::words::doing_now(log.folded()),
        elapsed_us: log.folded().elapsed_us(),
        count: log.events().len(),
    }
}

/// As the portal answered of a settled run.
fn answered(view: &RunView, log: &RunLog) -> Current {
    Current {
        state: view.state,
        outcome: view.outcome,
        cancelling: false,
        cleaning: view.cleaning,
        findings: view.findings.clone(),
        verdict: view.verdict.clone(),
        now: String::new(),
        elapsed_us: elapsed(view),
        count: log.events().len(),
    }
}

/// Without its end, a run has no verdict: only what speaks for itself already.
fn telling(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| finding.code != "inconclusive");
    findings
}

/// The steps: of the log, or of the portal's answer while that has more, so that no row goes while the log is read.
pub(crate) fn steps<'a>(view: &'a RunView, log: &'a RunLog) -> &'a [Step] {
    let behind = log.last_seq() < view.last_seq;
    if behind && log.steps().len() < view.steps.len() {
        &view.steps
    } else {
        log.steps()
    }
}

fn elapsed(view: &RunView) -> u64 {
    let ends = view
        .steps
        .iter()
        .map(|step| step.started_us + step.elapsed_us.unwrap_or_default());
    ends.max().unwrap_or_default()
}

fn settled(log: &RunLog) -> Option<(RunState, Option<Outcome>)> {
    for event in log.events().iter().rev() {
        match &event.body {
            EventBody::RunSettled { state, outcome, .. } => return Some((*state, Some(*outcome))),
            // Something of the agent's after it: the run lives again.
            _ if event.elapsed_us.is_some() => return None,
            _ => {}
        }
    }
    None
}

/// The state of a run that has not settled, as far as its log is here.
fn living(view: &RunView, log: &RunLog) -> RunState {
    let begun = |event: &model::RunEvent| {
        event.elapsed_us.is_some() || matches!(event.body, EventBody::RunClaimed { .. })
    };
    if view.state.is_settled() || log.events().iter().take(8).any(begun) {
        RunState::Running
    } else {
        view.state
    }
}

fn cancelling(view: &RunView, log: &RunLog) -> bool {
    let asked = |event: &model::RunEvent| matches!(event.body, EventBody::CancelRequested);
    view.cancelling || log.events().iter().rev().take(200).any(asked)
}

/// The whole view, brought up to the log as it stands `now`: what reports are made from.
pub(crate) fn brought_up(view: &RunView, log: &RunLog, now: Current) -> RunView {
    if log.last_seq() <= view.last_seq {
        return view.clone();
    }
    RunView {
        state: now.state,
        outcome: now.outcome,
        cancelling: now.cancelling,
        cleaning: now.cleaning,
        last_seq: log.last_seq(),
        steps: log.steps().to_vec(),
        findings: now.findings,
        verdict: now.verdict,
        rules_version: rules::RULES_VERSION,
        ..view.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::{Story, view};

    #[test]
    fn while_it_lives_it_has_findings_but_no_verdict() {
        let story = Story::redirect_blocked();
        let mut log = RunLog::default();
        for event in &story.events[..4] {
            log.take(event.clone());
        }
        let now = current(&view(RunState::Queued, 1), &log);
        assert_eq!(now.state, RunState::Running);
        assert_eq!(now.verdict, None);
        assert!(now.findings.iter().all(|f| f.code != "inconclusive"));
    }

    #[test]
    fn once_settled_the_log_gives_the_verdict() {
        let log = Story::redirect_blocked().log();
        let now = current(&view(RunState::Running, 3), &log);
        assert_eq!(now.state, RunState::Completed);
        assert_eq!(
            now.verdict.as_ref().map(|verdict| verdict.code.as_str()),
            Some("redirect_blocked")
        );
        let whole = brought_up(&view(RunState::Running, 3), &log, now.clone());
        assert_eq!(whole.last_seq, log.last_seq());
        assert_eq!(whole.steps.len(), log.steps().len());
    }

    #[test]
    fn until_the_log_is_here_the_portal_s_answer_holds() {
        let answer = view(RunState::Completed, 90);
        let now = current(&answer, &RunLog::default());
        assert_eq!(now.state, RunState::Completed);
    }
    #[test]
    fn a_masked_log_is_not_judged() {
        let log = Story::redirect_blocked().log();
        let waits = current_shared(&view(RunState::Running, 3), &log);
        assert_eq!((waits.state, waits.verdict), (RunState::Running, None));
        assert!(waits.findings.is_empty(), "{:?}", waits.findings);
        let mut answer = view(RunState::Completed, log.last_seq());
        answer.verdict = current(&view(RunState::Running, 3), &log).verdict;
        let told = current_shared(&answer, &log);
        assert_eq!(told.state, RunState::Completed);
        assert_eq!(told.verdict, answer.verdict);
    }
}
