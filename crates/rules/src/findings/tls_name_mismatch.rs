//! `tls_name_mismatch`: the certificate is valid, but for another name.
//!
//! Proven: the names stand in the certificate.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{list, one_line};
use model::{Confidence, FailureCode, Finding, Observation, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Most names of a certificate that are repeated.
const MOST_NAMES: usize = 5;

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Tls, &FailureCode::TlsNameMismatch)?;
    let name = case.host_at(stop.hop);
    let seen = stop.alike().find_map(|step| {
        let (seq, names) = step.find(|seen| match seen {
            Observation::TlsChain { certificates, .. } => certificates.first().map(|c| &c.names),
            _ => None,
        })?;
        Some((step, seq, names))
    });
    let names = seen.map(|(_, _, names)| {
        let most = names.iter().take(MOST_NAMES);
        list(&most.map(|name| one_line(name, 80)).collect::<Vec<_>>())
    });
    let literal = name.parse::<std::net::IpAddr>().is_ok();
    let advice = if literal {
        "Connect by the server's name instead of its address.".to_owned()
    } else if case.is_azure() {
        "Connect by the server's own full name. If a device on the way shows this certificate, ask its owner to let \
         this traffic through untouched."
            .to_owned()
    } else {
        format!(
            "Connect by a name that the certificate holds, or give the server a certificate for {name}."
        )
    };
    let mut draft = Draft::problem("tls_name_mismatch", if case.is_azure() { Owner::App } else { Owner::Dba })
        .title(format!("The certificate is not for {name}, so the login was not tried."))
        .because(names.filter(|names| !names.is_empty()).map_or_else(
            || "The certificate holds no name that could be compared.".to_owned(),
            |names| format!("It is for {names}."),
        ))
        .because(common::worked_before(case, stop))
        .sure(Confidence::Proven)
        .then(advice)
        .then("TrustServerCertificate=True hides this, and an attacker as well: use it to test, not to stay.")
        .link(links::SERVER_ENCRYPTION)
        .link(links::ARCHITECTURE);
    for step in stop.alike() {
        draft = draft.rests_on(&step);
    }
    if let Some((step, seq, _)) = seen {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, chain, expect};
    use model::{Confidence::Proven, FailureCode::TlsNameMismatch, Outcome};

    #[test]
    fn the_certificate_s_names_are_told() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsNameMismatch))
            .seen(chain("other.example.com", -10, 10, TlsNameMismatch))
            .finish();
        let verdict = expect(&log, "tls_name_mismatch", Proven, Outcome::Problem);
        assert!(verdict.title.contains("contoso.database.windows.net"));
        assert!(
            verdict
                .explanation
                .starts_with("It is for other.example.com.")
        );
        assert!(
            verdict
                .explanation
                .contains("TCP (10 ms) and PRELOGIN (10 ms) worked.")
        );
    }

    #[test]
    fn an_address_has_no_certificate() {
        let ep = "10.0.0.4:1433";
        let log = Log::to("10.0.0.4")
            .tcp(ep, None)
            .prelogin(ep, None)
            .tls(ep, Some(TlsNameMismatch))
            .finish();
        let verdict = expect(&log, "tls_name_mismatch", Proven, Outcome::Problem);
        assert!(verdict.recommendation[0].contains("instead of its address"));
    }
}
