//! `redirect_loop`: the server routes back to where this run has been.
//!
//! Proven: both visits stand in the log.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::list;
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.failed_with(&FailureCode::RedirectLoop)?;
    let mut way = vec![common::server_at(case, 0)];
    for hop in 1..=case.path.hop {
        way.push(common::server_at(case, hop));
    }
    let hops = way.len() - 1;
    let mut draft = Draft::problem("redirect_loop", owner(case))
        .title("The server sends the client round in a circle.")
        .because(format!(
            "The way was {}; {hops} redirects, and it has been there.",
            list(&way)
        ))
        .because(
            "Every place on the way answers and takes the login, so the network is not the reason.",
        )
        .sure(Confidence::Proven)
        .then(if case.is_azure() {
            "Run again in a minute: a node that is moving can point back for a moment."
        } else {
            "Look at the read-only routing lists of the availability group: they lead in a circle."
        })
        .then("If it stays, open a support case with the times and the connection ids of this run.")
        .link(links::ARCHITECTURE)
        .link(links::COMMON_ERRORS)
        .rests_on(&step);
    for login in case.steps().filter(|step| step.kind == StepKind::TdsLogin) {
        let routing = login.find(|seen| matches!(seen, Observation::Routing(_)).then_some(()));
        if let Some((seq, ())) = routing {
            draft = draft.cite(login.id, [seq]);
        }
    }
    draft.done(case)
}

fn owner(case: &Case<'_>) -> Owner {
    if case.is_azure() {
        Owner::Azure
    } else {
        Owner::Dba
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::RedirectLoop, Outcome};

    #[test]
    fn there_and_back() {
        let (a, b) = ("127.0.0.1:5000", "127.0.0.1:5001");
        let log = Log::to("tcp:localhost,5000")
            .signed_in()
            .secured(a)
            .login(a, None)
            .routed_to("localhost", 5001)
            .secured(b)
            .login(b, None)
            .routed_to("localhost", 5000)
            .redirect_ends(Some(RedirectLoop))
            .finish();
        let verdict = expect(&log, "redirect_loop", Proven, Outcome::Problem);
        assert!(
            verdict
                .explanation
                .contains("localhost:5000, localhost:5001 and localhost:5000; 2 redirects")
        );
    }
}
