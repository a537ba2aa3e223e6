//! `tls_error`: the TLS handshake fails in a way that has no code of its own.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Tls, &FailureCode::TlsError)?;
    let words = stop.alike().find_map(|step| {
        let attempt = step.attempts().find_map(|(_, a)| a.detail.clone());
        attempt.or_else(|| step.detail.clone())
    });
    let mut draft = Draft::problem("tls_error", if case.is_azure() { Owner::Network } else { Owner::Dba })
        .title(format!("The TLS handshake with {} fails.", common::server_at(case, 0)))
        .because(words.map_or_else(String::new, |words| {
            format!("The words of the TLS library: “{}”.", one_line(&words, 200))
        }))
        .because(common::worked_before(case, stop))
        .sure(Confidence::Possible)
        .then("Read the library's words: they say at which point the two sides no longer understood each other.")
        .then("Check what stands at this address: old servers and devices in between speak TLS in their own way.")
        .link(links::SERVER_ENCRYPTION)
        .link(links::CONNECTION_CLOSED);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Possible, FailureCode::TlsError, Outcome};

    #[test]
    fn a_failure_without_a_code() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsError))
            .finish();
        expect(&log, "tls_error", Possible, Outcome::Problem);
    }
}
