//! `gateway_retired`, `gateway_unknown`: what the lists of gateways say of the address that was used.
//!
//! A retired address is old DNS data, likely a pin or a cache. An unknown one is unknown, not wrong: lists age, so
//! that is worth a word only, and only when the connection failed as well.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, Severity, StepKind, StepState};
use std::net::{IpAddr, SocketAddr};
use target::Kind;
use target::facts::{Known, region_of};

pub(crate) const RETIRED: Rule = Rule::problem(retired);
pub(crate) const UNKNOWN: Rule = Rule::problem(unknown);

/// The addresses connected to at the named endpoint, where that is a gateway's job.
fn used<'a>(case: &Case<'a>) -> Vec<(StepRef<'a>, IpAddr)> {
    let by_gateway = matches!(
        case.kind(),
        Some(Kind::SqlDatabase | Kind::SynapseDedicated | Kind::SynapseServerless)
    );
    if !by_gateway {
        return Vec::new();
    }
    case.at(0, StepKind::TcpConnect)
        .filter_map(|step| {
            let endpoint: SocketAddr = step.subject.endpoint.as_deref()?.parse().ok()?;
            Some((step, endpoint.ip().to_canonical()))
        })
        .collect()
}

fn retired(case: &Case<'_>) -> Option<Finding> {
    let (step, address, region) = used(case).into_iter().find_map(|(step, address)| {
        let hit = region_of(address)?;
        (hit.known == Known::Retired).then_some((step, address, hit.region.name.as_str()))
    })?;
    Draft::new("gateway_retired", Severity::Warning, Owner::ThisHost)
        .title(format!(
            "{address} was a gateway of {region} once, and is not on the list any more."
        ))
        .because("Gateways are moved and switched off. A name that still leads to an old one is pinned or cached.")
        .sure(Confidence::Possible)
        .then("Look for the address in the hosts file, in firewall rules and in connection strings of this host.")
        .then("Flush the DNS cache of this host and of its resolvers, and run again.")
        .link(links::ARCHITECTURE)
        .rests_on(&step)
        .done(case)
}

fn unknown(case: &Case<'_>) -> Option<Finding> {
    // The agent's own table may be newer than the one here.
    if case.region().is_some() {
        return None;
    }
    let used = used(case);
    let (step, address) = used.iter().find(|(step, address)| {
        let IpAddr::V4(v4) = address else {
            return false;
        };
        let public = !v4.is_private() && !v4.is_loopback();
        public && step.state == StepState::Failed && region_of(*address).is_none()
    })?;
    Draft::new("gateway_unknown", Severity::Info, Owner::Network)
        .title(format!(
            "{address} is on no list of Azure SQL gateways that is known here."
        ))
        .because("That alone proves nothing: lists age. With a connection that failed, it is worth a look at DNS.")
        .sure(Confidence::Possible)
        .then(format!(
            "Look {} up from another network, and compare the addresses.",
            case.host()
        ))
        .link(links::ARCHITECTURE)
        .rests_on(step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::FailureCode::TcpTimeout;

    #[test]
    fn what_the_lists_say() {
        let failed = |log: Log, ip: &str| {
            log.dns("system", Ok(&[ip]))
                .tcp(&format!("{ip}:1433"), Some(TcpTimeout))
                .finish()
        };
        // Brazil South, on the list of former gateways.
        let log = failed(Log::new(), "104.41.11.5");
        let finding = expect_beside(&log, "gateway_retired");
        assert!(finding.title.contains("Brazil South"), "{}", finding.title);
        expect_no(&log, "gateway_unknown");

        let log = failed(Log::new(), "198.51.100.7");
        expect_beside(&log, "gateway_unknown");
        expect_no(&log, "gateway_retired");

        for (server, ip) in [
            ("contoso.database.windows.net", "20.61.99.193"),
            ("contoso.database.windows.net", "10.4.4.4"),
            ("mi.0a1b.database.windows.net", "198.51.100.7"),
            ("sql01.corp.example", "198.51.100.7"),
        ] {
            let log = failed(Log::to(server), ip);
            expect_no(&log, "gateway_unknown");
            expect_no(&log, "gateway_retired");
        }
    }

    #[test]
    fn what_the_agent_s_own_table_knows_is_known() {
        let region = model::GatewayRegion {
            region: "West Europe".into(),
            cloud: "public".into(),
            by: model::RegionSource::Address,
            told_by: "198.51.100.7".into(),
            gateways: vec!["198.51.100.7".into()],
            as_of: "2027-01-01".into(),
        };
        let log = Log::new()
            .dns("system", Ok(&["198.51.100.7"]))
            .tcp("198.51.100.7:1433", Some(TcpTimeout))
            .running(model::StepKind::GatewayConnect, "198.51.100.7:1433")
            .seen(model::Observation::GatewayRegion(region))
            .ends(Some(TcpTimeout))
            .finish();
        expect_no(&log, "gateway_unknown");
        let advice = log.judge().verdict.recommendation.join(" ");
        assert!(advice.contains("Sql.WestEurope"), "{advice}");
    }

    #[test]
    fn an_unknown_address_that_works_is_no_news() {
        let log = Log::new()
            .dns("system", Ok(&["198.51.100.7"]))
            .secured("198.51.100.7:1433")
            .finish();
        expect_no(&log, "gateway_unknown");
    }
}
