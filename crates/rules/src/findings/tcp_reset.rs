//! `tcp_reset`: connections are reset as soon as they stand.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpReset)?;
    let mut draft = Draft::problem("tcp_reset", Owner::Network)
        .title(format!(
            "{} accepts the connection and resets it at once.",
            common::server_at(case, 0)
        ))
        .because(common::by_address(stop))
        .because("Nothing had been sent yet. A proxy, a load balancer without a healthy server, or a security \
                  device does this.")
        .then("Ask whoever runs the devices on the way whether one of them answers for this port.")
        .then("Run from a host on another network: if that works, the device stands on this host's side.")
        .link(links::CONNECTION_CLOSED)
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::TcpReset, Outcome};

    #[test]
    fn reset_before_anything_was_sent() {
        let log = Log::new().tcp("20.61.99.193:1433", Some(TcpReset)).finish();
        expect(&log, "tcp_reset", Likely, Outcome::Problem);
    }
}
