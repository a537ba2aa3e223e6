//! `tls_reset`: the connection is reset as soon as TLS starts.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Tls, &FailureCode::TlsReset)?;
    let mut draft = Draft::problem("tls_reset", Owner::Network)
        .title(format!(
            "{} answers PRELOGIN, then the connection is reset when TLS starts.",
            common::server_at(case, 0)
        ))
        .because(common::by_address(stop))
        .because(common::worked_before(case, stop))
        .because(
            "A security device that does not let this TLS through does that; so does a server that cannot use its \
             certificate, or has no protocol version or cipher in common with the client.",
        )
        .then("Ask the network's owner whether a firewall or intrusion prevention acts on this traffic.")
        .then("On a server of your own, look in its error log at this time for certificate and TLS messages.")
        .then("Run from a host on another network, to tell the way from the server.")
        .link(links::CONNECTION_CLOSED)
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::TlsReset, Outcome};

    #[test]
    fn rst_at_client_hello() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsReset))
            .finish();
        expect(&log, "tls_reset", Likely, Outcome::Problem);
    }
}
