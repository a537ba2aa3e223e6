//! `certificate_revoked`, `revocation_unreachable`, `revocation_slow`: what the addresses in the certificates say of their
//! revocation.
//!
//! A client that asks them at each connect waits for them: that time is not the server's.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, duration, one_line};
use model::{
    Confidence, Finding, Observation, Owner, RevocationAnswer, Severity, StepKind, StepState,
};

pub(crate) const REVOKED: Rule = Rule::problem(revoked);
pub(crate) const UNREACHABLE: Rule = Rule::problem(unreachable);
pub(crate) const SLOW: Rule = Rule::problem(slow);

/// Longer than this, and a handshake that waits for it is felt.
const LONG_US: u64 = 2_000_000;

fn answers<'a>(case: &Case<'a>) -> Vec<(StepRef<'a>, u64, &'a RevocationAnswer)> {
    case.of(StepKind::Revocation)
        .filter_map(|step| {
            let (seq, answer) = step.find(|seen| match seen {
                Observation::RevocationAnswer(answer) => Some(answer),
                _ => None,
            })?;
            Some((step, seq, answer))
        })
        .collect()
}

fn revoked(case: &Case<'_>) -> Option<Finding> {
    let answers = answers(case);
    let (step, seq, answer) = answers
        .iter()
        .find(|(_, _, answer)| answer.status.as_deref() == Some("revoked"))?;
    Draft::new("certificate_revoked", Severity::Warning, Owner::Dba)
        .title("A certificate of the server was revoked by whoever issued it.")
        .because(format!(
            "{} says so of {}.",
            one_line(&answer.url, 200),
            one_line(&answer.subject, 160)
        ))
        .because("Clients that look refuse it; others go on.")
        .sure(Confidence::Proven)
        .then("Give the server a new certificate.")
        .link(links::SERVER_ENCRYPTION)
        .cite(step.id, [*seq])
        .done(case)
}

fn unreachable(case: &Case<'_>) -> Option<Finding> {
    let dead: Vec<StepRef<'_>> = case
        .of(StepKind::Revocation)
        .filter(|step| step.state == StepState::Failed)
        .collect();
    let first = dead.first()?;
    let all = case
        .of(StepKind::Revocation)
        .filter(|step| matches!(step.state, StepState::Ok | StepState::Failed))
        .count();
    let mut draft = Draft::new("revocation_unreachable", Severity::Warning, Owner::Network)
        .title(format!("{} of {} that tell about revocation cannot be asked from here.", dead.len(), count(all, "address", "addresses")))
        .because(first.code.as_ref().map_or_else(String::new, |code| {
            format!("{}: {}", one_line(first.place(), 200), code_sentence(code))
        }))
        .because("A client that checks revocation (Windows does so by itself for some drivers) waits for them at each new connection, typically 5 to 15 s, and may then refuse the certificate.")
        .sure(Confidence::Likely)
        .then("Allow HTTP (TCP 80) from this host to the addresses of revocation that stand in the certificates.")
        .then("If TLS is slow in the application and fast in this run, this is the first place to look.")
        .link(links::SERVER_ENCRYPTION);
    for step in &dead {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

fn slow(case: &Case<'_>) -> Option<Finding> {
    let answers = answers(case);
    let (step, seq, answer) = answers
        .iter()
        .filter(|(step, _, answer)| step.state == StepState::Ok && answer.elapsed_us > LONG_US)
        .max_by_key(|(_, _, answer)| answer.elapsed_us)?;
    Draft::new("revocation_slow", Severity::Info, Owner::Network)
        .title(format!("{} took {} to tell about revocation.", one_line(&answer.url, 200), duration(answer.elapsed_us)))
        .because("A client that checks revocation waits that long in its TLS handshake; this run's handshakes do not.")
        .sure(Confidence::Likely)
        .then("Look at the proxy and the way from this host to that address.")
        .link(links::SERVER_ENCRYPTION)
        .cite(step.id, [*seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{FailureCode::*, Observation, RevocationAnswer, StepKind};

    fn log(status: Option<&str>, ms: u64, code: Option<model::FailureCode>) -> Log {
        Log::new()
            .secured("20.61.99.193:1433")
            .running(StepKind::Revocation, "http://ocsp.example/x")
            .seen(Observation::RevocationAnswer(RevocationAnswer {
                kind: "ocsp".into(),
                url: "http://ocsp.example/x".into(),
                subject: "CN=contoso".into(),
                status: status.map(Into::into),
                http_status: None,
                bytes: 0,
                elapsed_us: ms * 1_000,
            }))
            .ends(code)
            .finish()
    }

    #[test]
    fn what_is_said() {
        expect_beside(&log(Some("revoked"), 20, None), "certificate_revoked");
        let finding = expect_beside(&log(Some("good"), 6_000, None), "revocation_slow");
        assert!(finding.title.contains("6 s"));
        let finding = expect_beside(
            &log(None, 5_000, Some(TcpTimeout)),
            "revocation_unreachable",
        );
        assert!(finding.title.starts_with("1 of 1 address"));
        for code in [
            "certificate_revoked",
            "revocation_slow",
            "revocation_unreachable",
        ] {
            expect_no(&log(Some("good"), 20, None), code);
        }
    }
}
