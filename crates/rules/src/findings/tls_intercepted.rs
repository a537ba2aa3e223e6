//! `tls_intercepted`: an Azure name answers with a certificate that no public authority issued.
//!
//! ```text
//!  issuer at the server   issuer at the sign-in hosts
//!    not public             the same                    proven: one device signs for both
//!    not public             public, or not known        likely: a device for this traffic, or another server
//! ```

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Confidence, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Authorities that certificates of Azure come from, as their names are written.
const PUBLIC: [&str; 6] = [
    "microsoft",
    "digicert",
    "baltimore",
    "entrust",
    "globalsign",
    "sectigo",
];

fn is_public(issuer: &str) -> bool {
    let issuer = issuer.to_ascii_lowercase();
    PUBLIC.iter().any(|name| issuer.contains(name))
}

fn find(case: &Case<'_>) -> Option<Finding> {
    // Only where it is certain whose name it is: a server of one's own has what certificate it likes.
    if !case.is_azure() {
        return None;
    }
    let (step, seq, issuer) = case.of(StepKind::TlsHandshake).find_map(|step| {
        let (seq, chain) = step.find(|seen| match seen {
            Observation::TlsChain { certificates, .. } => Some(certificates),
            _ => None,
        })?;
        let issuer = &chain.first()?.issuer;
        (!is_public(issuer)).then_some((step, seq, issuer))
    })?;
    let sign_in: Vec<(StepRef<'_>, u64, &String)> = case
        .of(StepKind::SignInHost)
        .filter_map(|step| {
            let (seq, issuer) = step.find(|seen| match seen {
                Observation::SignInHost(host) => host.issuer.as_ref(),
                _ => None,
            })?;
            Some((step, seq, issuer))
        })
        .collect();
    let same = sign_in.iter().find(|(_, _, other)| *other == issuer);
    let public = sign_in.iter().find(|(_, _, other)| is_public(other));
    let mut draft = Draft::new("tls_intercepted", Severity::Warning, Owner::Network)
        .title("Something between this host and Azure seems to open TLS: the certificate is from no public authority.")
        .because(format!("It was issued by {}.", one_line(issuer, 160)))
        .because(match (same, public) {
            (Some(_), _) => "A sign-in address of Microsoft answers here with a certificate of the same issuer: one device signs for both.",
            (None, Some(_)) => "The sign-in addresses answer with certificates of public authorities, so only this traffic is opened, or another server answers.",
            (None, None) => "Certificates of Azure come from Microsoft's and DigiCert's authorities.",
        })
        .sure(if same.is_some() { Confidence::Proven } else { Confidence::Likely })
        .then("Ask whoever runs the proxy or firewall to exempt this traffic from TLS inspection: SQL does not work through it reliably.")
        .then("Until it is exempt, send no password: TrustServerCertificate would hand it to that device.")
        .link(links::ARCHITECTURE)
        .cite(step.id, [seq]);
    if let Some((step, seq, _)) = same.or(public) {
        draft = draft.cite(step.id, [*seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, chain, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::TlsUntrusted, Observation, SignInHost, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn log(server: &str, issuer: &str, sign_in: Option<&str>) -> Log {
        let Observation::TlsChain {
            server_name,
            mut certificates,
            verdict,
            overridden,
        } = chain("contoso", -1, 1, TlsUntrusted)
        else {
            panic!("a chain");
        };
        certificates[0].issuer = issuer.into();
        let seen = Observation::TlsChain {
            server_name,
            certificates,
            verdict,
            overridden,
        };
        let mut log = Log::to(server)
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, Some(TlsUntrusted))
            .seen(seen);
        if let Some(issuer) = sign_in {
            log = log
                .running(StepKind::SignInHost, "login.windows.net")
                .seen(Observation::SignInHost(SignInHost {
                    host: "login.windows.net".into(),
                    addresses: Vec::new(),
                    phases: Vec::new(),
                    issuer: Some(issuer.into()),
                }))
                .ends(None);
        }
        log.finish()
    }

    #[test]
    fn the_issuer_tells() {
        const AZURE: &str = "contoso.database.windows.net";
        const OWN: &str = "CN=Contoso Inspection CA";
        const GOOD: &str =
            "C=US, O=Microsoft Corporation, CN=Microsoft Azure RSA TLS Issuing CA 04";
        for (sign_in, sure) in [(None, Likely), (Some(GOOD), Likely), (Some(OWN), Proven)] {
            let finding = expect_beside(&log(AZURE, OWN, sign_in), "tls_intercepted");
            assert_eq!(finding.confidence, sure);
            assert!(finding.explanation.contains(OWN));
        }
        expect_no(&log(AZURE, GOOD, Some(OWN)), "tls_intercepted");
        expect_no(&log("sql01.corp.example", OWN, None), "tls_intercepted");
    }
}
