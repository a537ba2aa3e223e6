//! `addresses_partly_dead`: some addresses of the server work, others do not.
//!
//! Proven: the same thing done at two addresses, with two results.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, list};
use model::{Confidence, FailureCode, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let kinds = [
        StepKind::TcpConnect,
        StepKind::TdsPrelogin,
        StepKind::TlsHandshake,
    ];
    let (alive, dead) = (0..=case.path.hop)
        .flat_map(|hop| kinds.map(|kind| (hop, kind)))
        .find_map(|(hop, kind)| {
            let alive = case.ok_at(hop, kind);
            let dead: Vec<_> = case.at(hop, kind).filter(is_dead).collect();
            (!alive.is_empty() && !dead.is_empty()).then_some((alive, dead))
        })?;
    let names = |steps: &[StepRef<'_>]| {
        list(
            &steps
                .iter()
                .map(|s| s.place().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let what = dead
        .first()
        .and_then(|step| step.code.as_ref())
        .map(code_sentence)
        .unwrap_or_default();
    let only_v6 = dead.iter().all(|step| step.place().starts_with('['));
    let advice = if only_v6 {
        "Only IPv6 fails: repair its route, or let the name answer with IPv4 only. Drivers that try IPv6 first wait \
         for it."
    } else if case.is_azure() {
        "Open the firewall for all gateways of the region, not for single addresses: which one the name answers \
         with changes."
    } else {
        "Repair these addresses, or take them out of the name's answers."
    };
    let mut draft = Draft::new("addresses_partly_dead", Severity::Warning, Owner::Network)
        .title(format!(
            "{} of {} not work: {}.",
            dead.len(),
            if alive.len() + dead.len() == 1 {
                "1 address does".to_owned()
            } else {
                format!("{} do", count(alive.len() + dead.len(), "address", "addresses"))
            },
            names(&dead)
        ))
        .because(format!("{what} {} worked.", names(&alive)))
        .because("A driver that meets a dead address first waits for it, so connects are slow or fail now and then.")
        .sure(Confidence::Proven)
        .then(advice)
        .then("Until then, MultiSubnetFailover=True makes many drivers try all addresses at once.")
        .link(links::ARCHITECTURE)
        .link(links::CONNECTIVITY);
    for step in alive.iter().chain(&dead) {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

fn is_dead(step: &StepRef<'_>) -> bool {
    let other = [
        FailureCode::NoLocalPort,
        FailureCode::PolicyRefused,
        FailureCode::Cancelled,
        FailureCode::DeadlinePassed,
    ];
    step.state == StepState::Failed && !other.iter().any(|code| step.is(code))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{Confidence, FailureCode::*};

    #[test]
    fn one_dead_address_of_two() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(TcpTimeout))
            .secured("20.61.99.194:1433")
            .finish();
        let finding = expect_beside(&log, "addresses_partly_dead");
        assert_eq!(
            finding.title,
            "1 of 2 addresses do not work: 20.61.99.193:1433."
        );
        assert_eq!(finding.confidence, Confidence::Proven);
        assert!(finding.explanation.contains("20.61.99.194:1433 worked."));
    }

    #[test]
    fn a_dead_ipv6_is_named_as_such() {
        let log = Log::new()
            .tcp("[2603::1]:1433", Some(TcpUnreachable))
            .secured("20.61.99.194:1433")
            .finish();
        let finding = expect_beside(&log, "addresses_partly_dead");
        assert!(finding.recommendation[0].contains("IPv6"));
    }

    #[test]
    fn an_address_that_fails_later_is_found_too() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", None)
            .tcp("20.61.99.194:1433", None)
            .prelogin("20.61.99.193:1433", None)
            .prelogin("20.61.99.194:1433", Some(PreloginReset))
            .tls("20.61.99.193:1433", None)
            .finish();
        expect_beside(&log, "addresses_partly_dead");
    }

    #[test]
    fn refused_by_policy_is_not_dead() {
        let log = Log::new()
            .tcp("10.0.0.4:1433", Some(PolicyRefused))
            .secured("20.61.99.194:1433")
            .finish();
        expect_no(&log, "addresses_partly_dead");
        expect_no(
            &Log::new().secured("20.61.99.194:1433").finish(),
            "addresses_partly_dead",
        );
    }
}
