//! `closed_during_login`, `reset_during_login`: the login is answered by the end of the connection.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Observation, Owner};

pub(crate) const CLOSED: Rule = Rule::problem(closed);
pub(crate) const RESET: Rule = Rule::problem(reset);

fn closed(case: &Case<'_>) -> Option<Finding> {
    let why = "It ended in good order, so whoever answered chose to: a server that is out of connections or memory, \
               one that is restarting, or a proxy that lost its server.";
    find(
        case,
        FailureCode::ClosedDuringLogin,
        "closed_during_login",
        "closed",
        why,
        Owner::Dba,
    )
}

fn reset(case: &Case<'_>) -> Option<Finding> {
    let why = "It was cut, not ended: a server process that died, a failover in that moment, or a security device on \
               the way.";
    find(
        case,
        FailureCode::ResetDuringLogin,
        "reset_during_login",
        "reset",
        why,
        Owner::Network,
    )
}

fn find(
    case: &Case<'_>,
    seen: FailureCode,
    code: &str,
    how: &str,
    why: &str,
    owner: Owner,
) -> Option<Finding> {
    let stop = case.stopped(Stage::Login, &seen)?;
    let step = stop.step()?;
    let bytes = step.find(|seen| match seen {
        Observation::Closed(closing) => Some((closing.sent, closing.received)),
        _ => None,
    });
    let mut draft = Draft::problem(code, owner)
        .title(format!(
            "The connection to {} is {how} as soon as the login is sent, without a word.",
            common::server_at(case, stop.hop)
        ))
        .because(common::worked_before(case, stop))
        .because(bytes.map_or_else(String::new, |(_, (sent, received))| {
            format!("By then {sent} bytes had gone out and {received} had come back.")
        }))
        .because(why)
        .then("On the server, look in its error log at this time: it says why it dropped a login.")
        .then("Run again in a minute. If it stays, look at connection limits, memory and login triggers there.")
        .then("If the server's log has no trace of this login, ask who runs the devices on the way.")
        .link(links::CONNECTION_CLOSED)
        .link(links::COMMON_ERRORS)
        .rests_on_all(&step);
    if let Some((seq, _)) = bytes {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Closer, Closing, Confidence::Likely, FailureCode::*, Observation, Outcome, Phase};

    #[test]
    fn fin_and_rst_are_told_apart() {
        let ep = "20.61.99.193:1433";
        for (seen, code) in [
            (ClosedDuringLogin, "closed_during_login"),
            (ResetDuringLogin, "reset_during_login"),
        ] {
            let log = Log::new()
                .signed_in()
                .secured(ep)
                .login(ep, Some(seen))
                .seen(Observation::Closed(Closing {
                    endpoint: ep.into(),
                    local: "10.0.0.9:50000".into(),
                    closer: Closer::PeerFin,
                    sent: 900,
                    received: 3_000,
                    last_phase: Phase::Login,
                    phases: vec![],
                }))
                .finish();
            let verdict = expect(&log, code, Likely, Outcome::Problem);
            assert!(
                verdict
                    .explanation
                    .contains("900 bytes had gone out and 3000 had come back")
            );
        }
    }
}
