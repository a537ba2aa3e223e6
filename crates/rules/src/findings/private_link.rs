//! `private_link_no_record`, `private_link_public_gateway`, `private_link_unreachable`: the states of a private
//! endpoint's name, told apart by the alias in the answer and by the address it ends at.
//!
//! ```text
//!   alias to …privatelink… in an answer
//!     ├── no address                    private_link_no_record        the private zone has no record
//!     ├── a public address              private_link_public_gateway   the private zone is not asked from here
//!     └── a private address
//!           ├── connects                nothing to say
//!           └── no answer, no route     private_link_unreachable      the way into that network
//! ```
//!
//! Proven only where the log holds the whole chain: the alias and what stands at its end.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::list;
use model::{
    Confidence, DnsRecord, FailureCode, Finding, Observation, Owner, Route, Severity, StepKind,
};
use std::net::IpAddr;

pub(crate) const NO_RECORD: Rule = Rule::problem(no_record);
pub(crate) const UNREACHABLE: Rule = Rule::problem(unreachable);
pub(crate) const PUBLIC_GATEWAY: Rule = Rule::problem(public_gateway);

/// An answer whose chain goes through a private-link alias.
struct Aliased<'a> {
    step: StepRef<'a>,
    seq: u64,
    alias: &'a str,
    addresses: Vec<IpAddr>,
}

fn aliased<'a>(case: &Case<'a>) -> Vec<Aliased<'a>> {
    case.at(0, StepKind::DnsLookup)
        .filter_map(|step| {
            let (seq, (alias, addresses)) = step.find(|seen| match seen {
                Observation::DnsAnswer {
                    records, addresses, ..
                } => Some((alias(records)?, addresses)),
                _ => None,
            })?;
            Some(Aliased {
                step,
                seq,
                alias,
                addresses: addresses.iter().filter_map(|a| a.parse().ok()).collect(),
            })
        })
        .collect()
}

/// The private-link name that a CNAME of the chain leads to.
fn alias(records: &[DnsRecord]) -> Option<&str> {
    records
        .iter()
        .filter(|record| record.kind == "CNAME")
        .map(|record| record.data.trim_end_matches('.'))
        .find(|name| name.to_ascii_lowercase().contains(".privatelink."))
}

fn is_private(ip: &IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

fn no_record(case: &Case<'_>) -> Option<Finding> {
    let nowhere = [FailureCode::NameNotFound, FailureCode::NameNoAddress];
    nowhere
        .iter()
        .find_map(|code| case.stopped_first(Stage::Name, code))?;
    let answers = aliased(case);
    let answer = answers.iter().find(|answer| answer.addresses.is_empty())?;
    Draft::problem("private_link_no_record", Owner::Network)
        .title(format!(
            "{} has a private endpoint, but this host's DNS knows no address for it.",
            case.host()
        ))
        .because(format!(
            "The name leads on to {}, and that name has no address here. Nothing was connected to.",
            answer.alias
        ))
        .because("A private DNS zone that is linked to this network answers for that name, and lacks its record.")
        .sure(Confidence::Likely)
        .then(format!(
            "In the private DNS zone that this network uses, add the address record of {}: the private endpoint's \
             DNS zone group does it by itself.",
            answer.alias
        ))
        .then("When this network should use the public address instead, unlink the zone from it, or let it fall back to public DNS.")
        .then("Then run again from this agent.")
        .link(links::PRIVATE_ENDPOINT)
        .cite(answer.step.id, [answer.seq])
        .done(case)
}

fn public_gateway(case: &Case<'_>) -> Option<Finding> {
    let answers = aliased(case);
    // Where the name also leads to a private address, the sources differ: another rule says so.
    if answers.iter().any(|a| a.addresses.iter().any(is_private)) {
        return None;
    }
    let answer = answers.iter().find(|answer| !answer.addresses.is_empty())?;
    let addresses: Vec<String> = answer.addresses.iter().map(ToString::to_string).collect();
    Draft::new(
        "private_link_public_gateway",
        Severity::Warning,
        Owner::Network,
    )
    .title(format!(
        "{} has a private endpoint, but from here its name leads to the public gateway.",
        case.host()
    ))
    .because(format!(
        "The name leads on to {}, and that ends at {}, which is a public address. This run tried the public way.",
        answer.alias,
        list(&addresses)
    ))
    .because("Outside the private network that is normal. Where public access is denied, the login is refused (47073).")
    .sure(Confidence::Proven)
    .then("If this host should use the private endpoint: link the private DNS zone to its network, or forward the zone to a resolver inside.")
    .then("If it should use the public way: nothing, as long as the server allows public access.")
    .link(links::PRIVATE_ENDPOINT)
    .cite(answer.step.id, [answer.seq])
    .done(case)
}

fn unreachable(case: &Case<'_>) -> Option<Finding> {
    let codes = [
        FailureCode::TcpTimeout,
        FailureCode::TcpUnreachable,
        FailureCode::TcpRefused,
    ];
    let stop = codes
        .iter()
        .find_map(|code| case.stopped_first(Stage::Connect, code))?;
    let answers = aliased(case);
    let answer = answers
        .iter()
        .find(|a| !a.addresses.is_empty() && a.addresses.iter().all(is_private))?;
    let route = no_route(case, &answer.addresses);
    let mut draft = Draft::problem("private_link_unreachable", Owner::Network)
        .title(format!(
            "The private endpoint of {} cannot be reached from this host.",
            case.host()
        ))
        .because(format!(
            "DNS is right: the name leads on to {}, at a private address. No connection to it was established.",
            answer.alias
        ))
        .because(route.map_or_else(String::new, |(_, _, route)| {
            format!("This host's own routing table has no way to {}.", route.destination)
        }))
        .because(match stop.code {
            _ if route.is_some() => "Nothing left this host.",
            FailureCode::TcpRefused => "Something answered with a refusal: a device between, or an address that belongs to no endpoint any more.",
            FailureCode::TcpUnreachable => "This host, or a router on the way, knows no route to it.",
            _ => "Packets to it vanish: no route back, or a rule that drops them.",
        })
        .sure(if route.is_some() { Confidence::Proven } else { Confidence::Likely })
        .then("Check that this host's network is peered with, or connected by VPN or ExpressRoute to, the network of the private endpoint.")
        .then("Check network security groups, firewalls and user-defined routes on that way, both directions, for port 1433.")
        .then("Check that the address in the private DNS zone is still that of the endpoint, and that the endpoint is approved.")
        .link(links::PRIVATE_ENDPOINT)
        .cite(answer.step.id, [answer.seq]);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    if let Some((step, seq, _)) = route {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

/// What the routing table says of one of these addresses, when it knows no way there.
fn no_route<'a>(case: &Case<'a>, addresses: &[IpAddr]) -> Option<(StepRef<'a>, u64, &'a Route)> {
    case.steps().find_map(|step| {
        let (seq, route) = step.find(|seen| match seen {
            Observation::Route(route) => {
                let asked = route.destination.parse().ok()?;
                let none = route.source.is_none() && route.interface.is_none();
                (none && addresses.contains(&asked)).then_some(route)
            }
            _ => None,
        })?;
        Some((step, seq, route))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome};

    const ALIAS: &str = "contoso.privatelink.database.windows.net";
    const CODES: [&str; 3] = [
        "private_link_no_record",
        "private_link_public_gateway",
        "private_link_unreachable",
    ];

    #[test]
    fn an_alias_without_an_address() {
        for code in [NameNotFound, NameNoAddress] {
            let log = Log::new()
                .dns_by("10.0.0.2:53", &[ALIAS], Err(code))
                .finish();
            let verdict = expect(&log, "private_link_no_record", Likely, Outcome::Problem);
            assert!(verdict.explanation.contains(ALIAS));
        }
    }

    #[test]
    fn an_alias_that_ends_at_a_public_gateway() {
        let log = Log::new()
            .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["20.61.99.193"]))
            .secured("20.61.99.193:1433")
            .finish();
        let finding = expect_beside(&log, "private_link_public_gateway");
        assert_eq!(finding.confidence, Proven);
        // One source says private: that is for the rule about sources.
        let log = Log::new()
            .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["20.61.99.193"]))
            .dns_by("10.0.0.3:53", &[ALIAS], Ok(&["10.4.4.4"]))
            .secured("10.4.4.4:1433")
            .finish();
        expect_no(&log, "private_link_public_gateway");
    }

    #[test]
    fn a_private_address_that_does_not_answer() {
        for code in [TcpTimeout, TcpUnreachable, TcpRefused] {
            let log = Log::new()
                .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["10.4.4.4"]))
                .tcp("10.4.4.4:1433", Some(code))
                .finish();
            expect(&log, "private_link_unreachable", Likely, Outcome::Problem);
        }
    }

    #[test]
    fn a_private_address_without_a_route() {
        let log = |interface: Option<&str>| {
            Log::new()
                .running(model::StepKind::HostFacts, "host")
                .seen(model::Observation::Route(model::Route {
                    destination: "10.4.4.4".into(),
                    gateway: None,
                    interface: interface.map(Into::into),
                    source: None,
                    mtu: None,
                }))
                .ends(None)
                .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["10.4.4.4"]))
                .tcp("10.4.4.4:1433", Some(TcpUnreachable))
                .finish()
        };
        let verdict = expect(
            &log(None),
            "private_link_unreachable",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.explanation.contains("no way to 10.4.4.4"));
        expect(
            &log(Some("eth0")),
            "private_link_unreachable",
            Likely,
            Outcome::Problem,
        );
    }

    #[test]
    fn where_there_is_nothing_to_say() {
        let quiet = [
            // A private endpoint that works.
            Log::new()
                .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["10.4.4.4"]))
                .secured("10.4.4.4:1433")
                .finish(),
            // A gateway without any private endpoint.
            Log::new()
                .dns_by(
                    "10.0.0.2:53",
                    &["cr3.westeurope1-a.control.database.windows.net"],
                    Ok(&["20.61.99.193"]),
                )
                .tcp("20.61.99.193:1433", Some(TcpTimeout))
                .finish(),
            // A name that is not there at all.
            Log::new().dns("10.0.0.2:53", Err(NameNotFound)).finish(),
        ];
        for log in &quiet {
            for code in CODES {
                expect_no(log, code);
            }
        }
    }
}
