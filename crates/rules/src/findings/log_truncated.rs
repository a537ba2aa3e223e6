//! `log_truncated`: the log reached its cap; what came after is not kept.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::inconclusive(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (seq, kept) = case.state.truncated?;
    Draft::new("log_truncated", Severity::Warning, Owner::Nobody)
        .title(format!(
            "The log is cut: {kept} events are kept, what came after is not."
        ))
        .because("The findings rest on what is kept.")
        .sure(Confidence::Proven)
        .then("Run again with fewer attempts if what is missing matters.")
        .link(links::CONNECTIVITY)
        .cite_event(seq)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside};
    use model::EventBody;

    #[test]
    fn said_beside_whatever_the_verdict_is() {
        let log = Log::new()
            .secured("20.61.99.193:1433")
            .event(EventBody::LogTruncated { kept: 50_000 })
            .finish();
        assert!(
            expect_beside(&log, "log_truncated")
                .title
                .contains("50000 events")
        );
    }
}
