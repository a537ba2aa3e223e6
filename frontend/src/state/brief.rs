//! A run in a word: the little of the portal's answer that can be shown without reading the rest.

use super::history::escape;
use super::place::Place;
use model::{Outcome, RunState};
use serde::Deserialize;

/// What is read of a run, or of a shared one, which has it one level deeper.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Brief {
    /// `GET /api/runs/{id}`
    Run(Run),
    /// `GET /api/shares/{token}`
    Shared {
        /// The run.
        run: Run,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct Run {
    state: RunState,
    outcome: Option<Outcome>,
    target: Target,
    verdict: Option<Verdict>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Target {
    host: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Verdict {
    title: String,
}

impl Brief {
    /// Where the API has it; nothing for pages that are not of one run.
    pub(crate) fn path(place: &Place) -> Option<String> {
        match place {
            Place::Run { id, .. } => id.map(|id| format!("/api/runs/{id}")),
            Place::Shared(token) => Some(format!("/api/shares/{}", escape(token))),
            _ => None,
        }
    }

    fn run(&self) -> &Run {
        match self {
            Self::Run(run) | Self::Shared { run } => run,
        }
    }

    /// What was to be reached.
    pub(crate) fn host(&self) -> &str {
        &self.run().target.host
    }

    /// Where it is in its life, and how it ended.
    pub(crate) fn standing(&self) -> (RunState, Option<Outcome>) {
        (self.run().state, self.run().outcome)
    }

    /// The verdict's sentence, once it has settled.
    pub(crate) fn verdict(&self) -> Option<&str> {
        let verdict = self.run().verdict.as_ref();
        verdict.map(|verdict| verdict.title.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::view;

    #[test]
    fn a_run_is_read_whether_it_is_shared_or_not() {
        let whole = serde_json::to_value(view(RunState::Queued, 1)).expect("writes");
        let own: Brief = serde_json::from_value(whole.clone()).expect("reads");
        assert_eq!(own.standing(), (RunState::Queued, None));
        assert_eq!(own.verdict(), None);
        let shared = serde_json::json!({"run": whole, "redact": "public"});
        let shared: Brief = serde_json::from_value(shared).expect("reads");
        assert_eq!(shared.host(), own.host());
        assert!(!own.host().is_empty());
    }

    #[test]
    fn only_pages_of_one_run_have_one() {
        let shared = Brief::path(&Place::Shared("a/b".into()));
        assert_eq!(shared.as_deref(), Some("/api/shares/a%2Fb"));
        assert_eq!(Brief::path(&Place::Patterns), None);
        let nowhere = Place::Run {
            id: None,
            event: None,
        };
        assert_eq!(Brief::path(&nowhere), None);
    }
}
