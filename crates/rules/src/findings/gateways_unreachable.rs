//! `gateways_all_unreachable`, `gateways_partly_unreachable`: the gateways of the server's region, connected to from here.
//!
//! ```text
//!   this run's own address   others of the region
//!     fails                    fail          all: this host's own network, proven by nothing but their number
//!     fails                    work          part: the rules let some through; weighs more
//!     works                    some fail     part: the next look-up may lead there
//! ```
//! A name leads to another gateway at any time, so an application needs them all. An address that the table does not
//! know is unknown, and nothing is said of it here.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{count, list, one_line};
use model::{
    Confidence, FailureCode, Finding, GatewayRegion, Observation, Owner, Severity, StepKind,
    StepState,
};

pub(crate) const ALL: Rule = Rule::problem(all);
pub(crate) const PARTLY: Rule = Rule::problem(partly);

/// Most addresses that are named.
const MOST: usize = 8;

struct Seen<'a> {
    region: Option<(u64, StepRef<'a>, &'a GatewayRegion)>,
    dead: Vec<StepRef<'a>>,
    alive: Vec<StepRef<'a>>,
}

/// `None` while one is still being tried, or none was.
fn seen<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let steps: Vec<StepRef<'a>> = case.of(StepKind::GatewayConnect).collect();
    if steps.iter().any(|step| step.state == StepState::Running) {
        return None;
    }
    let with = |state| -> Vec<StepRef<'a>> {
        steps
            .iter()
            .copied()
            .filter(|step| step.state == state)
            .collect()
    };
    let region = steps.iter().find_map(|step| {
        let (seq, region) = step.find(|seen| match seen {
            Observation::GatewayRegion(region) => Some(region),
            _ => None,
        })?;
        Some((seq, *step, region))
    });
    let mut dead = with(StepState::Failed);
    // Nothing was sent to these: they say nothing of the way.
    dead.retain(|step| !step.is(&FailureCode::NoLocalPort));
    let seen = Seen {
        region,
        dead,
        alive: with(StepState::Ok),
    };
    (!seen.dead.is_empty()).then_some(seen)
}

fn named(steps: &[StepRef<'_>]) -> String {
    let mut names: Vec<String> = steps
        .iter()
        .take(MOST)
        .map(|step| one_line(step.place(), 60))
        .collect();
    if steps.len() > MOST {
        names.push(format!("{} more", steps.len() - MOST));
    }
    list(&names)
}

/// The region, and its service tag for firewall rules.
fn region_of(seen: &Seen<'_>) -> (String, String) {
    seen.region.map_or_else(
        || ("the region".to_owned(), "Sql of the region".to_owned()),
        |(_, _, region)| {
            let name = one_line(&region.region, 60);
            let tag = format!("Sql.{}", name.replace(' ', ""));
            (name, tag)
        },
    )
}

fn all(case: &Case<'_>) -> Option<Finding> {
    let seen = seen(case).filter(|seen| seen.alive.is_empty() && seen.dead.len() > 1)?;
    // One that the run itself reached is alive, whatever the others did.
    if !case.ok_at(0, StepKind::TcpConnect).is_empty() {
        return None;
    }
    let (region, tag) = region_of(&seen);
    let mut draft = Draft::new("gateways_all_unreachable", Severity::Warning, Owner::Network)
        .title(format!(
            "None of the {} of {region} can be reached from this host.",
            count(seen.dead.len(), "gateway", "gateways")
        ))
        .because(format!("{} did not answer.", named(&seen.dead)))
        .because("A single gateway may be away; all at once are not: what stops them is this host's own network.")
        .sure(Confidence::Likely)
        .then(format!("Allow outbound TCP {} from this host to the service tag {tag}.", port(case)))
        .then("If nothing outbound is allowed here, use a private endpoint instead.")
        .link(links::ARCHITECTURE);
    for step in &seen.dead {
        draft = draft.rests_on(step);
    }
    cite_region(draft, &seen).done(case)
}

fn partly(case: &Case<'_>) -> Option<Finding> {
    let seen = seen(case)?;
    let own_works = case.ok_at(0, StepKind::TcpConnect);
    let alive = if seen.alive.is_empty() {
        &own_works
    } else {
        &seen.alive
    };
    let working = alive.first()?;
    let own: Vec<&str> = case
        .at(0, StepKind::TcpConnect)
        .filter(|step| step.state == StepState::Failed)
        .map(|step| step.place())
        .collect();
    let ours = seen.dead.iter().find(|step| own.contains(&step.place()));
    let (region, tag) = region_of(&seen);
    let mut draft = Draft::new("gateways_partly_unreachable", Severity::Warning, Owner::Network)
        .title(match ours {
            Some(step) => format!("{}, where the name leads now, cannot be reached; other gateways of {region} can.", one_line(step.place(), 60)),
            None => format!("{} of {region} cannot be reached from this host.", count(seen.dead.len(), "gateway", "gateways")),
        })
        .because(format!("No connection to {}.", named(&seen.dead)))
        .because(format!("{} answers.", one_line(working.place(), 60)))
        .because("A name leads to another gateway of its region at any time: an application then fails now and again, as the name leads here or there.")
        .sure(Confidence::Proven)
        .then(format!("Allow outbound TCP {} to all gateways of the region (service tag {tag}), not to single addresses.", port(case)))
        .then("Take gateway addresses out of hosts files and firewall rules: they change.")
        .then(match ours {
            Some(_) => "If that one address answered before, count this network's connections to it: address \
                        translation (SNAT) has few ports for one destination.",
            None => "",
        })
        .link(links::ARCHITECTURE)
        .rests_on(working);
    for step in &seen.dead {
        draft = draft.rests_on(step);
    }
    cite_region(draft, &seen).done(case)
}

fn cite_region(draft: Draft, seen: &Seen<'_>) -> Draft {
    match seen.region {
        Some((seq, step, region)) => draft
            .because(format!(
                "The table of gateways is of {}.",
                one_line(&region.as_of, 10)
            ))
            .cite(step.id, [seq]),
        None => draft,
    }
}

fn port(case: &Case<'_>) -> u16 {
    case.port().unwrap_or(1433)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{
        Confidence::*, FailureCode::*, GatewayRegion, Observation, RegionSource, StepKind,
    };

    fn region() -> Observation {
        Observation::GatewayRegion(GatewayRegion {
            region: "West Europe".into(),
            cloud: "public".into(),
            by: RegionSource::Address,
            told_by: "20.61.99.193".into(),
            gateways: vec!["20.61.99.193".into(), "20.61.99.194".into()],
            as_of: "2026-11-20".into(),
        })
    }

    /// The run's own address works or not; then each gateway.
    fn log(own: bool, gateways: &[(&str, bool)]) -> Log {
        let fails = |works: bool| (!works).then_some(TcpTimeout);
        let mut log = Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .tcp("20.61.99.193:1433", fails(own));
        for (place, works) in gateways {
            log = log
                .running(StepKind::GatewayConnect, place)
                .seen(region())
                .ends(fails(*works));
        }
        log.finish()
    }

    const ONE: &str = "20.61.99.193:1433";
    const TWO: &str = "20.61.99.194:1433";
    const THREE: &str = "20.61.99.195:1433";

    #[test]
    fn this_address_weighs_more_than_another() {
        let mine = expect_beside(
            &log(false, &[(ONE, false), (TWO, true)]),
            "gateways_partly_unreachable",
        );
        assert!(mine.title.starts_with(ONE), "{}", mine.title);
        assert_eq!(mine.confidence, Proven);
        assert!(mine.recommendation[0].contains("Sql.WestEurope"));
        let another = expect_beside(
            &log(true, &[(ONE, true), (TWO, false)]),
            "gateways_partly_unreachable",
        );
        assert!(another.title.starts_with("1 gateway of West Europe"));
        for log in [
            log(false, &[(ONE, false), (TWO, true)]),
            log(true, &[(ONE, true), (TWO, false)]),
        ] {
            expect_no(&log, "gateways_all_unreachable");
        }
    }

    #[test]
    fn all_of_them_are_this_network() {
        let log = log(false, &[(ONE, false), (TWO, false), (THREE, false)]);
        let finding = expect_beside(&log, "gateways_all_unreachable");
        assert_eq!(finding.confidence, Likely);
        assert_eq!(log.judge().verdict.code, "tcp_timeout");
        expect_no(&log, "gateways_partly_unreachable");
    }

    #[test]
    fn none_dead_none_known() {
        for log in [
            log(true, &[(ONE, true), (TWO, true)]),
            log(true, &[]),
            log(false, &[]),
            Log::new()
                .tcp(ONE, None)
                .skipped(StepKind::GatewayConnect, NotAvailable)
                .finish(),
            Log::new()
                .tcp(ONE, None)
                .running(StepKind::GatewayConnect, TWO),
        ] {
            expect_no(&log, "gateways_all_unreachable");
            expect_no(&log, "gateways_partly_unreachable");
        }
    }
}
