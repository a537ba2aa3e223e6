//! `redirected`: the login was routed to a node, and went through there.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::count;
use model::{Confidence, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let login = case.path.login.filter(|login| login.hop > 0)?;
    let hops = usize::try_from(login.hop).unwrap_or(usize::MAX);
    let mut draft = Draft::new("redirected", Severity::Info, Owner::Nobody)
        .title(format!("The login was redirected to {}.", common::server_at(case, login.hop)))
        .because(format!("{}, and the last one took the login.", count(hops, "redirect", "redirects")))
        .because(
            "With the connection policy Redirect clients talk to the node itself: faster, but ports 11000-11999 must be \
             open beside 1433 from wherever they run.",
        )
        .sure(Confidence::Proven)
        .then("Nothing to do here. Where another host fails at the same server, check those ports first.")
        .link(links::ARCHITECTURE)
        .rests_on(&login);
    for step in case.steps().filter(|step| step.kind == StepKind::TdsLogin) {
        let routing = step.find(|seen| matches!(seen, Observation::Routing(_)).then_some(()));
        if let Some((seq, ())) = routing {
            draft = draft.cite(step.id, [seq]);
        }
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{Confidence::Proven, FailureCode::*, Outcome, Severity};

    fn routed() -> Log {
        let ep = "127.0.0.1:5000";
        Log::to("tcp:localhost,5000")
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .routed_to("localhost", 5001)
    }

    #[test]
    fn a_redirect_that_goes_through() {
        let ep = "127.0.0.1:5001";
        let log = routed()
            .secured(ep)
            .login(ep, None)
            .redirect_ends(None)
            .query(None)
            .finish();
        expect(&log, "healthy", Proven, Outcome::Ok);
        let finding = expect_beside(&log, "redirected");
        assert_eq!(finding.severity, Severity::Info);
        assert!(finding.title.contains("localhost:5001"));
    }

    #[test]
    fn one_that_does_not_is_no_news_of_this_kind() {
        let log = routed().tcp("127.0.0.1:5001", Some(TcpTimeout)).finish();
        expect_no(&log, "redirected");
    }
}
