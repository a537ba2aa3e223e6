//! `tls_version_refused`, `tls_only_old`, `tls_old_accepted`: what each version of TLS is worth at the endpoint.
//!
//! Proven: a ClientHello of each version was sent to the same endpoint, and the answers differ.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::list;
use model::{
    Confidence, Encryption, FailureCode, Finding, Observation, Owner, Severity, StepKind, TlsOffer,
};

pub(crate) const REFUSED: Rule = Rule::problem(refused);
pub(crate) const ONLY_OLD: Rule = Rule::problem(only_old);
pub(crate) const OLD_ACCEPTED: Rule = Rule::problem(old_accepted);

const OLD: [&str; 2] = ["TLSv1.0", "TLSv1.1"];

/// The offers of the step, with the events that brought them.
fn offers<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, Vec<(u64, &'a TlsOffer)>)> {
    case.of(StepKind::TlsVersions).find_map(|step| {
        let offers: Vec<(u64, &TlsOffer)> = step
            .facts()
            .filter_map(|fact| match &fact.seen {
                Observation::TlsOffer(offer) => Some((fact.seq, offer)),
                _ => None,
            })
            .collect();
        (!offers.is_empty()).then_some((step, offers))
    })
}

fn accepted(offers: &[(u64, &TlsOffer)]) -> Vec<String> {
    offers
        .iter()
        .filter(|(_, offer)| offer.accepted)
        .map(|(_, offer)| title(&offer.version))
        .collect()
}

/// The versions that the endpoint takes, as people name them.
pub(crate) fn accepted_by(case: &Case<'_>) -> Vec<String> {
    offers(case).map_or_else(Vec::new, |(_, offers)| accepted(&offers))
}

fn title(version: &str) -> String {
    match version {
        "strict" => "TDS 8 (strict)".to_owned(),
        other => other.replace("TLSv", "TLS "),
    }
}

/// What the run logs in with: what it was told, or what everybody speaks inside packets.
fn wanted(case: &Case<'_>) -> &'static str {
    match case.options().encryption {
        Encryption::Auto | Encryption::Tls12 => "TLSv1.2",
        Encryption::Tls10 => "TLSv1.0",
        Encryption::Tls11 => "TLSv1.1",
        Encryption::Tls13 => "TLSv1.3",
        Encryption::Strict => "strict",
    }
}

fn refused(case: &Case<'_>) -> Option<Finding> {
    let wanted = wanted(case);
    let by_itself = case.options().encryption == Encryption::Auto;
    let stop = case.path.stop.as_ref()?;
    let code_fits = !matches!(
        stop.code,
        FailureCode::TlsNameMismatch
            | FailureCode::TlsExpired
            | FailureCode::TlsNotYetValid
            | FailureCode::TlsUntrusted
    );
    // Where this agent does not speak it, the login is what was not tried.
    let place_fits =
        matches!(stop.stage, Stage::Tls | Stage::Prelogin) || stop.code == FailureCode::NotBuiltIn;
    if stop.hop > 0 || !place_fits || !code_fits {
        return None;
    }
    let (step, offers) = offers(case)?;
    let (seq, _) = offers
        .iter()
        .find(|(_, o)| o.version == wanted && !o.accepted)?;
    let others = accepted(&offers);
    if others.is_empty() {
        return None;
    }
    // Nobody asked for a version: silence may have other reasons, and old versions are another finding's.
    let turned_down = matches!(
        stop.code,
        FailureCode::TlsAlert | FailureCode::TlsClosed | FailureCode::TlsReset
    );
    let newer =
        |(_, offer): &(u64, &TlsOffer)| offer.accepted && !OLD.contains(&offer.version.as_str());
    if by_itself && !(turned_down && offers.iter().any(newer)) {
        return None;
    }
    let asked_for = if by_itself {
        "that drivers use inside TDS packets"
    } else {
        "which this run was told to use"
    };
    let owner = if by_itself { Owner::Dba } else { Owner::App };
    let mut draft = Draft::problem("tls_version_refused", owner)
        .title(format!("The server does not take {}, {asked_for}.", title(wanted)))
        .because(format!("At the same endpoint it takes {}.", list(&others)))
        .because(match wanted {
            _ if by_itself => "Most drivers go up to TLS 1.2 there; only some speak TLS 1.3, or TDS 8 (strict).",
            "strict" => "TDS 8 needs SQL Server 2022 or newer, with a certificate that is trusted; not every endpoint offers it.",
            "TLSv1.3" => "Inside TDS packets most servers go up to TLS 1.2; TLS 1.3 comes with TDS 8 (strict).",
            _ => "Old versions are switched off on most servers, and on Azure SQL altogether.",
        })
        .sure(Confidence::Proven)
        .then(if by_itself {
            "Switch TLS 1.2 on for SQL Server, in its operating system."
        } else {
            "Let the encryption be chosen automatically, or choose a version that the server takes."
        })
        .then(if by_itself {
            "Or let the run and the drivers use what the server takes; with TDS 8: Encrypt=Strict in connection strings."
        } else if wanted == "strict" { "In connection strings: Encrypt=Mandatory instead of Encrypt=Strict." } else { "Bring the application's driver and system up to TLS 1.2." })
        .link(if wanted == "strict" { links::STRICT } else { links::TLS_VERSIONS })
        .cite(step.id, [*seq]);
    for (seq, _) in offers.iter().filter(|(_, offer)| offer.accepted) {
        draft = draft.cite(step.id, [*seq]);
    }
    for failed in &stop.steps {
        draft = draft.rests_on(failed);
    }
    draft.done(case)
}

fn only_old(case: &Case<'_>) -> Option<Finding> {
    let (step, offers) = offers(case)?;
    let all_new_refused = offers
        .iter()
        .any(|(_, o)| o.version == "TLSv1.2" && !o.accepted)
        && !offers
            .iter()
            .any(|(_, o)| o.accepted && !OLD.contains(&o.version.as_str()));
    let old = accepted(&offers);
    if old.is_empty() || !all_new_refused {
        return None;
    }
    let mut draft = Draft::new("tls_only_old", Severity::Warning, Owner::Dba)
        .title(format!("The server takes only {}, which current drivers and systems refuse.", list(&old)))
        .because("A ClientHello of TLS 1.2 and of TLS 1.3 to the same endpoint was turned down.")
        .sure(Confidence::Proven)
        .then("Bring SQL Server to a build that speaks TLS 1.2, and switch TLS 1.2 on in its operating system.")
        .then("Until then only a client that still speaks the old version gets in; an agent built with legacy-tls can log in for a diagnosis.")
        .link(links::TLS_VERSIONS)
        .link(links::SERVER_ENCRYPTION);
    for (seq, _) in &offers {
        draft = draft.cite(step.id, [*seq]);
    }
    draft.done(case)
}

fn old_accepted(case: &Case<'_>) -> Option<Finding> {
    let (step, offers) = offers(case)?;
    let old: Vec<&(u64, &TlsOffer)> = offers
        .iter()
        .filter(|(_, o)| o.accepted && OLD.contains(&o.version.as_str()))
        .collect();
    if old.is_empty() || only_old(case).is_some() {
        return None;
    }
    let names: Vec<String> = old.iter().map(|(_, o)| title(&o.version)).collect();
    let mut draft = Draft::new("tls_old_accepted", Severity::Info, Owner::Dba)
        .title(format!("The server still takes {}.", list(&names)))
        .because("That stops nobody, and a client that speaks better uses better. Audits ask for it to be switched off.")
        .sure(Confidence::Proven)
        .then("When no client needs it any more, set the least version of TLS to 1.2 on the server.")
        .link(links::TLS_VERSIONS);
    for (seq, _) in old {
        draft = draft.cite(step.id, [*seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::{
        Confidence::*, Encryption, FailureCode::*, Observation, Outcome, StepKind, TlsOffer,
    };

    const EP: &str = "20.61.99.193:1433";
    const ALL: [&str; 5] = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3", "strict"];

    fn log(encryption: Encryption, works: bool, takes: &[&str]) -> Log {
        let mut log = Log::new()
            .options(|options| options.encryption = encryption)
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, (!works).then_some(TlsReset))
            .running(StepKind::TlsVersions, EP);
        for version in ALL {
            let accepted = takes.contains(&version);
            log = log.seen(Observation::TlsOffer(TlsOffer {
                endpoint: EP.into(),
                version: version.into(),
                accepted,
                cipher: None,
                code: (!accepted).then_some(TlsAlert),
                detail: None,
            }));
        }
        log = log.ends(None);
        if works {
            log = log.skipped(StepKind::TdsLogin, NoCredentials);
        }
        log.finish()
    }

    #[test]
    fn the_version_that_was_asked_for() {
        for (encryption, word) in [
            (Encryption::Strict, "TDS 8"),
            (Encryption::Tls13, "TLS 1.3"),
            (Encryption::Tls10, "TLS 1.0"),
        ] {
            let log = log(encryption, false, &["TLSv1.2"]);
            let verdict = expect(&log, "tls_version_refused", Proven, Outcome::Problem);
            assert!(verdict.title.contains(word), "{}", verdict.title);
            assert!(verdict.explanation.contains("takes TLS 1.2"));
        }
        // The server takes it, so something else is wrong; and nothing was asked for.
        expect_no(
            &log(Encryption::Tls12, false, &["TLSv1.2"]),
            "tls_version_refused",
        );
        expect_no(
            &log(Encryption::Auto, false, &["TLSv1.2"]),
            "tls_version_refused",
        );
        expect_no(
            &log(Encryption::Auto, false, &["TLSv1.0"]),
            "tls_version_refused",
        );
        expect_no(&log(Encryption::Tls13, false, &[]), "tls_version_refused");
    }

    #[test]
    fn the_version_that_everybody_uses() {
        for takes in [["TLSv1.3"], ["strict"]] {
            let log = log(Encryption::Auto, false, &takes);
            let verdict = expect(&log, "tls_version_refused", Proven, Outcome::Problem);
            assert!(verdict.title.contains("TLS 1.2"), "{}", verdict.title);
            assert!(verdict.recommendation[0].contains("Switch TLS 1.2 on"));
        }
    }

    #[test]
    fn old_ones() {
        let old = log(Encryption::Auto, false, &["TLSv1.0", "TLSv1.1"]);
        let finding = expect_beside(&old, "tls_only_old");
        assert!(finding.title.contains("TLS 1.0 and TLS 1.1"));
        expect_no(&old, "tls_old_accepted");
        let both = log(
            Encryption::Auto,
            true,
            &["TLSv1.1", "TLSv1.2", "TLSv1.3", "strict"],
        );
        let finding = expect_beside(&both, "tls_old_accepted");
        assert!(finding.title.contains("TLS 1.1"));
        expect_no(&both, "tls_only_old");
        let new = log(Encryption::Auto, true, &["TLSv1.2", "TLSv1.3", "strict"]);
        for code in ["tls_only_old", "tls_old_accepted", "tls_version_refused"] {
            expect_no(&new, code);
        }
    }
}
