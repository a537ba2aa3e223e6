//! `database_access_denied`: the login is known, but has no user in the database (916).
//!
//! Proven: it is the server's own statement.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Confidence, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    if refusal.error.number != 916 {
        return None;
    }
    let (user, database) = (case.who(), one_line(case.database(), 128));
    Draft::problem("database_access_denied", Owner::Dba)
        .title(format!(
            "The login {user} has no access to database {database}."
        ))
        .because(format!("{}.", common::quoted(refusal.error)))
        .because("Name, TCP and TLS work, and the password is right.")
        .sure(Confidence::Proven)
        .then(common::advice(916))
        .then("Then run again from this agent.")
        .link(links::ERROR_LIST)
        .link(links::CONNECTIVITY)
        .rests_on(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::LoginRejected, Outcome};

    #[test]
    fn no_user_in_the_database() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected))
            .error(
                916,
                2,
                "The server principal \"reader\" is not able to access the database.",
            )
            .finish();
        let verdict = expect(&log, "database_access_denied", Proven, Outcome::Problem);
        assert_eq!(
            verdict.title,
            "The login reader has no access to database orders."
        );
    }
}
