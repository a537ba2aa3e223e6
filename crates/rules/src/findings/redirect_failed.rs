//! `redirect_failed`: the node that the gateway routes to fails in another way than silence: no name, a refusal,
//! something that is not SQL Server, TLS that does not come about.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::{Stage, Stop};
use crate::words::code_sentence;
use model::{FailureCode, Finding, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.path.stop.as_ref().filter(|stop| stop.hop > 0)?;
    let (what, owner, advice) = variant(stop)?;
    let redirect = case.redirect(stop.hop)?;
    let node = common::server_at(case, stop.hop);
    let mut draft = Draft::problem("redirect_failed", owner)
        .title(format!("The gateway sends this client on to {node}, and {what}."))
        .because(common::by_address(stop))
        .because(if stop.stage == Stage::Name {
            "No source that was asked gave an address for it.".to_owned()
        } else {
            code_sentence(&stop.code)
        })
        .because(format!(
            "At the gateway everything worked, the login included{}.",
            if case.ok_at(stop.hop - 1, StepKind::TdsLogin).is_empty() {
                " as far as it was asked"
            } else {
                ""
            }
        ))
        .then(advice)
        .then(
            "Until then, the connection policy Proxy keeps all traffic on the gateway, where the server allows it to be \
             set.",
        )
        .then("Then run again from this agent.")
        .link(links::ARCHITECTURE)
        .link(links::CONNECTIVITY)
        .rests_on(&redirect);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

/// What failed at the node, whose job it is, and what to do; nothing when another rule is about it.
fn variant(stop: &Stop<'_>) -> Option<(&'static str, Owner, &'static str)> {
    Some(match (stop.stage, &stop.code) {
        (_, FailureCode::PolicyRefused | FailureCode::EncryptionNotOffered) => return None,
        (Stage::Name, _) => (
            "that name cannot be looked up here",
            Owner::Network,
            "Let this host's resolvers answer for that name too; with a private DNS zone, add the record or forward \
             the zone.",
        ),
        (Stage::Connect, FailureCode::TcpRefused) => (
            "it refuses the connection",
            Owner::Network,
            "Allow TCP 11000-11999 beside 1433: some firewalls refuse instead of dropping. If they are open, the node \
             may just be moving: run again in a minute.",
        ),
        (Stage::Connect, FailureCode::TcpTimeout | FailureCode::TcpUnreachable) => return None,
        (Stage::Connect, _) => (
            "no connection to it stands",
            Owner::Network,
            "Allow TCP 11000-11999 beside 1433 on every firewall between this host and the node.",
        ),
        (Stage::Prelogin, _) => (
            "it does not answer as SQL Server does",
            Owner::Network,
            "Ask the network's owner whether a firewall treats ports 11000-11999 otherwise than 1433.",
        ),
        (
            Stage::Tls,
            FailureCode::TlsNameMismatch
            | FailureCode::TlsExpired
            | FailureCode::TlsNotYetValid
            | FailureCode::TlsUntrusted,
        ) => return None,
        (Stage::Tls, _) => (
            "the TLS handshake there fails",
            Owner::Network,
            "Ask the network's owner whether a firewall looks into TLS on ports 11000-11999, and have it exempted.",
        ),
        (Stage::Redirect, FailureCode::RedirectFailed) => (
            "that is no place to connect to",
            Owner::Dba,
            "Look at where the server routes to: the text it sent stands in the run's events.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::*, Outcome};

    fn routed() -> Log {
        let ep = "20.61.99.193:1433";
        Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .routed_to("node1.example.com", 11_042)
    }

    #[test]
    fn every_way_to_fail_at_the_node() {
        let ep = "20.61.104.17:11042";
        for (log, words) in [
            (
                routed().dns("system", Err(NameNotFound)),
                "cannot be looked up",
            ),
            (routed().tcp(ep, Some(TcpRefused)), "refuses the connection"),
            (
                routed().tcp(ep, Some(TcpReset)),
                "no connection to it stands",
            ),
            (
                routed().tcp(ep, None).prelogin(ep, Some(PreloginNoReply)),
                "does not answer as SQL Server",
            ),
            (
                routed()
                    .tcp(ep, None)
                    .prelogin(ep, None)
                    .tls(ep, Some(TlsReset)),
                "TLS handshake there fails",
            ),
            (
                routed().redirect_ends(Some(RedirectFailed)),
                "no place to connect to",
            ),
        ] {
            let verdict = expect(&log.finish(), "redirect_failed", Likely, Outcome::Problem);
            assert!(verdict.title.contains(words), "{}", verdict.title);
            assert!(verdict.title.contains("node1.example.com:11042"));
        }
    }

    #[test]
    fn a_certificate_or_a_login_refused_at_the_node_keeps_its_own_verdict() {
        let ep = "20.61.104.17:11042";
        let log = routed()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsUntrusted))
            .finish();
        expect(&log, "tls_untrusted", Likely, Outcome::Problem);
        let log = routed()
            .secured(ep)
            .login(ep, Some(LoginRejected))
            .error(18456, 1, "no")
            .finish();
        expect(&log, "login_rejected", Likely, Outcome::Problem);
    }
}
