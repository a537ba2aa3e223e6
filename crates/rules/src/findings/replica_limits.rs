//! `replica_limits`: what nobody can see from a port and a catalog.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::LIMITS;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::ok(limits);

fn limits(case: &Case<'_>) -> Option<Finding> {
    let step = case.state.replica().step?;
    let (seq, _) = case.state.replica().watch.as_ref()?;
    let mut draft = Draft::new("replica_limits", Severity::Info, Owner::Nobody)
        .title("What this run cannot see of a session between replicas.");
    for limit in LIMITS {
        draft = draft.because(limit);
    }
    draft
        .then("Read this server's error log and its sys.dm_hadr_availability_replica_states beside it; with credentials, this run does.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_SESSIONS)
        .cite(step, [*seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::findings::replica_session_lost::tests::{begun, minute};
    use crate::testing::{Log, expect_beside, expect_no};

    #[test]
    fn whoever_looks_at_a_port_is_told_what_it_hides() {
        let log = begun().seen(minute(60, &[], 0)).ends(None).finish();
        let finding = expect_beside(&log, "replica_limits");
        for part in [
            "A data disk that fails quietly",
            "DISCONNECTED",
            "the primary's databases",
        ] {
            assert!(finding.explanation.contains(part), "{finding:?}");
        }
        expect_no(
            &Log::new().secured("20.61.99.193:1433").finish(),
            "replica_limits",
        );
    }
}
