//! `healthy`: the login was accepted, and the query answered where one was asked.
//!
//! Proven: it was done.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::duration;
use model::{Confidence, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let login = case.path.login?;
    if case.path.stop.is_some() || !case.state.is_over() {
        return None;
    }
    let query = case.steps().rfind(|step| step.kind == StepKind::SqlQuery);
    let answered = query.filter(|step| step.state == StepState::Ok);
    // A query that began and did not end leaves the question open.
    let not_asked = case.plan().is_some_and(|plan| !plan.options.query);
    if answered.is_none() && query.is_some_and(|q| q.state != StepState::Skipped) {
        return None;
    }
    if answered.is_none() && query.is_none() && !not_asked {
        return None;
    }
    let mut draft = Draft::new("healthy", Severity::Ok, Owner::Nobody)
        .title(if answered.is_some() {
            "The login works, and a query is answered."
        } else {
            "The login works."
        })
        .because(times(case, login.hop))
        .because(format!("It was done in {}.", duration(case.state.elapsed_us())))
        .sure(Confidence::Proven)
        .then(
            "Nothing to do here. If an application still fails, run from its own host, and compare its server name, \
             port and driver settings with this run's.",
        )
        .link(links::CONNECTIVITY)
        .rests_on(&login);
    if let Some(query) = answered {
        draft = draft.rests_on(&query);
    }
    draft.done(case)
}

/// What each phase took at the place of the login.
fn times(case: &Case<'_>, hop: u32) -> String {
    let kinds = [
        (StepKind::TdsPrelogin, "PRELOGIN"),
        (StepKind::TlsHandshake, "TLS"),
        (StepKind::TdsLogin, "the login"),
    ];
    let mut parts: Vec<String> = Vec::new();
    if let Some(us) = case.connect_time(hop) {
        parts.push(format!("TCP took {}", duration(us)));
    }
    for (kind, name) in kinds {
        let shortest = case
            .ok_at(hop, kind)
            .iter()
            .filter_map(|s| s.elapsed_us)
            .min();
        if let Some(us) = shortest {
            parts.push(format!("{name} {}", duration(us)));
        }
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}.", crate::words::list(&parts))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn logged_in() -> Log {
        Log::new().signed_in().secured(EP).login(EP, None)
    }

    #[test]
    fn with_the_times_of_each_phase() {
        let verdict = expect(
            &logged_in().query(None).finish(),
            "healthy",
            Proven,
            Outcome::Ok,
        );
        assert!(
            verdict
                .explanation
                .starts_with("TCP took 10 ms, PRELOGIN 10 ms, TLS 10 ms and the login 10 ms.")
        );
        let log = logged_in().skipped(StepKind::SqlQuery, NotAsked).finish();
        assert_eq!(
            expect(&log, "healthy", Proven, Outcome::Ok).title,
            "The login works."
        );
    }

    #[test]
    fn not_before_it_is_over_and_not_with_a_query_left_open() {
        expect_no(&logged_in(), "healthy");
        expect_no(
            &logged_in().running(StepKind::SqlQuery, EP).finish(),
            "healthy",
        );
        expect_no(&logged_in().finish(), "healthy");
        expect_no(&logged_in().query(Some(QueryFailed)).finish(), "healthy");
    }
}
