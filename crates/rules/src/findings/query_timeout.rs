//! `query_timeout`: the login worked, the query after it was not answered in time.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Query, &FailureCode::QueryTimeout)?;
    let step = stop.step()?;
    Draft::problem("query_timeout", Owner::Dba)
        .title("The login works, but the query after it is not answered in time.")
        .because(format!("It was given up after {}.", common::took(&step)))
        .because(
            "It is a small query that reads no table. The server is overloaded or blocked, or the path loses what \
             comes after the login.",
        )
        .then("Look at the server's load and at what blocks there.")
        .then("If only larger answers stall, ask the network's owner about the MTU on the way.")
        .link(links::COMMON_ERRORS)
        .link(links::CONNECTIVITY)
        .rests_on_all(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::QueryTimeout, Outcome};

    #[test]
    fn a_query_without_an_answer() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .taking(30_000)
            .query(Some(QueryTimeout))
            .finish();
        let verdict = expect(&log, "query_timeout", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("after 30 s"));
    }
}
