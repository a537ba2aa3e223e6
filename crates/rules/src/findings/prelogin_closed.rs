//! `prelogin_closed`, `prelogin_reset`: PRELOGIN is answered by the end of the connection.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const CLOSED: Rule = Rule::problem(closed);
pub(crate) const RESET: Rule = Rule::problem(reset);

fn closed(case: &Case<'_>) -> Option<Finding> {
    find(
        case,
        FailureCode::PreloginClosed,
        "prelogin_closed",
        "closed",
    )
}

fn reset(case: &Case<'_>) -> Option<Finding> {
    find(case, FailureCode::PreloginReset, "prelogin_reset", "reset")
}

fn find(case: &Case<'_>, seen: FailureCode, code: &str, how: &str) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Prelogin, &seen)?;
    let mut draft = Draft::problem(code, Owner::Network)
        .title(format!(
            "The connection to {} is {how} as soon as PRELOGIN is sent.",
            common::server_at(case, 0)
        ))
        .because(common::by_address(stop))
        .because(common::worked_before(case, stop))
        .because(
            "A security device that does not like this traffic does that, and so do a proxy without a server behind \
             it, a server that wants TLS first (strict encryption only), and one that is out of connections.",
        )
        .then("Ask the network's owner whether a firewall or intrusion prevention acts on this port.")
        .then("On the server, look in its error log at this time.")
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
    use model::{Confidence::Likely, FailureCode::*, Outcome};

    #[test]
    fn fin_and_rst_are_told_apart() {
        for (seen, code) in [
            (PreloginClosed, "prelogin_closed"),
            (PreloginReset, "prelogin_reset"),
        ] {
            let log = Log::new()
                .tcp("20.61.99.193:1433", None)
                .prelogin("20.61.99.193:1433", Some(seen))
                .finish();
            expect(&log, code, Likely, Outcome::Problem);
        }
    }
}
