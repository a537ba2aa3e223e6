//! `prelogin_no_reply`: the port accepts connections but says nothing to PRELOGIN.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Prelogin, &FailureCode::PreloginNoReply)?;
    let wait = stop
        .step()
        .map(|step| common::took(&step))
        .unwrap_or_default();
    let owner = if case.is_azure() {
        Owner::Network
    } else {
        Owner::Dba
    };
    let mut draft = Draft::problem("prelogin_no_reply", owner)
        .title(format!(
            "{} accepts the connection and then says nothing.",
            common::server_at(case, 0)
        ))
        .because(format!("PRELOGIN, the first message, got no answer within {wait}."))
        .because(common::worked_before(case, stop))
        .because(
            "Either something other than SQL Server listens there, or the server is too busy to answer, or a device \
             lets connections through but not what they carry.",
        )
        .then("On the server, check what listens on this port, and how busy it is (workers, CPU, memory).")
        .then("Ask the network's owner whether a firewall inspects this traffic.")
        .then("Run from a host beside the server: if that works, the fault lies on the way.")
        .link(links::CONNECTIVITY)
        .link(links::PROTOCOL);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::PreloginNoReply, Outcome};

    #[test]
    fn silence_after_connect() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", None)
            .taking(15_000)
            .prelogin("20.61.99.193:1433", Some(PreloginNoReply))
            .finish();
        let verdict = expect(&log, "prelogin_no_reply", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("within 15 s"));
        assert!(verdict.explanation.contains("TCP (10 ms) worked."));
    }
}
