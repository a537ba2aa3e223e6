//! `login_no_reply`: the login is sent and nothing comes back.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Login, &FailureCode::LoginNoReply)?;
    let step = stop.step()?;
    Draft::problem("login_no_reply", Owner::Dba)
        .title(format!(
            "{} takes the login and does not answer it.",
            common::server_at(case, stop.hop)
        ))
        .because(format!("It was given up after {}.", common::took(&step)))
        .because(common::worked_before(case, stop))
        .because(
            "Everything before it was answered, so the way works; the server itself is slow to decide. A serverless \
             database that wakes up, a server without free workers, and a login trigger do that.",
        )
        .then("Run again in a minute: a database that was asleep is awake by then.")
        .then("If it stays, look at the server's load and at login triggers.")
        .then("Give clients a connection timeout of 30 s, 60 s for serverless databases.")
        .link(links::COMMON_ERRORS)
        .link(links::TRANSIENT)
        .rests_on_all(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::LoginNoReply, Outcome};

    #[test]
    fn silence_after_login() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .taking(30_000)
            .login(ep, Some(LoginNoReply))
            .finish();
        let verdict = expect(&log, "login_no_reply", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("after 30 s"));
    }
}
