//! `link_node_port_blocked`: the SQL Server does not reach the port for replication of the instance's node.

use super::{blocked, range};
use crate::case::Case;
use crate::findings::Rule;
use model::Finding;
use model::lasting::LinkLeg;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (leg, beside) = (LinkLeg::ToNode, LinkLeg::ToInstance);
    blocked(case, leg, beside, "link_node_port_blocked")?
        .title("The SQL Server does not reach the node that the managed instance is on.")
        .then(format!(
            "On the SQL Server's side: let its host and every firewall on the way connect out by TCP 11000–11999 to {}; \
             after a failover the instance is on another node and port.",
            range(case)
        ))
        .then("On the instance's side: let its network security group take TCP 11000–11999 in from the SQL Server's address.")
        .then("A rule for one address or for one port is not enough.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{direction, log};
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn all_ports_of_the_range_are_named() {
        let kind = StepKind::LinkToInstance;
        let failed = direction(log(""), kind, [true, false]).finish();
        let verdict = expect(&failed, "link_node_port_blocked", Proven, Outcome::Problem);
        let advice = verdict.recommendation.join(" ");
        assert!(
            advice.contains("11000–11999") && advice.contains("10.1.0.0/24"),
            "{advice}"
        );
        let fine = direction(log(""), kind, [true, true]).finish();
        expect_no(&fine, "link_node_port_blocked");
    }
}
