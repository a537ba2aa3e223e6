//! `too_many_redirects`: more redirects than the options allow.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.failed_with(&FailureCode::TooManyRedirects)?;
    let most = case.options().max_redirects;
    let owner = if case.is_azure() {
        Owner::Azure
    } else {
        Owner::Dba
    };
    Draft::problem("too_many_redirects", owner)
        .title(format!("The server redirects more than {most} times."))
        .because(format!("The next redirect would have led to {}.", common::server_at(case, step.hop)))
        .because("Drivers of Microsoft give up after 10 as well.")
        .sure(Confidence::Proven)
        .then("Look at where each server on the way routes to: the steps of this run name them.")
        .then("If the run's options allow fewer redirects than needed, raise the limit and run again.")
        .link(links::ARCHITECTURE)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::TooManyRedirects, Outcome};

    #[test]
    fn the_limit_is_named() {
        let ep = "127.0.0.1:5000";
        let log = Log::to("tcp:localhost,5000")
            .options(|options| options.max_redirects = 0)
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .routed_to("localhost", 5001)
            .redirect_ends(Some(TooManyRedirects))
            .finish();
        let verdict = expect(&log, "too_many_redirects", Proven, Outcome::Problem);
        assert!(verdict.title.contains("more than 0 times"));
    }
}
