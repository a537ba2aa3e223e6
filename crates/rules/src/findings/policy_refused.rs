//! `policy_refused`: the agent's own rules forbid the address or port, so nothing was sent.
//!
//! Proven: the agent states its own rule.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{list, one_line};
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .path
        .stop
        .as_ref()
        .filter(|s| s.code == FailureCode::PolicyRefused)?;
    let places: Vec<String> = stop.alike().map(|step| step.place().to_owned()).collect();
    let words = stop.alike().find_map(|step| step.detail.clone());
    let mut draft = Draft::problem("policy_refused", Owner::ThisHost)
        .title(format!(
            "This agent may not connect to {}, so nothing was sent.",
            list(&places)
        ))
        .because(words.map_or_else(String::new, |words| {
            format!("Its rule: {}.", one_line(words.trim_end_matches('.'), 200))
        }))
        .because(if stop.hop > 0 {
            "The server's redirect led there."
        } else {
            "Agents connect only to the ports of SQL Server and to addresses beyond their own host."
        })
        .sure(Confidence::Proven)
        .then("Check host and port: is this really where SQL Server listens?")
        .then("If it is, whoever runs the agent can allow it there with --allow.")
        .link(links::ARCHITECTURE);
    for step in stop.alike() {
        draft = draft.rests_on(&step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::*, Outcome, StepKind};

    #[test]
    fn the_target_or_the_node_it_leads_to() {
        let log = Log::to("tcp:127.0.0.1,22")
            .skipped(StepKind::TcpConnect, PolicyRefused)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        let verdict = expect(&log, "policy_refused", Proven, Outcome::Problem);
        assert!(verdict.title.contains("20.61.99.193:1433"));
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .routed_to("169.254.169.254", 80)
            .skipped(StepKind::TcpConnect, PolicyRefused)
            .redirect_ends(Some(RedirectFailed))
            .finish();
        let verdict = expect(&log, "policy_refused", Proven, Outcome::Problem);
        assert!(verdict.explanation.contains("redirect"));
    }

    #[test]
    fn an_address_that_may_be_tried_says_more() {
        let log = Log::new()
            .skipped(StepKind::TcpConnect, PolicyRefused)
            .tcp("20.61.99.194:1433", Some(TcpTimeout))
            .finish();
        expect(&log, "tcp_timeout", Possible, Outcome::Problem);
    }
}
