//! `tls_expired`, `tls_not_yet_valid`: the certificate's time is over, or has not come.
//!
//! Likely, not proven: this host's clock may be wrong instead, and one host has one clock.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{FailureCode, Finding, Observation, Owner};

pub(crate) const EXPIRED: Rule = Rule::problem(expired);
pub(crate) const NOT_YET: Rule = Rule::problem(not_yet);

fn expired(case: &Case<'_>) -> Option<Finding> {
    find(
        case,
        FailureCode::TlsExpired,
        "tls_expired",
        "The certificate is out of date, so the login was not tried.",
    )
}

fn not_yet(case: &Case<'_>) -> Option<Finding> {
    find(
        case,
        FailureCode::TlsNotYetValid,
        "tls_not_yet_valid",
        "The certificate is not valid yet, so the login was not tried.",
    )
}

fn find(case: &Case<'_>, seen: FailureCode, code: &str, title: &str) -> Option<Finding> {
    let stop = case.stopped(Stage::Tls, &seen)?;
    let chain = stop.alike().find_map(|step| {
        let (seq, certificate) = step.find(|seen| match seen {
            Observation::TlsChain { certificates, .. } => certificates.first(),
            _ => None,
        })?;
        Some((step, seq, certificate))
    });
    let dates = chain.map_or_else(String::new, |(_, _, certificate)| {
        format!(
            "It holds from {} to {} (UTC).",
            certificate.not_before.format("%Y-%m-%d %H:%M"),
            certificate.not_after.format("%Y-%m-%d %H:%M")
        )
    });
    let mut draft = Draft::problem(code, if case.is_azure() { Owner::ThisHost } else { Owner::Dba })
        .title(title)
        .because(dates)
        .because(common::worked_before(case, stop))
        .then("First check the clock of this host: a wrong one makes good certificates look bad.")
        .then(if case.is_azure() {
            "Azure renews its certificates in time: if the clock is right, find out what stands between this host and \
             the server."
        } else {
            "Then renew the server's certificate, and restart SQL Server so that it uses the new one."
        })
        .link(links::SERVER_ENCRYPTION);
    for step in stop.alike() {
        draft = draft.rests_on(&step);
    }
    if let Some((step, seq, _)) = chain {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, chain, expect};
    use model::{Confidence::Likely, FailureCode::*, Outcome};

    #[test]
    fn both_ends_of_its_time() {
        let ep = "127.0.0.1:5000";
        for (seen, code, from, to, dates) in [
            (
                TlsExpired,
                "tls_expired",
                -30,
                -1,
                "2026-10-21 12:00 to 2026-11-19 12:00",
            ),
            (
                TlsNotYetValid,
                "tls_not_yet_valid",
                1,
                30,
                "2026-11-21 12:00 to 2026-12-20 12:00",
            ),
        ] {
            let log = Log::to("tcp:localhost,5000")
                .tcp(ep, None)
                .prelogin(ep, None)
                .tls(ep, Some(seen.clone()))
                .seen(chain("localhost", from, to, seen))
                .finish();
            let verdict = expect(&log, code, Likely, Outcome::Problem);
            assert!(
                verdict.explanation.contains(dates),
                "{}",
                verdict.explanation
            );
            assert!(verdict.recommendation[0].contains("clock"));
        }
    }
}
