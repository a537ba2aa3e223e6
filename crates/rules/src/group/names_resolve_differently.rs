//! `names_resolve_differently`: the agents got addresses for the same name that cannot be the same servers.
//!
//! As within one run, not every difference is one: answers that share an address, and gateways of one region, are
//! the same. Where exactly those that fail were sent elsewhere it is likely the cause; else it is only said.

use super::draft::Draft;
use super::side::{One, Sides};
use crate::findings::resolvers_disagree::{differ, is_private};
use crate::links;
use crate::words::{count, list, one_line};
use model::api::GroupFinding;
use model::{Confidence, DnsSource, Observation, Owner, Severity, StepKind};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Most addresses of one agent that are named.
const MOST_NAMED: usize = 4;

/// What an agent was told about the name.
struct Answer<'s, 'a> {
    one: &'s One<'a>,
    fails: bool,
    addresses: BTreeSet<IpAddr>,
    seqs: Vec<u64>,
}

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    let working = sides.working.iter().filter_map(|one| answer(one, false));
    let failing = sides.failing.iter().filter_map(|f| answer(&f.one, true));
    let answers: Vec<Answer<'_, '_>> = failing.chain(working).collect();
    let mut pairs = answers.iter().enumerate().flat_map(|(place, one)| {
        let rest = answers.iter().skip(place + 1);
        rest.map(move |other| (one, other))
    });
    let (one, other) = pairs.find(|(one, other)| differ(&one.addresses, &other.addresses))?;
    let cause = is_cause(&answers, sides);
    let host = one_line(one.one.case.host(), 253);
    let mut draft = Draft::new(
        "names_resolve_differently",
        if cause {
            Severity::Warning
        } else {
            Severity::Info
        },
        Owner::Network,
    )
    .title(format!(
        "{host} leads to different addresses: {} for {}, {} for {}.",
        named(&one.addresses),
        one.one.name,
        named(&other.addresses),
        other.one.name
    ))
    .sure(if cause {
        Confidence::Likely
    } else {
        Confidence::Proven
    });
    if cause {
        draft = draft.because(
            "Exactly the agents that fail were sent to other addresses: that is likely why they fail.",
        );
    }
    if is_private(&one.addresses) != is_private(&other.addresses) {
        draft = draft.because(
            "One is a private address, the other is not. With a private endpoint that is normal between inside and \
             outside; within one network it is not.",
        );
    }
    for answer in &answers {
        let text = format!("{}: {}.", answer.one.name, named(&answer.addresses));
        draft = draft
            .because(text)
            .cite(answer.one.run, answer.seqs.iter().copied());
    }
    draft
        .then("Decide which address each network should use, and let its resolvers forward the private DNS zone.")
        .then("Look at the hosts file and the resolvers of the agent whose address is not the right one.")
        .link(links::PRIVATE_ENDPOINT)
        .done(sides)
}

/// Whether every agent that fails was sent elsewhere than every agent that works, and nothing else tells them apart.
fn is_cause(answers: &[Answer<'_, '_>], sides: &Sides<'_>) -> bool {
    let of = |fails: bool| answers.iter().filter(move |answer| answer.fails == fails);
    let all_known = answers.len() == sides.working.len() + sides.failing.len();
    let both = of(true).count() > 0 && of(false).count() > 0;
    all_known
        && both
        && sides.fail_alike()
        && of(true).all(|one| of(false).all(|other| differ(&one.addresses, &other.addresses)))
}

/// What programs on the agent's host are told; what its resolvers say, where that is not known.
fn answer<'s, 'a>(one: &'s One<'a>, fails: bool) -> Option<Answer<'s, 'a>> {
    let own = |source: &DnsSource| matches!(source, DnsSource::System);
    let asked = |source: &DnsSource| !matches!(source, DnsSource::Literal);
    from(one, fails, own).or_else(|| from(one, fails, asked))
}

fn from<'s, 'a>(
    one: &'s One<'a>,
    fails: bool,
    wanted: impl Fn(&DnsSource) -> bool,
) -> Option<Answer<'s, 'a>> {
    let mut addresses = BTreeSet::new();
    let mut seqs = Vec::new();
    for step in one.case.at(0, StepKind::DnsLookup) {
        for fact in step.facts() {
            let Observation::DnsAnswer {
                source,
                addresses: told,
                ..
            } = &fact.seen
            else {
                continue;
            };
            let told: Vec<IpAddr> = told.iter().filter_map(|a| a.parse().ok()).collect();
            if wanted(source) && !told.is_empty() {
                addresses.extend(told);
                seqs.push(fact.seq);
            }
        }
    }
    (!addresses.is_empty()).then_some(Answer {
        one,
        fails,
        addresses,
        seqs,
    })
}

fn named(addresses: &BTreeSet<IpAddr>) -> String {
    let mut named: Vec<String> = addresses
        .iter()
        .take(MOST_NAMED)
        .map(ToString::to_string)
        .collect();
    if addresses.len() > MOST_NAMED {
        let more = addresses.len() - MOST_NAMED;
        named.push(count(more, "more", "more"));
    }
    list(&named)
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::Log;
    use model::{Confidence, FailureCode::*, Severity, StepKind};

    fn run(address: &str, code: Option<model::FailureCode>) -> Log {
        let log = Log::new().dns("system", Ok(&[address]));
        let endpoint = format!("{address}:1433");
        match code {
            Some(code) => log.tcp(&endpoint, Some(code)).finish(),
            None => log
                .secured(&endpoint)
                .skipped(StepKind::TdsLogin, NoCredentials)
                .finish(),
        }
    }

    #[test]
    fn the_one_that_fails_was_sent_elsewhere() {
        let found = Group::default()
            .and("spoke", run("10.4.4.4", Some(TcpTimeout)))
            .and("hub", run("20.61.99.193", None))
            .judge();
        assert_eq!(
            codes(&found),
            ["only_this_vantage_fails", "names_resolve_differently"]
        );
        assert_eq!(found[0].confidence, Confidence::Likely);
        let names = &found[1];
        assert_eq!(
            names.title,
            "contoso.database.windows.net leads to different addresses: 10.4.4.4 for “spoke”, 20.61.99.193 for “hub”."
        );
        assert_eq!(names.confidence, Confidence::Likely);
        assert_eq!(names.severity, Severity::Warning);
        assert!(names.explanation.contains("likely why they fail"));
        assert!(names.explanation.contains("private endpoint"));
    }

    #[test]
    fn where_it_explains_nothing_it_is_only_said() {
        let found = Group::default()
            .and("a", run("10.4.4.4", None))
            .and("b", run("20.61.99.193", None))
            .judge();
        assert_eq!(
            codes(&found),
            ["every_vantage_works", "names_resolve_differently"]
        );
        assert_eq!(found[1].severity, Severity::Info);
        // One that fails got the same address as the one that works.
        let found = Group::default()
            .and("a", run("10.4.4.4", Some(TcpTimeout)))
            .and("b", run("20.61.99.193", Some(TcpTimeout)))
            .and("c", run("20.61.99.193", None))
            .judge();
        assert_eq!(found[1].severity, Severity::Info);
        assert!(!found[1].explanation.contains("likely why"));
    }

    #[test]
    fn gateways_of_one_region_take_turns() {
        let found = Group::default()
            .and("a", run("20.36.105.33", None))
            .and("b", run("20.36.105.34", None))
            .judge();
        assert_eq!(codes(&found), ["every_vantage_works"]);
    }
}
