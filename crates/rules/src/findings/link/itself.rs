//! `link_endpoint_closed`: the SQL Server does not even reach its own mirroring endpoint.

use super::blocked;
use crate::case::Case;
use crate::findings::Rule;
use model::Finding;
use model::lasting::LinkLeg;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    // Nothing else shows whether the endpoint is there: no contrast.
    let leg = LinkLeg::ServerItself;
    blocked(case, leg, leg, "link_endpoint_closed")?
        .title("The SQL Server does not reach its own mirroring endpoint.")
        .then("Look whether the endpoint is started: SELECT name, state_desc, port FROM sys.tcp_endpoints; start it with ALTER ENDPOINT [name] STATE = STARTED.")
        .then("Look whether another program or instance has the port, and whether the endpoint listens on this address.")
        .then("Let the host's own firewall take TCP 5022 in.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{direction, log};
    use crate::testing::expect;
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn it_comes_before_what_it_makes_fail() {
        let kind = StepKind::LinkFromInstance;
        let failed = direction(log(""), kind, [false, false]).finish();
        let verdict = expect(&failed, "link_endpoint_closed", Likely, Outcome::Problem);
        assert!(verdict.recommendation[0].contains("STATE = STARTED"));
    }
}
