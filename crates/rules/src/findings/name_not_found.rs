//! `name_not_found`: the name does not exist, or has no address.
//!
//! Proven when two sources that do not depend on each other say so, else likely.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::{Stage, Stop};
use crate::words::count;
use model::{Confidence, FailureCode, Finding, Owner};
use target::Kind;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let missing = case.stopped_first(Stage::Name, &FailureCode::NameNotFound);
    let stop = missing.or_else(|| case.stopped_first(Stage::Name, &FailureCode::NameNoAddress))?;
    let host = case.host();
    let said = stop.alike().count();
    let title = if missing.is_some() {
        format!("The name {host} does not exist.")
    } else {
        format!("The name {host} exists but has no address.")
    };
    let mut draft = Draft::problem("name_not_found", owner(case))
        .title(title)
        .because(format!(
            "{} asked, {} said so. Nothing was connected to.",
            count(stop.steps.len(), "source was", "sources were"),
            count(said, "source", "sources")
        ))
        .sure(confidence(stop))
        .then("Check the spelling, and that the server still exists.")
        .then(private_link(case))
        .then("Then run again from this agent.")
        .link(links::CONNECTIVITY);
    if case.is_azure() {
        draft = draft.link(links::PRIVATE_ENDPOINT);
    }
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

fn owner(case: &Case<'_>) -> Owner {
    if case.is_azure() {
        Owner::App
    } else {
        Owner::Network
    }
}

fn private_link(case: &Case<'_>) -> &'static str {
    match case.kind() {
        Some(Kind::ManagedInstancePublic) => {
            "The name of a public endpoint exists only while that endpoint is enabled: check it on the instance."
        }
        Some(kind) if kind.is_azure() => {
            "With a private endpoint: check that the private DNS zone is linked to this host's network and holds a \
             record for the server."
        }
        _ => {
            "If the name belongs to an internal zone, check that this host asks the resolver that knows it."
        }
    }
}

fn confidence(stop: &Stop<'_>) -> Confidence {
    let independent = stop
        .alike()
        .filter(|step| step.subject.source.as_deref() != Some("system"))
        .count();
    if independent > 1 && !stop.mixed {
        Confidence::Proven
    } else {
        Confidence::Likely
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome};

    #[test]
    fn how_sure_depends_on_who_says_so() {
        let log = Log::new()
            .dns("hosts_file", Err(NameNotFound))
            .dns("system", Err(NameNotFound))
            .finish();
        let verdict = expect(&log, "name_not_found", Likely, Outcome::Problem);
        assert_eq!(
            verdict.title,
            "The name contoso.database.windows.net does not exist."
        );
        let log = Log::new()
            .dns("system", Err(NameNotFound))
            .dns("10.0.0.2:53", Err(NameNotFound))
            .dns("10.0.0.3:53", Err(NameNotFound))
            .finish();
        expect(&log, "name_not_found", Proven, Outcome::Problem);
    }

    #[test]
    fn no_address_is_said_as_such() {
        let log = Log::to("mi.public.0a1b.database.windows.net")
            .dns("system", Err(NameNoAddress))
            .finish();
        let verdict = expect(&log, "name_not_found", Likely, Outcome::Problem);
        assert!(verdict.title.contains("no address"));
        assert!(verdict.recommendation[1].contains("public endpoint"));
    }

    #[test]
    fn a_silent_resolver_is_not_a_missing_name() {
        let log = Log::new()
            .dns("hosts_file", Err(NameNotFound))
            .dns("system", Err(DnsTimeout))
            .finish();
        expect_no(&log, "name_not_found");
    }

    #[test]
    fn one_that_says_no_knows_more_than_two_that_are_silent() {
        let log = Log::new()
            .dns("system", Err(NameNotFound))
            .dns("10.0.0.2:53", Err(DnsTimeout))
            .dns("10.0.0.3:53", Err(DnsTimeout))
            .finish();
        expect(&log, "name_not_found", Likely, Outcome::Problem);
    }
}
