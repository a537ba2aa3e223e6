//! Putting a finding together.

use crate::case::{Case, StepRef};
use crate::words::code_sentence;
use model::{Confidence, Finding, Link, Owner, Severity, StepId};

/// Most events a finding cites: a reader follows a few, not hundreds.
const MOST_EVIDENCE: usize = 60;

/// A finding being written. Without [`Draft::sure`] it is `likely`.
pub(crate) struct Draft {
    finding: Finding,
}

impl Draft {
    pub(crate) fn new(code: &str, severity: Severity, owner: Owner) -> Self {
        Self {
            finding: Finding {
                code: code.to_owned(),
                severity,
                title: String::new(),
                explanation: String::new(),
                recommendation: Vec::new(),
                owner,
                confidence: Confidence::Likely,
                evidence: Vec::new(),
                steps: Vec::new(),
                links: Vec::new(),
            },
        }
    }

    /// What explains why it does not work.
    pub(crate) fn problem(code: &str, owner: Owner) -> Self {
        Self::new(code, Severity::Problem, owner)
    }

    /// The one sentence.
    pub(crate) fn title(mut self, text: impl Into<String>) -> Self {
        self.finding.title = text.into();
        self
    }

    /// The numbers behind it. Called again, it adds a sentence; an empty one is passed over.
    pub(crate) fn because(mut self, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if !text.is_empty() {
            if !self.finding.explanation.is_empty() {
                self.finding.explanation.push(' ');
            }
            self.finding.explanation.push_str(text);
        }
        self
    }

    /// The next thing to do; an empty one is passed over.
    pub(crate) fn then(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.finding.recommendation.push(text);
        }
        self
    }

    pub(crate) fn sure(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// Cites a step's end.
    pub(crate) fn rests_on(self, step: &StepRef<'_>) -> Self {
        let seq = step.seq();
        self.cite(step.id, [seq])
    }

    /// Cites a step's attempts and end.
    pub(crate) fn rests_on_all(self, step: &StepRef<'_>) -> Self {
        let seqs: Vec<u64> = step.seqs().collect();
        self.cite(step.id, seqs)
    }

    /// Cites events of a step.
    pub(crate) fn cite(mut self, step: StepId, seqs: impl IntoIterator<Item = u64>) -> Self {
        self.finding.steps.push(step);
        self.finding.evidence.extend(seqs);
        self
    }

    /// Cites an event of no step.
    pub(crate) fn cite_event(mut self, seq: u64) -> Self {
        self.finding.evidence.push(seq);
        self
    }

    pub(crate) fn link(mut self, (title, url): (&str, &str)) -> Self {
        self.finding.links.push(Link {
            title: title.to_owned(),
            url: url.to_owned(),
        });
        self
    }

    /// The finding: evidence and steps ascending and once each, evidence and explanation never empty.
    pub(crate) fn done(mut self, case: &Case<'_>) -> Option<Finding> {
        let finding = &mut self.finding;
        finding.evidence.sort_unstable();
        finding.evidence.dedup();
        finding.evidence.truncate(MOST_EVIDENCE);
        if finding.evidence.is_empty() {
            finding.evidence.push(case.state.first_seq());
        }
        finding.steps.sort_unstable();
        finding.steps.dedup();
        if finding.explanation.is_empty() {
            let first = finding.steps.first().and_then(|id| case.state.step(*id));
            finding.explanation = first
                .and_then(|step| step.code.as_ref())
                .map_or_else(|| "No number tells more.".to_owned(), code_sentence);
        }
        Some(self.finding)
    }
}
