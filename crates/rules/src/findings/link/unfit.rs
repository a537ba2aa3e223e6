//! `link_unfit`: one of the two servers is not what the link needs, or says something of itself that makes no sense.

use super::{stopped, was_read};
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::code_sentence;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let codes = [
        FailureCode::ServerUnfit,
        FailureCode::PortTaken,
        FailureCode::OddAnswer,
    ];
    let (code, step) = codes
        .iter()
        .find_map(|code| Some((code, stopped(case, code)?)))?;
    let advice = match code {
        FailureCode::PortTaken => {
            "Name another port for the endpoint, or free this one: a link needs a port of its own."
        }
        FailureCode::OddAnswer => {
            "Check that the second server is the managed instance itself, and run again: after a failover its views change."
        }
        _ => {
            "The first server has to be SQL Server 2016 or later, on Windows for jobs; the second a managed instance."
        }
    };
    Draft::problem("link_unfit", Owner::Dba)
        .title("One of the two servers cannot be used for the link as asked.")
        .because(code_sentence(code))
        .because(was_read(&step))
        .then(advice)
        .then("On Linux, let an agent of ours on the SQL Server's host connect directly: that needs no PowerShell.")
        .link(links::INSTANCE_LINK)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::log;
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, FailureCode, Outcome, StepKind};

    #[test]
    fn each_reason_has_its_advice() {
        let log = |code| log("").skipped(StepKind::LinkFromInstance, code).finish();
        for (code, advice) in [
            (FailureCode::ServerUnfit, "2016 or later"),
            (FailureCode::PortTaken, "another port"),
            (FailureCode::OddAnswer, "managed instance itself"),
        ] {
            let verdict = expect(&log(code), "link_unfit", Likely, Outcome::Problem);
            assert!(verdict.recommendation[0].contains(advice));
        }
        expect_no(&log(FailureCode::NotReached), "link_unfit");
    }
}
