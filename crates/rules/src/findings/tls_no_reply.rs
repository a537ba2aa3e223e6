//! `tls_no_reply`: PRELOGIN is answered, the TLS handshake is not.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Tls, &FailureCode::TlsNoReply)?;
    let wait = stop
        .step()
        .map(|step| common::took(&step))
        .unwrap_or_default();
    let mut draft = Draft::problem("tls_no_reply", Owner::Network)
        .title(format!(
            "{} answers PRELOGIN, but the TLS handshake gets no reply.",
            common::server_at(case, 0)
        ))
        .because(format!("It was given up after {wait}."))
        .because(common::worked_before(case, stop))
        .because(
            "Small messages pass and larger ones do not: typical of a path that loses full-size packets (MTU), or of \
             a device that looks into TLS.",
        )
        .then("Ask the network's owner about tunnels and VPNs on the way: lower the MTU to 1350, or clamp the MSS.")
        .then("Ask whether a firewall inspects this traffic, and have it exempted.")
        .then("Run from a host on another network, to tell the way from the server.")
        .link(links::CONNECTIVITY)
        .link(links::CONNECTION_CLOSED);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::TlsNoReply, Outcome};

    #[test]
    fn silence_at_client_hello() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .taking(15_000)
            .tls(ep, Some(TlsNoReply))
            .finish();
        let verdict = expect(&log, "tls_no_reply", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("after 15 s"));
    }
}
