//! Groups of made-up logs, and what holds of every judgement of them. For tests only.

use super::{Vantage, judge_group};
use crate::testing::Log;
use model::api::GroupFinding;
use model::{Outcome, RunId, RunState};

/// A group being made up. Its runs are claimed at the same moment and settled as soon as they are over.
#[derive(Default)]
pub(super) struct Group {
    runs: Vec<(RunId, Log)>,
}

impl Group {
    /// With a run from an agent of this name, settled.
    pub(super) fn and(self, agent: &str, log: Log) -> Self {
        let log = if log.is_settled() {
            log
        } else {
            log.settled(RunState::Completed, Outcome::Ok)
        };
        self.and_live(agent, log)
    }

    /// With a run from an agent of this name, as it stands.
    pub(super) fn and_live(mut self, agent: &str, log: Log) -> Self {
        let run = RunId(uuid::Uuid::from_u128(self.runs.len() as u128 + 1));
        self.runs.push((run, log.by_agent(agent)));
        self
    }

    pub(super) fn judge(&self) -> Vec<GroupFinding> {
        let states: Vec<_> = self
            .runs
            .iter()
            .map(|(run, log)| (*run, log.replayed()))
            .collect();
        let vantages: Vec<Vantage<'_>> = states
            .iter()
            .map(|(run, state)| Vantage { run: *run, state })
            .collect();
        let found = judge_group(&vantages);
        self.check(&found);
        found
    }

    fn check(&self, found: &[GroupFinding]) {
        for finding in found {
            let code = &finding.code;
            assert!(!finding.evidence.is_empty(), "{code} has no evidence");
            for one in &finding.evidence {
                let log = self.runs.iter().find(|(run, _)| *run == one.run);
                let (_, log) = log.expect("a run of the group");
                assert!((1..=log.events().len() as u64).contains(&one.seq), "{code}");
            }
            assert!(!finding.links.is_empty(), "{code} has no link");
            assert!(!finding.recommendation.is_empty(), "{code} advises nothing");
            for text in finding
                .recommendation
                .iter()
                .chain([&finding.title, &finding.explanation])
            {
                assert!(!text.is_empty(), "{code} has an empty text");
                assert!(!text.contains("  "), "{code}: {text}");
                assert!(!text.contains('!'), "{code}: {text}");
                assert!(text.ends_with(['.', '”', '?']), "{code}: {text}");
                assert!(!text.chars().any(char::is_control), "{code}: {text}");
            }
        }
    }
}

pub(super) fn codes(found: &[GroupFinding]) -> Vec<&str> {
    found.iter().map(|finding| finding.code.as_str()).collect()
}
