//! `encryption_not_offered`: the server says that it does not support encryption, so the run stopped before the
//! login.
//!
//! Proven: it is the server's own statement.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, FailureCode, Finding, Observation, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.path.stop.as_ref()?;
    let steps: Vec<_> = stop
        .steps
        .iter()
        .filter(|step| step.is(&FailureCode::EncryptionNotOffered))
        .collect();
    if stop.code != FailureCode::EncryptionNotOffered || steps.is_empty() {
        return None;
    }
    let mut draft = Draft::problem("encryption_not_offered", Owner::Dba)
        .title(format!(
            "{} offers no encryption, so no password was sent.",
            common::server_at(case, stop.hop)
        ))
        .because("Its answer to PRELOGIN says that it does not support encryption (ENCRYPTION = 2).")
        .because(
            "A password sent now could be read by anyone on the way. Azure SQL always encrypts: there, this means \
             that something else answers in its place.",
        )
        .sure(Confidence::Proven)
        .then("On the server, install a certificate and let SQL Server use it.")
        .then("If this should be Azure SQL, find out what answers at this address.")
        .then("Only on a network you trust wholly: run again with “allow clear text”.")
        .link(links::SERVER_ENCRYPTION);
    for step in steps {
        draft = draft.rests_on(step);
    }
    for prelogin in case.at(stop.hop, model::StepKind::TdsPrelogin) {
        let said = prelogin.find(|seen| match seen {
            Observation::PreloginReply { encryption, .. } => encryption.filter(|e| e & 3 == 2),
            _ => None,
        });
        if let Some((seq, _)) = said {
            draft = draft.cite(prelogin.id, [seq]);
        }
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::*, Outcome, StepKind};

    #[test]
    fn wherever_the_step_says_so() {
        let ep = "20.61.99.193:1433";
        let at_prelogin = Log::new()
            .tcp(ep, None)
            .prelogin(ep, Some(EncryptionNotOffered));
        expect(
            &at_prelogin.finish(),
            "encryption_not_offered",
            Proven,
            Outcome::Problem,
        );
        let at_tls = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(EncryptionNotOffered));
        expect(
            &at_tls.finish(),
            "encryption_not_offered",
            Proven,
            Outcome::Problem,
        );
        let skipped = Log::new()
            .signed_in()
            .tcp(ep, None)
            .prelogin(ep, None)
            .skipped(StepKind::TlsHandshake, EncryptionNotOffered)
            .skipped(StepKind::TdsLogin, NotReached);
        expect(
            &skipped.finish(),
            "encryption_not_offered",
            Proven,
            Outcome::Problem,
        );
    }
}
