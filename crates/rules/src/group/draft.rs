//! Putting a finding about a group together.

use super::side::Sides;
use crate::case::StepRef;
use crate::links::Page;
use model::api::{GroupEvidence, GroupFinding};
use model::{Confidence, Link, Owner, RunId, Severity};

/// Most events of one run that a finding cites.
const MOST_OF_ONE: usize = 12;

/// A finding being written. Without [`Draft::sure`] it is `likely`.
pub(super) struct Draft {
    finding: GroupFinding,
}

impl Draft {
    pub(super) fn new(code: &str, severity: Severity, owner: Owner) -> Self {
        Self {
            finding: GroupFinding {
                code: code.to_owned(),
                severity,
                title: String::new(),
                explanation: String::new(),
                recommendation: Vec::new(),
                owner,
                confidence: Confidence::Likely,
                evidence: Vec::new(),
                links: Vec::new(),
            },
        }
    }

    /// The one sentence.
    pub(super) fn title(mut self, text: impl Into<String>) -> Self {
        self.finding.title = text.into();
        self
    }

    /// The numbers behind it. Called again, it adds a sentence; an empty one is passed over.
    pub(super) fn because(mut self, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if !text.is_empty() {
            if !self.finding.explanation.is_empty() {
                self.finding.explanation.push(' ');
            }
            self.finding.explanation.push_str(text);
        }
        self
    }

    /// The next thing to do; an empty one, or one that is said already, is passed over.
    pub(super) fn then(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = &mut self.finding.recommendation;
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
        self
    }

    pub(super) fn sure(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// Cites a step's attempts and end.
    pub(super) fn rests_on(self, run: RunId, step: &StepRef<'_>) -> Self {
        self.cite(run, step.seqs())
    }

    /// Cites events of a run, the last ones when there are many.
    pub(super) fn cite(mut self, run: RunId, seqs: impl IntoIterator<Item = u64>) -> Self {
        let seqs: Vec<u64> = seqs.into_iter().collect();
        let from = seqs.len().saturating_sub(MOST_OF_ONE);
        let evidence = seqs.into_iter().skip(from);
        self.finding
            .evidence
            .extend(evidence.map(|seq| GroupEvidence { run, seq }));
        self
    }

    pub(super) fn link(mut self, (title, url): Page) -> Self {
        let link = Link {
            title: title.to_owned(),
            url: url.to_owned(),
        };
        self.add(&link);
        self
    }

    /// The pages of a run's own verdict.
    pub(super) fn links(mut self, links: &[Link]) -> Self {
        for link in links {
            self.add(link);
        }
        self
    }

    fn add(&mut self, link: &Link) {
        if !self.finding.links.contains(link) {
            self.finding.links.push(link.clone());
        }
    }

    /// The finding: evidence by run and number, once each and never empty.
    pub(super) fn done(mut self, sides: &Sides<'_>) -> Option<GroupFinding> {
        let evidence = &mut self.finding.evidence;
        evidence.sort_unstable_by_key(|one| (one.run, one.seq));
        evidence.dedup();
        if evidence.is_empty() {
            let starts = sides.starts.iter();
            evidence.extend(starts.map(|(run, seq)| GroupEvidence {
                run: *run,
                seq: *seq,
            }));
        }
        Some(self.finding)
    }
}
