//! `route_prohibited`, `route_stops`: where the way to an address that fails comes to its end.
//!
//! Proven when a router says itself that it forbids the way; possible when nobody answers any more, for routers may keep
//! silent and pass on.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{count, one_line};
use model::{Confidence, Finding, Observation, Owner, RouteHop, Severity, StepKind, StepState};

pub(crate) const PROHIBITED: Rule = Rule::problem(prohibited);
pub(crate) const STOPS: Rule = Rule::problem(stops);

fn hops<'a>(step: &StepRef<'a>) -> Vec<(u64, &'a RouteHop)> {
    step.facts()
        .filter_map(|fact| match &fact.seen {
            Observation::RouteHop(hop) => Some((fact.seq, hop)),
            _ => None,
        })
        .collect()
}

fn forbids(hop: &RouteHop) -> bool {
    matches!(hop.answer.as_str(), "prohibited" | "unreachable") && hop.from.is_some()
}

/// The device that says itself that it does not pass packets on, and where it says so.
pub(crate) fn in_the_way<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, u64, &'a RouteHop)> {
    case.of(StepKind::RouteTrace).find_map(|step| {
        let (seq, hop) = hops(&step).into_iter().find(|(_, hop)| forbids(hop))?;
        Some((step, seq, hop))
    })
}

fn prohibited(case: &Case<'_>) -> Option<Finding> {
    let (step, seq, hop) = in_the_way(case)?;
    let who = one_line(hop.from.as_deref().unwrap_or_default(), 60);
    let forbidden = hop.answer == "prohibited";
    Draft::new("route_prohibited", Severity::Warning, Owner::Network)
        .title(if forbidden {
            format!("{who} forbids the way to {}.", one_line(step.place(), 80))
        } else {
            format!("{who} knows no way to {}.", one_line(step.place(), 80))
        })
        .because(format!("{} from this host, it answered that it does not pass such packets on.", count(usize::from(hop.ttl), "hop", "hops")))
        .sure(Confidence::Proven)
        .then(if forbidden {
            "Ask whoever runs that device for a rule that lets this host through to the server's port."
        } else {
            "Ask whoever runs that router about its routes to the server's network."
        })
        .link(links::CONNECTIVITY)
        .cite(step.id, [seq])
        .done(case)
}

fn stops(case: &Case<'_>) -> Option<Finding> {
    if prohibited(case).is_some() {
        return None;
    }
    let (step, last, silent) = case.of(StepKind::RouteTrace).find_map(|step| {
        let all = hops(&step);
        let arrived = all
            .iter()
            .any(|(_, hop)| matches!(hop.answer.as_str(), "connected" | "refused"));
        if arrived || step.state == StepState::Running {
            return None;
        }
        let last = all.iter().rposition(|(_, hop)| hop.from.is_some())?;
        let silent = all.len().saturating_sub(last + 1);
        (silent > 0).then_some((step, *all.get(last)?, silent))
    })?;
    let (seq, hop) = last;
    Draft::new("route_stops", Severity::Info, Owner::Network)
        .title(format!(
            "On the way to {}, {} is the last that answers.",
            one_line(step.place(), 80),
            one_line(hop.from.as_deref().unwrap_or_default(), 60)
        ))
        .because(format!(
            "It is {} away; {} after it kept silent. Routers may keep silent and still pass on, so this is a hint only.",
            count(usize::from(hop.ttl), "hop", "hops"),
            count(silent, "probe", "probes")
        ))
        .sure(Confidence::Possible)
        .then("Show this to the network's owner: what drops the packets is at that device or behind it.")
        .link(links::CONNECTIVITY)
        .cite(step.id, [seq])
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::TcpTimeout, Observation, RouteHop, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn log(answers: &[(Option<&str>, &str)]) -> Log {
        let mut log = Log::new()
            .tcp(EP, Some(TcpTimeout))
            .running(StepKind::RouteTrace, EP);
        for ((from, answer), ttl) in answers.iter().zip(1..) {
            log = log.seen(Observation::RouteHop(RouteHop {
                ttl,
                from: from.map(Into::into),
                answer: (*answer).into(),
                elapsed_us: 1_000,
            }));
        }
        log.ends(None).finish()
    }

    #[test]
    fn where_it_ends() {
        let log_of = |last| {
            log(&[
                (Some("10.0.0.1"), "time_exceeded"),
                (Some("10.9.9.9"), last),
                (None, "silent"),
            ])
        };
        let finding = expect_beside(&log_of("prohibited"), "route_prohibited");
        assert_eq!(finding.confidence, Proven);
        assert!(finding.title.contains("10.9.9.9 forbids"));
        expect_no(&log_of("prohibited"), "route_stops");
        let finding = expect_beside(&log_of("unreachable"), "route_prohibited");
        assert!(finding.title.contains("knows no way"));
        let finding = expect_beside(&log_of("time_exceeded"), "route_stops");
        assert_eq!(finding.confidence, Possible);
        assert!(finding.title.contains("10.9.9.9 is the last"));
        for arrived in ["connected", "refused"] {
            let log = log(&[
                (Some("10.0.0.1"), "time_exceeded"),
                (Some("20.61.99.193"), arrived),
            ]);
            expect_no(&log, "route_stops");
            expect_no(&log, "route_prohibited");
        }
        expect_no(&log(&[(None, "silent"), (None, "silent")]), "route_stops");
    }
}
