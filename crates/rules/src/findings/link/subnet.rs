//! `link_wrong_subnet`: what answers under the instance's name lies outside its subnet.

use super::{asked, ends, place};
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let subnet = asked(case)?.subnet?;
    let all = ends(case);
    let outside: Vec<_> = all
        .iter()
        .filter(|one| one.end.in_subnet == Some(false))
        .collect();
    let first = outside.first()?;
    let address = first.end.remote_address.as_deref().unwrap_or_default();
    let mut draft = Draft::problem("link_wrong_subnet", Owner::Network)
        .title("The name of the managed instance leads outside its subnet.")
        .because(format!(
            "{} is {} for the SQL Server, which does not lie in {}.",
            place(first.end),
            one_line(address, 64),
            one_line(&subnet, 64)
        ))
        .then("Check the subnet that was entered: it is that of the instance's virtual network, in the portal under the instance's networking.")
        .then("If it is right, the SQL Server resolves the name wrongly: look at its DNS server, a private DNS zone, and its hosts file. The name has to lead to the instance's private address.")
        .sure(Confidence::Proven)
        .link(links::INSTANCE_LINK);
    for one in outside {
        draft = draft.cite(one.step.id, [one.seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{end, log};
    use crate::testing::{expect, expect_no};
    use model::lasting::LinkLeg;
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn an_address_outside_is_named_although_it_answers() {
        let with = |address| {
            log("")
                .running(StepKind::LinkToInstance, "20.61.99.193:1433")
                .seen(end(LinkLeg::ToInstance, Some(true), Some(address)))
                .seen(end(LinkLeg::ToNode, Some(true), Some("10.1.0.9")))
                .ends(None)
                .finish()
        };
        let log = with("20.50.1.1");
        let verdict = expect(&log, "link_wrong_subnet", Proven, Outcome::Problem);
        assert!(
            verdict.explanation.contains("20.50.1.1"),
            "{}",
            verdict.explanation
        );
        expect_no(&log, "link_passed");
        expect_no(&with("10.1.0.7"), "link_wrong_subnet");
    }
}
