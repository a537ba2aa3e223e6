//! `fragmented_reply`: an answer came in unusually many small pieces.
//!
//! Proven: the reads were counted.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, phase_name};
use model::{Confidence, Finding, Observation, Owner, Severity};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let mut seen = Vec::new();
    for step in case.steps() {
        for fact in step.facts() {
            if let Observation::FragmentedReply {
                phase,
                reads,
                bytes,
                elapsed_us,
            } = &fact.seen
            {
                seen.push((step, fact.seq, *phase, *reads, *bytes, *elapsed_us));
            }
        }
    }
    let (step, _, phase, reads, bytes, elapsed) = *seen.iter().max_by_key(|one| one.3)?;
    let mut draft = Draft::new("fragmented_reply", Severity::Warning, Owner::Network)
        .title("Answers come in unusually many small pieces.")
        .because(format!(
            "In {} at {}, {bytes} bytes took {reads} reads and {}.",
            phase_name(phase),
            step.place(),
            duration(elapsed)
        ))
        .because("A proxy that passes bytes on one by one, or a badly broken path, does that. It works, slowly.")
        .sure(Confidence::Proven)
        .then("Ask who runs the devices on the way whether a proxy or an inspection stands in this traffic.")
        .then("Run from a host on another network, and compare.")
        .link(links::CONNECTIVITY);
    for (step, seq, ..) in &seen {
        draft = draft.cite(step.id, [*seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside};
    use model::{Confidence::Proven, Observation, Outcome, Phase};

    #[test]
    fn the_worst_phase_is_told() {
        let seen = |phase, reads| Observation::FragmentedReply {
            phase,
            reads,
            bytes: 1_200,
            elapsed_us: 1_230_000,
        };
        let log = Log::new()
            .secured("20.61.99.193:1433")
            .seen(seen(Phase::Prelogin, 40))
            .seen(seen(Phase::Tls, 1_200))
            .finish();
        expect(&log, "reachable_login_not_tried", Proven, Outcome::Ok);
        let finding = expect_beside(&log, "fragmented_reply");
        assert!(
            finding
                .explanation
                .contains("In TLS at 20.61.99.193:1433, 1200 bytes took 1200 reads and 1.23 s.")
        );
        assert_eq!(finding.evidence.len(), 2);
    }
}
