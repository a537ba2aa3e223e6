//! `link_server_port_blocked`: the instance does not reach the SQL Server.

use super::{blocked, range};
use crate::case::Case;
use crate::findings::Rule;
use model::Finding;
use model::lasting::LinkLeg;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (leg, beside) = (LinkLeg::ToServer, LinkLeg::ServerItself);
    let port = super::ended(case, leg)?.end.port;
    blocked(case, leg, beside, "link_server_port_blocked")?
        .title("The managed instance does not reach the SQL Server's endpoint.")
        .then(format!(
            "On the SQL Server's side: let the host's firewall, and the network security group of its virtual machine if it \
             is one, take TCP {port} in from {}.",
            range(case)
        ))
        .then(format!(
            "On the instance's side: let the network security group of its subnet connect out by TCP {port} to the SQL \
             Server's address."
        ))
        .then("Check that the address is the one under which the instance's network reaches the SQL Server, and that there is a route between the two.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{direction, log};
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn an_endpoint_that_answers_at_home_is_the_contrast() {
        let kind = StepKind::LinkFromInstance;
        let failed = direction(log(""), kind, [true, false]).finish();
        let verdict = expect(
            &failed,
            "link_server_port_blocked",
            Proven,
            Outcome::Problem,
        );
        let advice = verdict.recommendation.join(" ");
        assert!(
            advice.contains("take TCP 5022 in from the instance's subnet, all of 10.1.0.0/24"),
            "{advice}"
        );
        let fine = direction(log(""), kind, [true, true]).finish();
        expect_no(&fine, "link_server_port_blocked");
    }
}
