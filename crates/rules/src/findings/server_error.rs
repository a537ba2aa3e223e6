//! `server_error`: the server refuses the login with a number that no other rule is about.
//!
//! A known number brings its advice; an unknown one is repeated with its text. Likely: what the server says is
//! certain, what lies behind it less so.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding};
use target::Kind;

pub(crate) const RULE: Rule = Rule::problem(find);

/// Numbers that other rules are about.
const OTHERS: [i32; 12] = [
    40615, 40914, 47073, 18450, 18452, 18456, 18458, 18470, 18486, 18487, 18488, 916,
];

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    let number = refusal.error.number;
    if OTHERS.contains(&number)
        || matches!(number, 4060 | 4063 | 911)
        || target::is_transient(number)
    {
        return None;
    }
    let known = target::facts::error(number);
    Draft::problem("server_error", common::owner_of(case, number))
        .title(known.map_or_else(
            || format!("The server refuses the login with error {number}."),
            |fact| {
                format!(
                    "The server refuses the login: {} (error {number}).",
                    fact.name
                )
            },
        ))
        .because(format!("{}.", common::quoted(refusal.error)))
        .because(if known.is_none() {
            "This number is not among those that Linecheck knows."
        } else {
            ""
        })
        .because(common::cause(number))
        .because("Name, TCP and TLS work.")
        .sure(if known.is_some() {
            Confidence::Likely
        } else {
            Confidence::Possible
        })
        .then(common::advice(number))
        .then(more(case, number))
        .then(if known.is_none() {
            "Look the number up in the list of errors, and read the server's log at this time."
        } else {
            "Then run again from this agent."
        })
        .link(links::ERROR_LIST)
        .link(links::COMMON_ERRORS)
        .rests_on(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

/// What to look at besides, where a number has more causes for this kind of endpoint.
fn more(case: &Case<'_>, number: i32) -> &'static str {
    let kind = case.kind();
    match (number, kind) {
        (40532, Some(Kind::ManagedInstancePublic)) => {
            "Check that the public endpoint of the managed instance is enabled."
        }
        (40532, Some(kind)) if kind.is_managed_instance() => {
            "Check that DNS does not lead to an old address of the managed instance."
        }
        (40532, Some(kind)) if kind.is_azure() => {
            "Then at the client's subnet: with the service endpoint Microsoft.Sql (one that was switched on for MySQL or \
             PostgreSQL counts too) the server needs a virtual network rule for it."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::LoginRejected, Outcome};

    fn log(number: i32) -> Log {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected));
        log.error(number, 1, "Words of the server.").finish()
    }

    #[test]
    fn an_unknown_number_is_repeated_with_its_text() {
        let verdict = expect(&log(123_456), "server_error", Possible, Outcome::Problem);
        assert!(verdict.title.contains("123456"));
        assert!(verdict.explanation.contains("“Words of the server”"));
    }

    #[test]
    fn a_known_number_brings_its_advice() {
        let verdict = expect(&log(40532), "server_error", Likely, Outcome::Problem);
        assert!(verdict.recommendation[0].contains("user@server"));
    }

    /// Every number of the table, as a server that refuses a login with it.
    #[test]
    fn every_known_number_has_an_advice_of_its_own() {
        let own = [
            "server_error",
            "temporarily_unavailable",
            "database_missing",
            "database_access_denied",
            "firewall_blocked",
            "login_rejected",
        ];
        let mut said = std::collections::BTreeMap::new();
        for fact in target::facts::errors() {
            let number = fact.number;
            let verdict = log(number).judge().verdict;
            assert!(
                own.contains(&verdict.code.as_str()),
                "{number}: {}",
                verdict.code
            );
            let named = format!("Error {number}, state 1");
            assert!(verdict.explanation.contains(&named), "{number}");
            assert!(!verdict.recommendation.is_empty(), "{number}");
            let advice = verdict.recommendation.join(" ");
            // The network rules of a server have a longer advice of their own, and 18456 one for each state.
            let longer = number == 18456 || verdict.code == "firewall_blocked";
            assert!(longer || advice.contains(fact.action), "{number}: {advice}");
            let words = format!(
                "{}|{advice}",
                verdict.title.replace(&number.to_string(), "")
            );
            if let Some(other) = said.insert(words, number) {
                panic!("{number} says what {other} says");
            }
        }
        assert_eq!(said.len(), 167);
    }

    #[test]
    fn the_same_number_at_other_endpoints() {
        for (server, word) in [
            ("mi.public.0a1b.database.windows.net", "public endpoint"),
            ("mi.0a1b.database.windows.net", "old address"),
            ("contoso.database.windows.net", "service endpoint"),
        ] {
            let ep = "20.61.99.193:1433";
            let log = Log::to(server)
                .signed_in()
                .secured(ep)
                .login(ep, Some(LoginRejected))
                .error(40532, 1, "x")
                .finish();
            let verdict = expect(&log, "server_error", Likely, Outcome::Problem);
            assert!(verdict.recommendation[1].contains(word), "{server}");
        }
    }
}
