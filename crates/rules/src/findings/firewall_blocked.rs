//! `firewall_blocked`: the server's own network rules do not let this client in (40615, 40914, 47073).
//!
//! Proven: it is the server's statement about itself, made after TLS, and it names the client's address.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner};
use std::net::IpAddr;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    let address = client_address(&refusal.error.message);
    let client = address.map_or_else(|| "this client".to_owned(), |ip| ip.to_string());
    let (title, advice) = match refusal.error.number {
        40615 => (
            format!("The server's firewall does not let {client} in."),
            match address {
                Some(ip) => format!(
                    "Add a rule for {ip} to the server's firewall, or for the range this host leaves by. It can take \
                     five minutes to work."
                ),
                None => "Add a rule for this host's public address to the server's firewall. It can take five minutes \
                         to work."
                    .to_owned(),
            },
        ),
        40914 => (
            "The server has no rule for the virtual network this client comes from.".to_owned(),
            "Add a virtual network rule for the client's subnet to the server, or take the service endpoint \
             Microsoft.Sql off the subnet."
                .to_owned(),
        ),
        47073 => (
            "The server takes no connections from public networks.".to_owned(),
            "Connect through the server's private endpoint, or allow public network access on the server.".to_owned(),
        ),
        _ => return None,
    };
    Draft::problem("firewall_blocked", Owner::Dba)
        .title(title)
        .because(format!("{}.", common::quoted(refusal.error)))
        .because("Name, TCP, TLS and the login's way all work: this is the server's setting, not the network.")
        .sure(Confidence::Proven)
        .then(advice)
        .then("Then run again from this agent.")
        .link(links::FIREWALL)
        .link(if refusal.error.number == 47073 {
            links::PRIVATE_ENDPOINT
        } else {
            links::COMMON_ERRORS
        })
        .rests_on(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

/// The address in the server's text, between quotes after `IP address`.
fn client_address(text: &str) -> Option<IpAddr> {
    let (_, rest) = text.split_once("IP address")?;
    let rest = rest.trim_start().strip_prefix(['\'', '"', '‘', '’'])?;
    rest.split(['\'', '"', '‘', '’']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::client_address;
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::LoginRejected, Outcome};

    fn log(number: i32, text: &str) -> Log {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected));
        log.error(number, 1, text).finish()
    }

    #[test]
    fn the_address_is_named() {
        let text = "Cannot open server 'contoso' requested by the login. Client with IP address '203.0.113.9' is not \
                    allowed to access the server.";
        let verdict = expect(
            &log(40615, text),
            "firewall_blocked",
            Proven,
            Outcome::Problem,
        );
        assert_eq!(
            verdict.title,
            "The server's firewall does not let 203.0.113.9 in."
        );
        assert!(verdict.recommendation[0].contains("203.0.113.9"));
    }

    #[test]
    fn the_other_network_rules() {
        let verdict = expect(
            &log(40914, "x"),
            "firewall_blocked",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.title.contains("virtual network"));
        let verdict = expect(
            &log(47073, "x"),
            "firewall_blocked",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.recommendation[0].contains("private endpoint"));
    }

    #[test]
    fn an_address_that_is_none_is_not_repeated() {
        assert_eq!(client_address("IP address 'evil' is"), None);
        assert_eq!(client_address("IP address ''"), None);
        assert_eq!(client_address("no address"), None);
        assert!(client_address("IP address '2001:db8::1' is").is_some());
        let verdict = expect(
            &log(40615, "odd"),
            "firewall_blocked",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.title.contains("this client"));
    }
}
