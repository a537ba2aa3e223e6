//! `known_outside_only`: this host's DNS knows no address for the name, and a public resolver does.
//!
//! Proven by that contrast: the name exists.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::list;
use model::{Confidence, Finding, Observation, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .path
        .stop
        .as_ref()
        .filter(|stop| stop.stage == Stage::Name && stop.hop == 0)?;
    let (step, (seq, addresses)) = case.outside().find_map(|step| {
        let answer = step.find(|seen| match seen {
            Observation::DnsAnswer { addresses, .. } => {
                Some(addresses).filter(|addresses| !addresses.is_empty())
            }
            _ => None,
        })?;
        Some((step, answer))
    })?;
    let mut draft = Draft::new("known_outside_only", Severity::Warning, Owner::Network)
        .title(format!(
            "A public resolver knows {}; this host's own does not.",
            case.host()
        ))
        .because(format!(
            "The public resolver says {}. So the name is right, and this host's DNS is what to look at.",
            list(addresses)
        ))
        .because("That address was not tried: applications on this host do not get it either.")
        .sure(Confidence::Proven)
        .then("Look at the resolvers of this host: can they look up names of the internet, or forward them?")
        .then(
            "Look for a private zone of the same suffix that is linked to this network and lacks the record: it hides \
             the public one.",
        )
        .link(links::PRIVATE_ENDPOINT)
        .cite(step.id, [seq]);
    for own in &stop.steps {
        draft = draft.rests_on(own);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome};

    #[test]
    fn the_name_is_right_and_this_host_s_dns_is_not() {
        let log = Log::new()
            .dns("system", Err(NameNotFound))
            .dns("outside 208.67.222.222:53", Ok(&["20.61.99.193"]))
            .finish();
        let verdict = log.judge().verdict;
        assert_eq!(verdict.code, "name_not_found");
        let finding = expect_beside(&log, "known_outside_only");
        assert_eq!(finding.confidence, Proven);
        assert!(finding.explanation.contains("20.61.99.193"));
    }

    #[test]
    fn a_public_resolver_that_is_silent_or_differs_inside_out_is_no_news() {
        let ep = "10.4.4.4:1433";
        for outside in [Err(DnsTimeout), Ok(&["20.61.99.193"][..])] {
            let log = Log::new()
                .dns("system", Ok(&["10.4.4.4"]))
                .dns("outside 208.67.222.222:53", outside)
                .secured(ep)
                .finish();
            expect(&log, "reachable_login_not_tried", Proven, Outcome::Ok);
            expect_no(&log, "known_outside_only");
            expect_no(&log, "resolvers_disagree");
        }
        let log = Log::new()
            .dns("system", Ok(&["198.51.100.7"]))
            .dns("outside 208.67.222.222:53", Ok(&["20.61.99.193"]))
            .secured("198.51.100.7:1433")
            .finish();
        let finding = expect_beside(&log, "resolvers_disagree");
        assert!(finding.explanation.contains("Public resolver"));
    }
}
