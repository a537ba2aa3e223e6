//! `redirect_ports_blocked`: a sample of the ports that redirects go to gets no answer from here.
//!
//! It is a forecast: the run itself was not, or not yet, sent there. A port that refuses is open: nobody listens.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::count;
use model::{Confidence, FailureCode, Finding, Owner, Severity, StepKind, StepState};
use target::Kind;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case
        .of(StepKind::RedirectSample)
        .find(|step| step.state != StepState::Running)?;
    let silent = |code: &Option<FailureCode>| {
        matches!(
            code,
            Some(FailureCode::TcpTimeout | FailureCode::TcpUnreachable)
        )
    };
    let all = step.attempts().count();
    let dead = step
        .attempts()
        .filter(|(_, attempt)| silent(&attempt.code))
        .count();
    if dead == 0 {
        return None;
    }
    let reached = case.ok_at(0, StepKind::TcpConnect);
    let range = case
        .kind()
        .and_then(Kind::redirect_ports)
        .unwrap_or("11000-11999");
    let some = dead < all;
    let mut draft = Draft::new("redirect_ports_blocked", Severity::Warning, Owner::Network)
        .title(format!("{} of {} tried that redirects go to get no answer from here.", dead, count(all, "port", "ports")))
        .because(format!("With the connection policy Redirect, the gateway sends clients inside Azure on to ports {range}."))
        .because(if some {
            "Some of the same range do answer: a rule seems to let only part of it through."
        } else if reached.is_empty() {
            "The server's own port gets no answer either."
        } else {
            "The server's own port does answer. Behind most gateways these ports answer nobody who was not sent there, so this alone proves nothing."
        })
        .sure(if some { Confidence::Likely } else { Confidence::Possible })
        .then(format!("Allow outbound TCP {range} to the service tag Sql of the server's region, beside the server's own port."))
        .then("Or set the server's connection policy to Proxy.")
        .link(links::ARCHITECTURE)
        .rests_on_all(&step);
    for step in &reached {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::*, StepKind};

    fn log(codes: &[Option<model::FailureCode>]) -> Log {
        let mut log = Log::new()
            .secured("20.61.99.193:1433")
            .running(StepKind::RedirectSample, "20.61.99.193");
        for (code, number) in codes.iter().zip(1..) {
            log = log.attempt(number, code.clone());
        }
        let failed = codes.iter().all(Option::is_some);
        log.ends(failed.then_some(TcpTimeout)).finish()
    }

    #[test]
    fn a_forecast() {
        let none = vec![Some(TcpTimeout); 5];
        assert_eq!(
            expect_beside(&log(&none), "redirect_ports_blocked").confidence,
            Possible
        );
        let some = [Some(TcpTimeout), None, Some(TcpRefused), None, None];
        let finding = expect_beside(&log(&some), "redirect_ports_blocked");
        assert_eq!(finding.confidence, Likely);
        assert!(finding.title.starts_with("1 of 5 ports"));
        expect_no(&log(&[Some(TcpRefused), None]), "redirect_ports_blocked");
    }
}
