//! `tcp_error`: connects fail for a reason of this host's own, or one that has no code.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpError)?;
    let words = stop.step().and_then(|step| {
        let attempt = step.attempts().find_map(|(_, a)| a.detail.clone());
        attempt.or_else(|| step.detail.clone())
    });
    let mut draft = Draft::problem("tcp_error", Owner::ThisHost)
        .title(format!("No connection to {} can be made.", common::server_at(case, 0)))
        .because(common::by_address(stop))
        .because(words.map_or_else(String::new, |words| {
            format!("The system says: “{}”.", one_line(&words, 200))
        }))
        .sure(Confidence::Possible)
        .then("Read the system's words: free ports, open files and local firewall rules of this host are the usual \
               reasons.")
        .then("Run again from another host, to tell this host's fault from the network's.")
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Possible, FailureCode::TcpError, Outcome};

    #[test]
    fn the_host_s_own_fault() {
        let log = Log::new().tcp("20.61.99.193:1433", Some(TcpError)).finish();
        expect(&log, "tcp_error", Possible, Outcome::Problem);
    }
}
