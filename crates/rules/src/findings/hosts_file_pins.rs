//! `hosts_file_pins`: the hosts file gives the address of a cloud server, whose addresses change.
//!
//! Read from the file itself, never guessed from a cache. Where the file disagrees with a resolver,
//! `resolvers_disagree` says more and this rule stays silent.

use super::{Rule, resolvers_disagree};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::list;
use model::{Confidence, DnsSource, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    if !case.is_azure() || (resolvers_disagree::RULE.find)(case).is_some() {
        return None;
    }
    let (step, seq, addresses) = case.at(0, StepKind::DnsLookup).find_map(|step| {
        let (seq, addresses) = step.find(|seen| match seen {
            Observation::DnsAnswer {
                source: DnsSource::HostsFile,
                addresses,
                ..
            } if !addresses.is_empty() => Some(addresses),
            _ => None,
        })?;
        Some((step, seq, addresses))
    })?;
    Draft::new("hosts_file_pins", Severity::Warning, Owner::ThisHost)
        .title(format!(
            "The hosts file of this host pins the address of {}.",
            case.host()
        ))
        .because(format!(
            "It says {}. Addresses of Azure SQL gateways and instances change without notice.",
            list(addresses)
        ))
        .sure(Confidence::Proven)
        .then("Take the name out of the hosts file, and let DNS answer.")
        .then("Then run again from this agent, to see that DNS does.")
        .link(links::ARCHITECTURE)
        .cite(step.id, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};

    #[test]
    fn a_pinned_cloud_name_is_said_and_another_is_not() {
        let pinned = |log: Log| {
            log.dns("hosts_file", Ok(&["20.61.99.193"]))
                .dns("system", Ok(&["20.61.99.193"]))
                .secured("20.61.99.193:1433")
                .finish()
        };
        let finding = expect_beside(&pinned(Log::new()), "hosts_file_pins");
        assert!(finding.explanation.contains("20.61.99.193"));
        expect_no(&pinned(Log::to("sql01.corp.example")), "hosts_file_pins");
    }

    #[test]
    fn a_difference_is_said_once() {
        let log = Log::new()
            .dns("hosts_file", Ok(&["20.61.99.9"]))
            .dns("10.0.0.2:53", Ok(&["20.61.99.193"]))
            .secured("20.61.99.9:1433")
            .finish();
        expect_beside(&log, "resolvers_disagree");
        expect_no(&log, "hosts_file_pins");
    }
}
