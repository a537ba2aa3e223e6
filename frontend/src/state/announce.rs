//! What the live region says as events arrive.

use super::log::RunLog;
use model::{EventBody, RunEvent, StepState};
use rules::words::{count, step_state, step_title};

/// More ends than this at once are counted, not read out.
const MOST_READ: usize = 3;

/// What to say about the events from place `from` on.
pub(crate) fn steps(log: &RunLog, from: usize) -> String {
    let ended: Vec<&RunEvent> = log
        .events()
        .get(from..)
        .unwrap_or_default()
        .iter()
        .filter(|event| matches!(event.body, EventBody::StepFinished { .. }))
        .collect();
    if ended.len() > MOST_READ {
        let failed = ended
            .iter()
            .filter(|event| {
                matches!(
                    event.body,
                    EventBody::StepFinished {
                        state: StepState::Failed,
                        ..
                    }
                )
            })
            .count();
        let told = count(ended.len(), "step ended", "steps ended");
        return match failed {
            0 => format!("{told}."),
            some => format!("{told}, {some} failed."),
        };
    }
    let sentences: Vec<String> = ended
        .into_iter()
        .filter_map(|event| log.folded().step(event.body.step()?))
        .map(|step| format!("{}: {}.", step_title(step), step_state(step.state)))
        .collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn a_few_ends_are_read_out_and_many_are_counted() {
        let log = Story::redirect_blocked().log();
        assert!(steps(&log, 0).contains("steps ended, 2 failed"));
        assert_eq!(steps(&log, log.events().len()), "");
        let many = Story::many_addresses(1).log();
        assert_eq!(
            steps(&many, 0),
            "TCP connect to 10.0.0.1:1433, 0 of 1: failed."
        );
    }
}
