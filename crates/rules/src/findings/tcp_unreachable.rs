//! `tcp_unreachable`: there is no route to any address.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpUnreachable)?;
    let mut draft = Draft::problem("tcp_unreachable", Owner::Network)
        .title(format!("This host has no route to {}.", case.host()))
        .because(common::by_address(stop))
        .because(
            "The system or a router said so at once: the network is down, a route is missing, or a device forbids \
             the way.",
        )
        .then("Check this host's network and VPN, and its route to these addresses.")
        .then(common::open_the_way(case))
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::TcpUnreachable, Outcome};

    #[test]
    fn no_route_to_any_address() {
        let log = Log::new()
            .tcp("[2603::1]:1433", Some(TcpUnreachable))
            .finish();
        let verdict = expect(&log, "tcp_unreachable", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("[2603::1]:1433"));
    }
}
