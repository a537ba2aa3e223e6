//! `login_rejected`: the server refuses these credentials (18456 and its family).
//!
//! Proven when the state says why; likely when the server keeps the reason to itself (state 1).

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, ServerMessage};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Numbers that refuse a login for its own sake.
const NUMBERS: [i32; 8] = [18450, 18452, 18456, 18458, 18470, 18486, 18487, 18488];

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    let error = refusal.error;
    if !NUMBERS.contains(&error.number) || super::dummy_refused::find(case).is_some() {
        return None;
    }
    let why = reason(error);
    let withheld = error.number == 18456 && (error.state <= 1 || why.is_none());
    let user = case.who();
    Draft::problem("login_rejected", Owner::Dba)
        .title(match (withheld, why) {
            (false, Some(why)) => format!("The server rejects the login of {user}: {why}."),
            _ => format!("The server rejects the login of {user}."),
        })
        .because(format!("{}.", common::quoted(error)))
        .because(if withheld {
            "The server does not tell a client more than that: the true state stands in its own log."
        } else {
            ""
        })
        .because(if error.number == 18456 {
            ""
        } else {
            common::cause(error.number)
        })
        .because("Name, TCP and TLS work.")
        .sure(if withheld {
            Confidence::Likely
        } else {
            Confidence::Proven
        })
        .then(advice(error))
        .then(if withheld {
            "Check user name and password, that the login may use this database, and that SQL logins are allowed on \
             the server."
        } else {
            ""
        })
        .then(
            "Stop whatever tries this login again and again: after several failures Azure SQL refuses the address for \
             a while, whatever the password.",
        )
        .link(links::LOGIN_FAILED)
        .rests_on(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

/// What the number and state mean, in a few words.
fn reason(error: &ServerMessage) -> Option<&'static str> {
    if error.number == 18456 {
        return target::facts::login_state(error.state).map(|state| state.meaning.as_str());
    }
    target::facts::error(error.number).map(|fact| fact.name.as_str())
}

fn advice(error: &ServerMessage) -> &'static str {
    let state = target::facts::login_state(error.state).filter(|_| error.number == 18456);
    state.map_or_else(
        || common::advice(error.number),
        |state| state.action.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::LoginRejected, Outcome};

    fn log(number: i32, state: u8) -> Log {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected));
        log.error(number, state, "Login failed for user 'reader'.")
            .finish()
    }

    #[test]
    fn the_state_says_why() {
        for (state, sure, words) in [
            (1, Likely, "The server rejects the login of reader."),
            (
                8,
                Proven,
                "The server rejects the login of reader: wrong password.",
            ),
            (
                5,
                Proven,
                "The server rejects the login of reader: login name does not exist.",
            ),
            (200, Likely, "The server rejects the login of reader."),
        ] {
            let verdict = expect(&log(18456, state), "login_rejected", sure, Outcome::Problem);
            assert_eq!(verdict.title, words);
            assert!(verdict.explanation.contains(&format!("state {state}")));
        }
    }

    #[test]
    fn every_state_has_its_advice() {
        for state in 0..=255_u8 {
            let verdict = log(18456, state).judge().verdict;
            assert_eq!(verdict.code, "login_rejected");
            if let Some(known) = target::facts::login_state(state) {
                assert_eq!(verdict.recommendation[0], known.action);
            }
        }
    }

    #[test]
    fn the_family() {
        for number in [18470, 18486, 18487, 18488, 18452] {
            expect(&log(number, 1), "login_rejected", Proven, Outcome::Problem);
        }
    }
}
