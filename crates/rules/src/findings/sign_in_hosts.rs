//! `sign_in_hosts_unreachable`: addresses that Microsoft Entra sign-in needs do not answer from here.
//!
//! A warning when this run signs in with Microsoft Entra, a note otherwise: a SQL login needs none of them.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, list};
use model::{Confidence, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let hosts: Vec<StepRef<'_>> = case.of(StepKind::SignInHost).collect();
    let dead: Vec<&StepRef<'_>> = hosts
        .iter()
        .filter(|step| step.state == StepState::Failed)
        .collect();
    let first = dead.first()?;
    let working = hosts.iter().find(|step| step.state == StepState::Ok);
    let needed = case.plan().is_some_and(|plan| plan.login.is_entra());
    let names: Vec<String> = dead.iter().map(|step| name(step)).collect();
    let severity = if needed {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut draft = Draft::new("sign_in_hosts_unreachable", severity, Owner::Network)
        .title(format!("From here, {} of Microsoft Entra sign-in {} not answer: {}.",
            count(dead.len(), "address", "addresses"),
            if dead.len() == 1 { "does" } else { "do" },
            list(&names)))
        .because(first.code.as_ref().map_or_else(String::new, |code| {
            format!("{}: {}", name(first), code_sentence(code))
        }))
        .because(working.map_or_else(String::new, |step| format!("{} does answer.", name(step))))
        .because(if needed {
            "This way of signing in needs them."
        } else {
            "This run's way of signing in does not need them; one with Microsoft Entra would."
        })
        .sure(if working.is_some() { Confidence::Proven } else { Confidence::Likely })
        .then("Allow HTTPS (TCP 443) from this host to these names, directly or through the proxy that the application uses.")
        .link(links::ENTRA_SQL);
    for step in dead {
        draft = draft.rests_on(step);
    }
    if let Some(working) = working {
        draft = draft.rests_on(working);
    }
    draft.done(case)
}

fn name(step: &StepRef<'_>) -> String {
    let host = step
        .subject
        .host
        .as_deref()
        .filter(|_| step.subject.endpoint.is_none());
    host.unwrap_or_else(|| step.place()).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{Confidence::*, FailureCode::*, PlanLogin, Severity, StepKind};

    #[test]
    fn it_matters_where_the_sign_in_needs_them() {
        let log = |login| {
            Log::new()
                .signs_in(login)
                .secured("20.61.99.193:1433")
                .running(StepKind::SignInHost, "login.windows.net")
                .ends(Some(TcpTimeout))
                .running(StepKind::SignInHost, "login.microsoftonline.com")
                .ends(None)
                .skipped(StepKind::TdsLogin, NoCredentials)
                .finish()
        };
        let finding = expect_beside(&log(PlanLogin::EntraToken), "sign_in_hosts_unreachable");
        assert_eq!(
            (finding.severity, finding.confidence),
            (Severity::Warning, Proven)
        );
        assert!(finding.title.contains("login.windows.net"));
        let finding = expect_beside(&log(PlanLogin::None), "sign_in_hosts_unreachable");
        assert_eq!(finding.severity, Severity::Info);
        // What does not answer there never becomes the run's verdict.
        assert_eq!(
            log(PlanLogin::None).judge().verdict.code,
            "reachable_login_not_tried"
        );
        expect_no(
            &Log::new().secured("20.61.99.193:1433").finish(),
            "sign_in_hosts_unreachable",
        );
    }
}
