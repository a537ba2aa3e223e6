//! `link_instance_port_blocked`: the SQL Server does not reach the instance's mirroring port.

use super::{blocked, range};
use crate::case::Case;
use crate::findings::Rule;
use model::Finding;
use model::lasting::LinkLeg;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (leg, beside) = (LinkLeg::ToInstance, LinkLeg::ToNode);
    blocked(case, leg, beside, "link_instance_port_blocked")?
        .title("The SQL Server does not reach the managed instance's endpoint.")
        .then(format!(
            "On the SQL Server's side: let its host and every firewall on the way connect out by TCP 5022 to {}.",
            range(case)
        ))
        .then("On the instance's side: let its network security group take TCP 5022 in from the SQL Server's address.")
        .then("Where the two networks are joined by VPN, ExpressRoute or peering, check the routes and any firewall between, too.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{direction, log};
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn the_port_the_direction_and_the_range_are_named() {
        let kind = StepKind::LinkToInstance;
        let failed = direction(log(""), kind, [false, true]).finish();
        let verdict = expect(
            &failed,
            "link_instance_port_blocked",
            Proven,
            Outcome::Problem,
        );
        let advice = verdict.recommendation.join(" ");
        assert!(
            advice.contains("out by TCP 5022") && advice.contains("10.1.0.0/24"),
            "{advice}"
        );
        let both = direction(log(""), kind, [false, false]).finish();
        expect(
            &both,
            "link_instance_port_blocked",
            Likely,
            Outcome::Problem,
        );
        let fine = direction(log(""), kind, [true, true]).finish();
        expect_no(&fine, "link_instance_port_blocked");
    }
}
