//! `certificate_not_verified`: the run went on, as it was told to, with a certificate that did not hold.
//!
//! Proven: the verifier's word stands in the log.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::code_sentence;
use model::{ChainVerdict, Confidence, Finding, Observation, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (step, seq, code) = case.steps().find_map(|step| {
        let (seq, code) = step.find(|seen| match seen {
            Observation::TlsChain {
                verdict: ChainVerdict::Refused { code, .. },
                overridden: true,
                ..
            } => Some(code),
            _ => None,
        })?;
        Some((step, seq, code))
    })?;
    Draft::new("certificate_not_verified", Severity::Warning, Owner::App)
        .title("The certificate does not hold; the run went on because it was told to trust it.")
        .because(code_sentence(code))
        .because(
            "Without “trust server certificate” this run, and a driver, would have stopped here.",
        )
        .sure(Confidence::Proven)
        .then("Repair what is wrong with the certificate, and connect without trusting it blindly.")
        .link(links::SERVER_ENCRYPTION)
        .cite(step.id, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, chain, expect_beside, expect_no};
    use model::{FailureCode::TlsUntrusted, Observation};

    #[test]
    fn only_what_was_overridden() {
        let log = |trust: bool| {
            let mut seen = chain("contoso", -1, 1, TlsUntrusted);
            if let Observation::TlsChain { overridden, .. } = &mut seen {
                *overridden = trust;
            }
            Log::new().secured("20.61.99.193:1433").seen(seen).finish()
        };
        let finding = expect_beside(&log(true), "certificate_not_verified");
        assert!(
            finding
                .explanation
                .contains("No root that this host trusts")
        );
        expect_no(&log(false), "certificate_not_verified");
    }
}
