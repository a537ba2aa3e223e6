//! `local_ports_exhausted`, `connections_limited`: so many connections stand, and no more.
//!
//! Ports of this host: the system says so itself. Anything else: connects work alone, fail while so many are open, and
//! work again once these are closed; who counts them does not show from here.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, one_line};
use model::lasting::{RampEnd, RampFailure};
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind};

pub(crate) const PORTS: Rule = Rule::problem(ports);
pub(crate) const RULE: Rule = Rule::problem(limited);

fn ramp<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, u64, &'a RampEnd, &'a RampFailure)> {
    case.of(StepKind::Capacity).find_map(|step| {
        let (seq, end) = step.find(|seen| match seen {
            Observation::RampEnd(end) => Some(end),
            _ => None,
        })?;
        Some((step, seq, end, end.first_failure.as_ref()?))
    })
}

fn connections(number: u32) -> String {
    count(
        usize::try_from(number).unwrap_or(usize::MAX),
        "connection",
        "connections",
    )
}

fn ports(case: &Case<'_>) -> Option<Finding> {
    let (step, seq, end, failure) = ramp(case)?;
    if failure.code != FailureCode::NoLocalPort {
        return None;
    }
    let counted = step.find(|seen| match seen {
        Observation::LocalPorts(ports) => Some(ports),
        _ => None,
    });
    let mut draft = Draft::problem("local_ports_exhausted", Owner::ThisHost)
        .title(format!(
            "This host runs out of ports after {} to {}.",
            connections(end.most_open),
            one_line(&end.endpoint, 60)
        ))
        .because("The system refused the next one at once: no free port to connect from.")
        .because(counted.map_or_else(String::new, |(_, ports)| {
            let range = ports.range.map_or_else(String::new, |(low, high)| {
                format!("It hands out ports {low} to {high}. ")
            });
            format!(
                "{range}Before that, {} of this host held ports, {} of them ended and waiting, {} to this server.",
                connections(ports.connections),
                ports.waiting,
                ports.to_endpoint
            )
        }))
        .sure(Confidence::Proven)
        .then("Let the application keep and reuse connections (a pool); every one that is closed holds its port for a minute.")
        .then("Look which program holds them: ss -tanp, or netstat -ano.")
        .then("If so many are really needed, widen the range (net.ipv4.ip_local_port_range; netsh int ipv4 set dynamicport).")
        .link(links::CONNECTIVITY)
        .cite(step.id, [seq]);
    if let Some((seq, _)) = counted {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

fn limited(case: &Case<'_>) -> Option<Finding> {
    let (step, seq, end, failure) = ramp(case)?;
    // What fails without company has another reason.
    if failure.open == 0 || failure.code == FailureCode::NoLocalPort {
        return None;
    }
    let back = end.worked_after == Some(true);
    let silent = failure.code == FailureCode::TcpTimeout;
    let place = one_line(&end.endpoint, 60);
    Draft::problem("connections_limited", Owner::Network)
        .title(format!(
            "{} to {place} stand at once; the next ones fail.",
            connections(end.most_open)
        ))
        .because(format!(
            "{} {} of {} failed so.",
            code_sentence(&failure.code),
            end.failed,
            end.tried
        ))
        .because(if back {
            "Once all were closed, one more worked at once: their number is what counts."
        } else {
            "After all were closed, one more still failed: ended connections hold their place for a while (a minute or more)."
        })
        .because(if silent {
            "Silence, not a refusal: typical of address translation (SNAT, NAT gateway, firewall) that has no port left for this server."
        } else {
            "Something counts connections and refuses: the server's own limit, or a device in front of it."
        })
        .sure(if back { Confidence::Proven } else { Confidence::Likely })
        .then(if silent {
            "In Azure, give the subnet a NAT gateway or reach the server by a private endpoint; elsewhere ask who owns the address translation for more ports or addresses."
        } else {
            "Ask the server's owner for its limit of connections (service tier, user connections, Resource Governor)."
        })
        .then("Let applications use one pool each with a maximum (SqlClient: Max Pool Size, 100 by default), and close what they open.")
        .link(links::CONNECTIVITY)
        .cite(step.id, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::lasting::{RampEnd, RampFailure};
    use model::{Confidence, FailureCode, FailureCode::*, Observation, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn log(failure: Option<(u32, FailureCode)>, worked_after: Option<bool>) -> Log {
        Log::new()
            .secured(EP)
            .running(StepKind::Capacity, EP)
            .seen(Observation::RampEnd(RampEnd {
                endpoint: EP.into(),
                tried: 40,
                most_open: 18,
                failed: 10,
                first_failure: failure.map(|(open, code)| RampFailure {
                    open,
                    code,
                    detail: None,
                }),
                lost: 0,
                worked_after,
            }))
            .ends(None)
            .finish()
    }

    #[test]
    fn which_limit_it_is() {
        use Confidence::{Likely, Proven};
        let table = [
            (18, NoLocalPort, true, "local_ports_exhausted", Proven),
            (18, TcpTimeout, true, "connections_limited", Proven),
            (18, TcpTimeout, false, "connections_limited", Likely),
            (18, TcpRefused, true, "connections_limited", Proven),
        ];
        for (open, code, after, expected, sure) in table {
            let log = log(Some((open, code)), Some(after));
            expect(&log, expected, sure, Outcome::Problem);
        }
    }

    #[test]
    fn none_that_failed_or_failed_alone_is_no_limit() {
        expect_no(&log(None, None), "connections_limited");
        expect_no(
            &log(Some((0, TcpTimeout)), Some(false)),
            "connections_limited",
        );
    }
}
