//! `tcp_unreachable`: there is no route to any address, or a device on the way says that it lets nobody through.
//!
//! Which of the two, the followed route tells where there is one.

use super::{Rule, common, route_stops};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpUnreachable)?;
    let device = route_stops::in_the_way(case);
    let mut draft = Draft::problem("tcp_unreachable", Owner::Network)
        .title(match device {
            Some((_, _, hop)) => format!(
                "{} stands in the way to {} and lets nothing through.",
                one_line(hop.from.as_deref().unwrap_or_default(), 60),
                case.host()
            ),
            None => format!("This host has no route to {}.", case.host()),
        })
        .because(common::by_address(stop))
        .because(match device {
            Some((_, _, hop)) if hop.answer == "prohibited" => "That device said at once that it is not allowed.",
            Some(_) => "That device said at once that it knows no way further.",
            None => "The system or a router said so at once: the network is down, a route is missing, or a device \
                     forbids the way.",
        })
        .then(match device {
            Some(_) => "Show that address to the network's owner: its rules or its routes are what to change.",
            None => "Check this host's network and VPN, and its route to these addresses.",
        })
        .then(common::open_the_way(case))
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    if let Some((step, seq, _)) = device {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{
        Confidence::Likely, FailureCode::TcpUnreachable, Observation, Outcome, RouteHop, StepKind,
    };

    #[test]
    fn no_route_to_any_address() {
        let log = Log::new()
            .tcp("[2603::1]:1433", Some(TcpUnreachable))
            .finish();
        let verdict = expect(&log, "tcp_unreachable", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("[2603::1]:1433"));
    }

    #[test]
    fn a_device_that_says_so_is_named() {
        const EP: &str = "20.61.99.193:1433";
        for (answer, words) in [
            ("prohibited", "not allowed"),
            ("unreachable", "knows no way further"),
        ] {
            let hop = RouteHop {
                ttl: 2,
                from: Some("10.9.9.9".into()),
                answer: answer.into(),
                elapsed_us: 1_000,
            };
            let log = Log::new()
                .tcp(EP, Some(TcpUnreachable))
                .running(StepKind::RouteTrace, EP)
                .seen(Observation::RouteHop(hop))
                .ends(None)
                .finish();
            let verdict = expect(&log, "tcp_unreachable", Likely, Outcome::Problem);
            assert!(
                verdict.title.starts_with("10.9.9.9 stands in the way"),
                "{}",
                verdict.title
            );
            assert!(
                verdict.explanation.contains(words),
                "{}",
                verdict.explanation
            );
        }
    }
}
