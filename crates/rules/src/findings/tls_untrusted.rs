//! `tls_untrusted`: no root that this host trusts signs the certificate.
//!
//! Likely: a certificate of one's own, a private authority whose root is missing here, and a device that opens
//! TLS all look alike from this end.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{FailureCode, Finding, Observation, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Tls, &FailureCode::TlsUntrusted)?;
    let chain = stop.alike().find_map(|step| {
        let (seq, chain) = step.find(|seen| match seen {
            Observation::TlsChain { certificates, .. } => Some(certificates),
            _ => None,
        })?;
        Some((step, seq, chain))
    });
    let (owner, advice) = if case.is_azure() {
        (
            Owner::Network,
            "Azure's certificates come from public authorities. Look at the issuer: if it is your own company's, a \
             device on the way opens TLS; ask its owner to exempt this traffic.",
        )
    } else {
        (
            Owner::Dba,
            "Give the server a certificate from an authority that its clients trust, or install that authority's root \
             on this host.",
        )
    };
    let mut draft = Draft::problem("tls_untrusted", owner)
        .title("This host does not trust the certificate, so the login was not tried.")
        .because(chain.map_or_else(String::new, |(_, _, chain)| about(chain)))
        .because("None of the roots that this host trusts signs it.")
        .because(common::worked_before(case, stop))
        .then(advice)
        .then("TrustServerCertificate=True hides this, and an attacker as well: use it to test, not to stay.")
        .link(links::SERVER_ENCRYPTION);
    for step in stop.alike() {
        draft = draft.rests_on(&step);
    }
    if let Some((step, seq, _)) = chain {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

fn about(chain: &[model::Certificate]) -> String {
    match (chain.first(), chain.last()) {
        (Some(first), Some(_)) if first.subject == first.issuer => {
            format!("It is signed by itself: {}.", one_line(&first.subject, 120))
        }
        (Some(first), Some(last)) => format!(
            "It is for {}; the last issuer it names is {}.",
            one_line(&first.subject, 120),
            one_line(&last.issuer, 120)
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, chain, expect};
    use model::{Confidence::Likely, FailureCode::TlsUntrusted, Outcome, Owner};

    #[test]
    fn the_issuer_is_named() {
        let ep = "20.61.99.193:1433";
        let log = |server| {
            Log::to(server)
                .tcp(ep, None)
                .prelogin(ep, None)
                .tls(ep, Some(TlsUntrusted))
                .seen(chain("contoso", -1, 1, TlsUntrusted))
                .finish()
        };
        let azure = expect(
            &log("contoso.database.windows.net"),
            "tls_untrusted",
            Likely,
            Outcome::Problem,
        );
        assert!(azure.explanation.contains("CN=Example Issuing CA"));
        assert_eq!(azure.owner, Owner::Network);
        let own = expect(&log("sql01"), "tls_untrusted", Likely, Outcome::Problem);
        assert_eq!(own.owner, Owner::Dba);
    }
}
