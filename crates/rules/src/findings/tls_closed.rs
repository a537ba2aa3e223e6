//! `tls_closed`: the peer closes the connection during the TLS handshake.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Tls, &FailureCode::TlsClosed)?;
    let owner = if case.is_azure() {
        Owner::Network
    } else {
        Owner::Dba
    };
    let mut draft = Draft::problem("tls_closed", owner)
        .title(format!(
            "{} closes the connection during the TLS handshake.",
            common::server_at(case, 0)
        ))
        .because(common::by_address(stop))
        .because(common::worked_before(case, stop))
        .because(
            "It ended in good order, so whoever answered chose to: usually because no protocol version or cipher is \
             common to both, or because the server cannot use its certificate.",
        )
        .then("Check that the server allows TLS 1.2.")
        .then("On a server of your own, look in its error log at this time for certificate and TLS messages.")
        .link(links::CONNECTION_CLOSED)
        .link(links::SERVER_ENCRYPTION);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::TlsClosed, Outcome};

    #[test]
    fn fin_during_the_handshake() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsClosed))
            .finish();
        expect(&log, "tls_closed", Likely, Outcome::Problem);
    }
}
