//! `tcp_refused`: every address refuses the connection at once.
//!
//! Likely, not proven: a device in between may refuse in the server's name.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpRefused)?;
    let server = common::server_at(case, 0);
    let owner = if case.is_azure() {
        Owner::Network
    } else {
        Owner::Dba
    };
    let listen = if case.is_azure() {
        "Azure SQL itself does not refuse connections: look for a firewall or proxy on the way that answers in its \
         name, and check the port."
    } else {
        "On the server, check that SQL Server runs, that TCP/IP is enabled for it, and on which port it listens."
    };
    let mut draft = Draft::problem("tcp_refused", owner)
        .title(format!("The connection is refused: nothing listens at {server}."))
        .because(common::by_address(stop))
        .because(
            "An answer came back at once, so the way to the address is open. The port is closed, or a firewall \
             refuses for it.",
        )
        .sure(if stop.mixed {
            Confidence::Possible
        } else {
            Confidence::Likely
        })
        .then(listen)
        .then("Compare host and port with what the server's owner gave you.")
        .then("Then run again from this agent.")
        .link(links::CONNECTIVITY)
        .link(links::SERVER_FIREWALL);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome, StepKind};

    #[test]
    fn every_address_refuses() {
        let log = Log::to("tcp:localhost,5000")
            .dns("system", Ok(&["127.0.0.1", "::1"]))
            .tcp("127.0.0.1:5000", Some(TcpRefused))
            .tcp("[::1]:5000", Some(TcpRefused))
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        let verdict = expect(&log, "tcp_refused", Likely, Outcome::Problem);
        assert!(verdict.title.contains("localhost:5000"));
        assert!(
            verdict
                .explanation
                .contains("127.0.0.1:5000: the connection was refused at once (5 of 5).")
        );
        assert_eq!((verdict.evidence.len(), verdict.steps.len()), (12, 2));
    }

    #[test]
    fn a_missing_route_beside_it_changes_nothing_else() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(TcpRefused))
            .tcp("[2603::1]:1433", Some(TcpUnreachable))
            .finish();
        expect(&log, "tcp_refused", Possible, Outcome::Problem);
    }

    #[test]
    fn one_that_answers_or_is_still_tried_is_enough_to_say_nothing() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(TcpRefused))
            .secured("20.61.99.194:1433");
        expect_no(&log.finish(), "tcp_refused");
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(TcpRefused))
            .running(StepKind::TcpConnect, "20.61.99.194:1433");
        expect_no(&log, "tcp_refused");
    }
}
