//! `redirect_blocked`: the gateway works, but sends the client on to a node that it cannot reach.
//!
//! Proven by the contrast in one run: connects to the gateway are established, connects to the node it names get
//! no answer. Likely where the node's addresses do not all behave alike.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::{Stage, Stop};
use crate::words::{count, duration, one_line};
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind};
use target::Kind;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .stopped(Stage::Connect, &FailureCode::TcpTimeout)
        .or_else(|| case.stopped(Stage::Connect, &FailureCode::TcpUnreachable))
        .filter(|stop| stop.hop > 0)?;
    let redirect = case.redirect(stop.hop)?;
    let host = &one_line(case.host_at(stop.hop), 253);
    let port = redirect.subject.port?;
    let gateway = case.ok_at(stop.hop - 1, StepKind::TcpConnect);
    let seen = if stop.code == FailureCode::TcpTimeout {
        "gets no reply"
    } else {
        "cannot be reached"
    };
    let mut draft = Draft::problem("redirect_blocked", Owner::Network)
        .title(format!(
            "The gateway answers, but sends this client on to a node that it cannot reach: port {port} of {host} {seen}."
        ))
        .because(explanation(case, stop))
        .because(format!(
            "Azure SQL places such nodes on ports {}; something between this host and there lets the gateway's port \
             through, but not these.",
            range(case)
        ))
        .sure(if gateway.is_empty() || stop.mixed {
            Confidence::Likely
        } else {
            Confidence::Proven
        })
        .then(open(case, host, port))
        .then(policy(case))
        .then("Run again from this agent: the redirect then goes through.")
        .link(links::ARCHITECTURE);
    if case.kind().is_some_and(Kind::is_managed_instance) {
        draft = draft.link(links::MI_CONNECTION_TYPES);
    }
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    for step in &gateway {
        draft = draft.rests_on(step);
    }
    for login in case.at(stop.hop - 1, StepKind::TdsLogin) {
        let routing = login.find(|seen| matches!(seen, Observation::Routing(_)).then_some(()));
        if let Some((seq, ())) = routing {
            draft = draft.cite(login.id, [seq]);
        }
    }
    draft.rests_on(&redirect).done(case)
}

/// The contrast, in numbers.
fn explanation(case: &Case<'_>, stop: &Stop<'_>) -> String {
    let tries: usize = stop.steps.iter().map(|s| s.attempts().count().max(1)).sum();
    let there = stop
        .step()
        .map(|step| common::took(&step))
        .unwrap_or_default();
    let node = format!(
        "The login at the gateway was routed to {}. {} there failed, each after up to {there}.",
        common::server_at(case, stop.hop),
        count(tries, "connect", "connects"),
    );
    match case.connect_time(stop.hop - 1) {
        Some(us) => format!("{node} A connect to the gateway took {}.", duration(us)),
        None => node,
    }
}

/// The ports that nodes listen on, for this kind of endpoint.
fn range(case: &Case<'_>) -> &'static str {
    let known = case.kind().and_then(Kind::redirect_ports);
    known.unwrap_or("11000-11999")
}

fn open(case: &Case<'_>, host: &str, port: u16) -> String {
    let range = range(case);
    let tag =
        common::service_tag(case, 0).unwrap_or_else(|| "Sql of the server's region".to_owned());
    match case.kind() {
        Some(kind) if kind.is_managed_instance() => format!(
            "Allow TCP {range} from this host to the managed instance's subnet, beside 1433, on both network security \
             groups and on every firewall between the two. This time the node was {host}, port {port}."
        ),
        Some(kind) if kind.is_azure() => format!(
            "Allow outbound TCP {range} to the service tag {tag}, beside 1433. This time the node was {host}, port \
             {port}; the next time it is another."
        ),
        _ => format!(
            "Allow outbound TCP {range} from this host to the node, beside the gateway's port. This time the node was \
             {host}, port {port}."
        ),
    }
}

fn policy(case: &Case<'_>) -> &'static str {
    match case.kind() {
        Some(Kind::CustomDomain | Kind::SqlServer) => {
            "If this is Azure SQL: until then, set the server's connection policy to Proxy. On a server of your own, \
             check the read-only routing URL of the availability group, which names this host and port."
        }
        _ => {
            "Until then, set the server's connection policy to Proxy: everything goes through the gateway, slower and \
             with its 30-minute idle limit."
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome};

    const GATEWAY: &str = "20.61.99.193:1433";
    const NODE: &str = "tr1123.westeurope1-a.worker.database.windows.net";

    fn routed(server: &str) -> Log {
        Log::to(server)
            .signed_in()
            .dns("system", Ok(&["20.61.99.193"]))
            .taking(22)
            .tcp(GATEWAY, None)
            .prelogin(GATEWAY, None)
            .tls(GATEWAY, None)
            .login(GATEWAY, None)
            .routed_to(NODE, 11_042)
            .dns("system", Ok(&["20.61.104.17"]))
            .taking(5_000)
    }

    #[test]
    fn the_contrast_is_proof() {
        let log = routed("contoso.database.windows.net")
            .tcp("20.61.104.17:11042", Some(TcpTimeout))
            .redirect_ends(Some(RedirectFailed))
            .finish();
        let verdict = expect(&log, "redirect_blocked", Proven, Outcome::Problem);
        assert_eq!(
            verdict.title,
            format!(
                "The gateway answers, but sends this client on to a node that it cannot reach: port 11042 of {NODE} \
                 gets no reply."
            )
        );
        for part in [
            NODE,
            ":11042",
            "5 connects there failed",
            "5 s",
            "took 22 ms",
            "11000-11999",
        ] {
            assert!(
                verdict.explanation.contains(part),
                "{part}: {}",
                verdict.explanation
            );
        }
        assert!(verdict.recommendation[0].contains("11000-11999"));
        assert!(verdict.recommendation[1].contains("Proxy"));
    }

    #[test]
    fn it_is_found_before_the_redirect_itself_ends() {
        let log =
            routed("contoso.database.windows.net").tcp("20.61.104.17:11042", Some(TcpTimeout));
        expect(&log, "redirect_blocked", Proven, Outcome::Problem);
    }

    #[test]
    fn the_advice_fits_the_kind() {
        let first = |server| {
            let log = routed(server)
                .tcp("20.61.104.17:11042", Some(TcpTimeout))
                .finish();
            expect(&log, "redirect_blocked", Proven, Outcome::Problem).recommendation[0].clone()
        };
        assert!(first("mi.0a1b.database.windows.net").contains("subnet"));
        assert!(first("tcp:localhost,5000").contains("port 11042"));
        assert!(first("tcp:localhost,5000").contains("11000-11999"));
    }

    #[test]
    fn a_node_that_is_reached_or_refuses_is_another_matter() {
        let log = routed("contoso.database.windows.net")
            .secured("20.61.104.17:11042")
            .finish();
        expect_no(&log, "redirect_blocked");
        let log = routed("contoso.database.windows.net")
            .tcp("20.61.104.17:11042", Some(TcpRefused))
            .finish();
        expect_no(&log, "redirect_blocked");
        let log = Log::new().tcp(GATEWAY, Some(TcpTimeout)).finish();
        expect_no(&log, "redirect_blocked");
    }
}
