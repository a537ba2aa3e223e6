//! `reachable_login_not_tried`: all the way to a verified TLS connection; no credentials, so no login.
//!
//! Proven: it was done.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, list};
use model::{Confidence, Finding, Owner, PlanLogin, Severity};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let no_login = case
        .plan()
        .is_some_and(|plan| plan.login == PlanLogin::None);
    let first = case.path.reached.first()?;
    let asked = case.path.no_credentials.is_some() || no_login;
    if !asked || case.path.stop.is_some() || case.path.login.is_some() || !case.state.is_over() {
        return None;
    }
    let places: Vec<String> = case
        .path
        .reached
        .iter()
        .map(|s| s.place().to_owned())
        .collect();
    let mut draft = Draft::new("reachable_login_not_tried", Severity::Ok, Owner::Nobody)
        .title(format!(
            "{} can be reached; the login was not tried, because no credentials were given.",
            common::server_at(case, first.hop)
        ))
        .because(format!("Name, TCP, PRELOGIN and TLS work at {}.", list(&places)))
        .because(match case.connect_time(first.hop) {
            Some(us) => format!("A connect takes {}.", duration(us)),
            None => String::new(),
        })
        .because("Firewall rules of the server, the password, the database and redirects show only at a login.")
        .sure(Confidence::Proven)
        .then("Run again with user and password to see the rest of the way.")
        .link(links::CONNECTIVITY);
    if case.is_azure() {
        draft = draft.link(links::ARCHITECTURE);
    }
    for step in &case.path.reached {
        draft = draft.rests_on(step);
    }
    if let Some(login) = &case.path.no_credentials {
        draft = draft.rests_on(login);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::Proven, FailureCode::*, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn as_far_as_one_comes_without_credentials() {
        let log = Log::new()
            .secured(EP)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .skipped(StepKind::SqlQuery, NotReached)
            .finish();
        let verdict = expect(&log, "reachable_login_not_tried", Proven, Outcome::Ok);
        assert!(
            verdict
                .explanation
                .contains("TLS work at 20.61.99.193:1433.")
        );
    }

    #[test]
    fn clear_text_that_was_allowed_counts_as_reached() {
        let log = Log::new()
            .options(|options| options.allow_clear_text = true)
            .tcp(EP, None)
            .prelogin(EP, None)
            .skipped(StepKind::TlsHandshake, EncryptionNotOffered)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        expect(&log, "reachable_login_not_tried", Proven, Outcome::Ok);
    }

    #[test]
    fn not_while_it_runs_nor_when_tls_failed() {
        expect_no(&Log::new().secured(EP), "reachable_login_not_tried");
        let log = Log::new()
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, Some(TlsExpired))
            .finish();
        expect_no(&log, "reachable_login_not_tried");
        expect_no(
            &Log::new().signed_in().secured(EP).finish(),
            "reachable_login_not_tried",
        );
    }
}
