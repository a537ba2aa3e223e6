//! `tls_alert`: the server ends the TLS handshake with an alert.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{FailureCode, Finding, Observation, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Tls, &FailureCode::TlsAlert)?;
    let alert = stop.alike().find_map(|step| {
        let (seq, (number, name)) = step.find(|seen| match seen {
            Observation::TlsAlert { number, name } => Some((*number, name)),
            _ => None,
        })?;
        Some((step, seq, number, name))
    });
    let words = match alert {
        Some((_, _, Some(number), name)) => {
            format!("The alert is {} ({number}).", one_line(name, 60))
        }
        Some((_, _, None, name)) => format!("The alert is {}.", one_line(name, 60)),
        None => String::new(),
    };
    let (meaning, advice) = hint(alert.and_then(|(_, _, number, _)| number));
    let mut draft = Draft::problem(
        "tls_alert",
        if case.is_azure() {
            Owner::Network
        } else {
            Owner::Dba
        },
    )
    .title(format!(
        "{} refuses the TLS handshake.",
        common::server_at(case, 0)
    ))
    .because(words)
    .because(meaning)
    .because(common::worked_before(case, stop))
    .then(advice)
    .then("On a server of your own, look in its error log at this time for TLS messages.")
    .link(links::CONNECTION_CLOSED)
    .link(links::SERVER_ENCRYPTION);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    if let Some((step, seq, _, _)) = alert {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

/// What an alert means, and what to do.
fn hint(number: Option<u8>) -> (&'static str, &'static str) {
    match number {
        Some(40 | 71) => (
            "Client and server have no cipher in common, or the server does not serve this name.",
            "Check the server's ciphers, and that the name is the server's own.",
        ),
        Some(70 | 86) => (
            "The server does not take this protocol version; TLS 1.2 was offered.",
            "Check that the server allows TLS 1.2.",
        ),
        Some(112) => (
            "The server does not know the name it was asked for.",
            "Connect by the server's own full name.",
        ),
        Some(116 | 42..=49) => (
            "The server did not like the certificate, or the lack of one, on our side.",
            "Check whether a device on the way wants client certificates: SQL Server does not.",
        ),
        Some(80) => (
            "The server, or a device in its place, failed by itself.",
            "Check that SQL Server can read its certificate and key.",
        ),
        _ => (
            "What answered did not agree to this handshake.",
            "Check what stands at this address, and which TLS versions it allows.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode, Observation, Outcome};

    #[test]
    fn alerts_have_their_meaning() {
        let ep = "20.61.99.193:1433";
        for (number, advice) in [
            (70, "TLS 1.2"),
            (112, "own full name"),
            (40, "ciphers"),
            (200, "what stands"),
        ] {
            let log = Log::new()
                .tcp(ep, None)
                .prelogin(ep, None)
                .tls(ep, Some(FailureCode::TlsAlert))
                .seen(Observation::TlsAlert {
                    number: Some(number),
                    name: "named".into(),
                })
                .finish();
            let verdict = expect(&log, "tls_alert", Likely, Outcome::Problem);
            assert!(verdict.recommendation[0].contains(advice), "{number}");
            assert!(verdict.explanation.contains(&format!("named ({number})")));
        }
    }
}
