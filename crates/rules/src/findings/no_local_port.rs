//! `no_local_port`: this host has nothing left to connect from.
//!
//! Likely, not proven: the system says the same of a family of addresses that the host has none of.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::NoLocalPort)?;
    let only_v6 = stop.steps.iter().all(|step| step.place().starts_with('['));
    let range = case.of(StepKind::HostFacts).find_map(|step| {
        step.find(|seen| match seen {
            Observation::Host {
                ephemeral_ports, ..
            } => *ephemeral_ports,
            _ => None,
        })
    });
    let server = common::server_at(case, 0);
    let draft = Draft::problem("no_local_port", Owner::ThisHost).sure(Confidence::Likely);
    let draft = if only_v6 {
        draft
            .title(format!(
                "This host has no IPv6 address to reach {server} from."
            ))
            .because(common::by_address(stop))
            .then(
                "Give this host an IPv6 address and route, or let the name answer with IPv4 only.",
            )
    } else {
        draft
            .title(format!("This host has no free port left to connect to {server} from."))
            .because(common::by_address(stop))
            .because("The system said so itself, at once; nothing was sent.")
            .because(range.map_or_else(String::new, |(_, (low, high))| {
                format!("It hands out ports {low} to {high}, each once for one server and port.")
            }))
            .then("Look which program holds so many connections to this server (ss -tan, netstat): one that opens them and never closes, or opens a new one for each query.")
            .then("Let it use a connection pool, or reuse connections; closed ones keep their port for a minute (TIME_WAIT).")
            .then("Widening the port range (net.ipv4.ip_local_port_range) only puts it off.")
    };
    let mut draft = draft.link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::NoLocalPort, Outcome};

    #[test]
    fn ports_have_run_out() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(NoLocalPort))
            .finish();
        let verdict = expect(&log, "no_local_port", Likely, Outcome::Problem);
        assert!(verdict.title.contains("no free port"));
    }

    #[test]
    fn a_family_without_an_address_is_not_a_lack_of_ports() {
        let log = Log::new().tcp("[2603::1]:1433", Some(NoLocalPort)).finish();
        let verdict = expect(&log, "no_local_port", Likely, Outcome::Problem);
        assert!(verdict.title.contains("IPv6"));
    }
}
