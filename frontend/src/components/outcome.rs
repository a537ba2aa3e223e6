//! How a run stands or ended, in a sign, a word and a colour.

use leptos::prelude::*;
use model::{Outcome, RunState, Severity};

/// The sign, the word and the colour of how a run stands. `severity` is the verdict's, when known.
pub(crate) fn standing(
    state: RunState,
    outcome: Option<Outcome>,
    severity: Option<Severity>,
) -> (&'static str, &'static str, &'static str) {
    match (state, outcome) {
        (RunState::Queued, _) => ("…", "Waiting for its agent", "info"),
        (RunState::Running, _) => ("▸", "Running", "info"),
        (_, Some(Outcome::Ok)) if severity == Some(Severity::Warning) => {
            ("!", "Works, with a warning", "warn")
        }
        (_, Some(Outcome::Ok)) => ("✓", "No problem found", "ok"),
        (_, Some(Outcome::Problem)) => ("✕", "Problem found", "bad"),
        (_, Some(Outcome::Inconclusive)) => ("?", "Inconclusive", "warn"),
        (_, Some(Outcome::Interrupted)) | (RunState::Interrupted, None) => {
            ("!", "Interrupted", "warn")
        }
        (_, Some(Outcome::Cancelled)) | (RunState::Cancelled, None) => ("–", "Cancelled", ""),
        (RunState::Completed, None) => ("…", "Being judged", "info"),
    }
}

/// The same as a tag.
#[component]
pub(crate) fn OutcomeTag(
    /// Where it is in its life.
    state: RunState,
    /// In one word, once settled.
    outcome: Option<Outcome>,
    /// Of its verdict.
    #[prop(optional_no_strip)]
    severity: Option<Severity>,
) -> impl IntoView {
    let (sign, word, colour) = standing(state, outcome, severity);
    view! {
        <span class=format!("tag {colour}")>
            <span aria-hidden="true">{sign}</span>
            {word}
        </span>
    }
}

/// The sign and the colour of a severity.
pub(crate) fn severity_sign(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Ok => ("✓", "ok"),
        Severity::Info => ("i", "info"),
        Severity::Warning => ("!", "warn"),
        Severity::Problem => ("✕", "bad"),
    }
}
