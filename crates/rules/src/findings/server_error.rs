//! `server_error`: the server refuses the login with a number that no other rule is about.
//!
//! A known number brings its advice; an unknown one is repeated with its text. Likely: what the server says is
//! certain, what lies behind it less so.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding};

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
        .because("Name, TCP and TLS work.")
        .sure(if known.is_some() {
            Confidence::Likely
        } else {
            Confidence::Possible
        })
        .then(common::advice(number))
        .then(more(number))
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

/// What to look at first, where the number alone has many causes.
fn more(number: i32) -> &'static str {
    match number {
        40532 => {
            "Look first at the user name: without @, or exactly user@server. Then at the name that was connected to: \
             it must be the server's own, not an address."
        }
        40531 => "Connect by the server's full name, so that the client can send it.",
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
        assert!(verdict.recommendation[1].contains("user@server"));
    }

    #[test]
    fn every_known_number_gives_its_advice() {
        for fact in target::facts::errors() {
            let verdict = log(fact.number).judge().verdict;
            let own = [
                "server_error",
                "temporarily_unavailable",
                "database_missing",
                "database_access_denied",
                "firewall_blocked",
                "login_rejected",
            ];
            assert!(
                own.contains(&verdict.code.as_str()),
                "{}: {}",
                fact.number,
                verdict.code
            );
            let advice = verdict.recommendation.join(" ");
            // The network rules of a server have a longer advice of their own, and 18456 one for each state.
            let by_state = fact.number == 18456 || verdict.code == "firewall_blocked";
            assert!(
                by_state || advice.contains(&fact.action),
                "{}: {advice}",
                fact.number
            );
        }
    }
}
