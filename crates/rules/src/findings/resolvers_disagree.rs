//! `resolvers_disagree`: sources give answers for the same name that cannot all be right.
//!
//! Not every difference is one. Answers that share an address are one set in turn; gateways of one region take
//! turns; a source that did not answer disagrees with nobody. Proven: both answers stand in the log.
//!
//! One difference is a verdict: this host's own way finds nothing, and a source that was asked directly does. The
//! run goes on with what that source said; applications on this host do not get that far.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, list, step_title};
use model::{
    Confidence, DnsSource, FailureCode, Finding, Observation, Owner, Severity, StepId, StepKind,
    StepState,
};
use std::collections::BTreeSet;
use std::net::IpAddr;

pub(crate) const RULE: Rule = Rule::problem(find);
pub(crate) const SYSTEM: Rule = Rule::problem(system_finds_nothing);

struct Answer<'a> {
    seq: u64,
    step: StepId,
    source: &'a DnsSource,
    addresses: BTreeSet<IpAddr>,
}

/// This host's own look-up of the name, when it failed though another source knows an address.
pub(crate) fn system_lookup<'a>(case: &Case<'a>) -> Option<StepRef<'a>> {
    both_lookups(case).map(|(system, _)| system)
}

/// That look-up, and the other source's.
fn both_lookups<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, StepRef<'a>)> {
    let lookups = || case.at(0, StepKind::DnsLookup);
    let not_there = [FailureCode::Cancelled, FailureCode::DeadlinePassed];
    let system = lookups().find(|step| {
        step.subject.source.as_deref() == Some("system")
            && step.state == StepState::Failed
            && !not_there.iter().any(|code| step.is(code))
    })?;
    let other = lookups().find(|step| {
        let addresses = step.find(|seen| match seen {
            Observation::DnsAnswer { addresses, .. } => addresses.first(),
            _ => None,
        });
        step.state == StepState::Ok && addresses.is_some()
    })?;
    Some((system, other))
}

fn system_finds_nothing(case: &Case<'_>) -> Option<Finding> {
    let (system, other) = both_lookups(case)?;
    let said = system.code.as_ref().map(code_sentence).unwrap_or_default();
    Draft::problem("resolvers_disagree", Owner::ThisHost)
        .title(format!(
            "Programs on this host cannot look up {}, though another source knows it.",
            case.host()
        ))
        .because(format!("{}: {said}", step_title(&system)))
        .because(format!("{}: an address.", step_title(&other)))
        .because("This run went on with that address; an application on this host does not get that far.")
        .sure(Confidence::Proven)
        .then("Look at this host's resolver settings: order of resolvers, search domains, a local cache.")
        .then("With a private endpoint: make sure that the resolver this host uses forwards the private DNS zone.")
        .then("Then run again, and compare.")
        .link(links::PRIVATE_ENDPOINT)
        .link(links::CONNECTIVITY)
        .rests_on(&system)
        .rests_on(&other)
        .done(case)
}

fn find(case: &Case<'_>) -> Option<Finding> {
    if system_finds_nothing(case).is_some() {
        return None;
    }
    let answers = answers(case);
    let (one, other) = answers.iter().enumerate().find_map(|(place, one)| {
        let rest = answers.iter().skip(place + 1);
        rest.into_iter()
            .find(|other| disagree(one, other))
            .map(|other| (one, other))
    })?;
    let pinned = [one, other]
        .into_iter()
        .any(|a| *a.source == DnsSource::HostsFile);
    let split = is_private(&one.addresses) != is_private(&other.addresses);
    let (why, advice, owner) = if pinned {
        (
            "The hosts file pins an address that the resolvers do not give.",
            "Take the name out of the hosts file of this host: addresses of servers and gateways change.",
            Owner::ThisHost,
        )
    } else if split {
        (
            "One answer is a private address, the other is not. With a private endpoint that is normal between inside \
             and outside; within one network it is not.",
            "Decide which address this host should use, and let all its resolvers forward the private DNS zone.",
            Owner::Network,
        )
    } else {
        (
            "A cached or copied record may be old.",
            "Find out which source is right, and correct or flush the other.",
            Owner::Network,
        )
    };
    Draft::new("resolvers_disagree", Severity::Warning, owner)
        .title(format!(
            "Not every source gives the same answer for {}.",
            case.host()
        ))
        .because(format!("{} {}", said(one), said(other)))
        .because(why)
        .sure(Confidence::Proven)
        .then(advice)
        .then("Then run again, and compare.")
        .link(links::PRIVATE_ENDPOINT)
        .cite(one.step, [one.seq])
        .cite(other.step, [other.seq])
        .done(case)
}

/// Answers worth comparing: what the system says is left out where the sources behind it answer for themselves.
fn answers<'a>(case: &Case<'a>) -> Vec<Answer<'a>> {
    let mut answers: Vec<Answer<'_>> = Vec::new();
    for step in case.at(0, StepKind::DnsLookup).chain(case.outside()) {
        for fact in step.facts() {
            let Observation::DnsAnswer {
                source,
                addresses,
                code,
                ..
            } = &fact.seen
            else {
                continue;
            };
            let missing = matches!(
                code,
                Some(FailureCode::NameNotFound | FailureCode::NameNoAddress)
            );
            let answered = code.is_none() || (missing && *source != DnsSource::HostsFile);
            if answered && *source != DnsSource::Literal {
                answers.push(Answer {
                    seq: fact.seq,
                    step: step.id,
                    source,
                    addresses: addresses.iter().filter_map(|a| a.parse().ok()).collect(),
                });
            }
        }
    }
    let resolvers = answers
        .iter()
        .filter(|a| matches!(a.source, DnsSource::Resolver { .. }))
        .count();
    let hosts_file = answers.iter().any(|a| *a.source == DnsSource::HostsFile);
    // The system reads the hosts file first: beside it, the system says nothing of its own.
    if hosts_file || resolvers > 1 {
        answers.retain(|answer| *answer.source != DnsSource::System);
    }
    answers
}

fn disagree(one: &Answer<'_>, other: &Answer<'_>) -> bool {
    let outside = |answer: &Answer<'_>| matches!(answer.source, DnsSource::External { .. });
    if outside(one) || outside(other) {
        // Inside and outside may differ: a private endpoint, a zone of one's own.
        return !is_private(&one.addresses)
            && !is_private(&other.addresses)
            && differ(&one.addresses, &other.addresses);
    }
    one.addresses.is_empty() != other.addresses.is_empty()
        || differ(&one.addresses, &other.addresses)
}

/// Whether two sets of addresses of one name cannot be of the same servers, in either family.
pub(crate) fn differ(one: &BTreeSet<IpAddr>, other: &BTreeSet<IpAddr>) -> bool {
    let families = [IpAddr::is_ipv4 as fn(&IpAddr) -> bool, IpAddr::is_ipv6];
    families.into_iter().any(|family| {
        let of = |addresses: &BTreeSet<IpAddr>| -> BTreeSet<IpAddr> {
            addresses.iter().copied().filter(family).collect()
        };
        let (a, b) = (of(one), of(other));
        !a.is_empty() && !b.is_empty() && a.is_disjoint(&b) && !same_region(&a, &b)
    })
}

fn same_region(a: &BTreeSet<IpAddr>, b: &BTreeSet<IpAddr>) -> bool {
    let region = |ip: &IpAddr| target::facts::region_of(*ip).map(|hit| hit.region.name.as_str());
    let regions: BTreeSet<_> = a.iter().chain(b).map(region).collect();
    regions.len() == 1 && !regions.contains(&None)
}

pub(crate) fn is_private(addresses: &BTreeSet<IpAddr>) -> bool {
    addresses.iter().any(|ip| match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    })
}

fn said(answer: &Answer<'_>) -> String {
    let who = match answer.source {
        DnsSource::System => "This host's own way",
        DnsSource::HostsFile => "The hosts file",
        DnsSource::Resolver { server } => &format!("Resolver {server}"),
        DnsSource::External { server } => &format!("Public resolver {server}"),
        DnsSource::Literal => "The literal",
    };
    let addresses: Vec<String> = answer.addresses.iter().map(ToString::to_string).collect();
    if addresses.is_empty() {
        format!("{who} knows no address.")
    } else {
        format!("{who} says {}.", list(&addresses))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{Confidence, FailureCode::*, Outcome, Owner};

    fn between(one: (&str, &[&str]), other: (&str, &[&str])) -> Log {
        Log::new()
            .dns(one.0, Ok(one.1))
            .dns(other.0, Ok(other.1))
            .secured("20.61.99.193:1433")
            .finish()
    }

    #[test]
    fn differences_that_matter() {
        let log = between(
            ("hosts_file", &["20.61.99.9"]),
            ("10.0.0.2:53", &["20.61.99.193"]),
        );
        let finding = expect_beside(&log, "resolvers_disagree");
        assert_eq!(finding.owner, Owner::ThisHost);
        assert!(
            finding
                .explanation
                .contains("The hosts file says 20.61.99.9.")
        );
        let log = between(
            ("10.0.0.2:53", &["10.4.4.4"]),
            ("8.8.8.8:53", &["20.61.99.193"]),
        );
        assert!(
            expect_beside(&log, "resolvers_disagree")
                .explanation
                .contains("private")
        );
        let log = Log::new()
            .dns("10.0.0.2:53", Err(NameNotFound))
            .dns("10.0.0.3:53", Ok(&["10.4.4.4"]))
            .secured("10.4.4.4:1433")
            .finish();
        assert!(
            expect_beside(&log, "resolvers_disagree")
                .explanation
                .contains("knows no address")
        );
    }

    #[test]
    fn differences_that_do_not() {
        let quiet: [(&str, &[&str], &str, &[&str]); 4] = [
            (
                "system",
                &["127.0.0.1", "::1"],
                "hosts_file",
                &["127.0.0.1"],
            ),
            (
                "10.0.0.2:53",
                &["9.9.9.1", "9.9.9.2"],
                "10.0.0.3:53",
                &["9.9.9.2", "9.9.9.3"],
            ),
            (
                "10.0.0.2:53",
                &["20.36.105.33"],
                "10.0.0.3:53",
                &["20.36.105.34"],
            ),
            (
                "system",
                &["9.9.9.1"],
                "10.0.0.3:53",
                &["9.9.9.1", "2603::1"],
            ),
        ];
        for (a, b, c, d) in quiet {
            expect_no(&between((a, b), (c, d)), "resolvers_disagree");
        }
        let log = Log::new()
            .dns("hosts_file", Err(NameNotFound))
            .dns("10.0.0.2:53", Err(DnsTimeout))
            .dns("system", Ok(&["9.9.9.1"]))
            .secured("9.9.9.1:1433")
            .finish();
        expect_no(&log, "resolvers_disagree");
    }

    #[test]
    fn what_programs_on_this_host_cannot_look_up_is_a_verdict() {
        for code in [NameNotFound, DnsTimeout] {
            let log = Log::new()
                .dns("system", Err(code))
                .dns("10.0.0.2:53", Ok(&["20.61.99.193"]))
                .secured("20.61.99.193:1433")
                .finish();
            let verdict = expect(
                &log,
                "resolvers_disagree",
                Confidence::Proven,
                Outcome::Problem,
            );
            assert_eq!(verdict.owner, Owner::ThisHost);
            assert!(
                verdict
                    .explanation
                    .contains("resolver 10.0.0.2:53: an address.")
            );
        }
    }
}
