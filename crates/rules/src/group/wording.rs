//! What the findings about groups say alike.

use super::contrast::kind;
use super::side::{Failing, One, Sides};
use crate::case::StepRef;
use crate::findings::common;
use crate::path::Stage;
use crate::words::{duration, list, step_title};
use model::StepState;

/// What does not work when a run stops at a stage.
pub(super) fn what_fails(stage: Stage) -> &'static str {
    match stage {
        Stage::Name => "the name is not found",
        Stage::Instance => "the port of the instance is not found",
        Stage::Connect => "the connection is not made",
        Stage::Prelogin => "PRELOGIN fails",
        Stage::Tls => "the TLS handshake fails",
        Stage::Login => "the login fails",
        Stage::Redirect => "the redirect is not followed",
        Stage::Query => "the query fails",
    }
}

/// Agents in one sentence.
pub(super) fn names<'a>(ones: impl IntoIterator<Item = &'a One<'a>>) -> String {
    let names: Vec<String> = ones.into_iter().map(|one| one.name.clone()).collect();
    list(&names)
}

/// Those that fail, in one sentence.
pub(super) fn names_failing(failing: &[Failing<'_>]) -> String {
    let names: Vec<String> = failing.iter().map(|one| one.one.name.clone()).collect();
    list(&names)
}

/// What happened where a run stopped, address by address.
pub(super) fn told(failing: &Failing<'_>) -> String {
    let name = &failing.one.name;
    if failing.stop.stage >= Stage::Connect {
        return format!("{name}: {}", common::by_address(&failing.stop));
    }
    let steps = failing.stop.steps.iter();
    let lookups: Vec<String> = steps
        .map(|step| {
            let said = step.code.as_ref().map(crate::words::code_sentence);
            format!("{}: {}", step_title(step), said.unwrap_or_default())
        })
        .collect();
    format!("{name}: {}", lookups.join(" "))
}

/// What worked from an agent at the stage where others stop.
pub(super) fn worked(one: &One<'_>, failing: &Failing<'_>) -> (String, Vec<u64>) {
    let steps = at_stage(one, failing);
    let Some(step) = steps.first() else {
        return (
            format!("{}: {}", one.name, one.verdict.title),
            one.verdict.evidence.clone(),
        );
    };
    let time = common::took(step);
    let text = format!("{}: {}, in {time}.", one.name, step_title(step));
    (text, step.seqs().collect())
}

/// The steps that worked at another's stop, those at the same address first.
fn at_stage<'a>(one: &One<'a>, failing: &Failing<'_>) -> Vec<StepRef<'a>> {
    let there = |step: &StepRef<'_>| {
        let places = failing.stop.steps.iter();
        places
            .filter(|tried| tried.subject.endpoint.is_some())
            .any(|tried| tried.subject.endpoint == step.subject.endpoint)
    };
    let mut steps: Vec<StepRef<'a>> = one
        .case
        .at(failing.stop.hop, kind(failing.stop.stage))
        .filter(|step| step.state == StepState::Ok)
        .collect();
    steps.sort_by_key(|step| !there(step));
    steps
}

/// Who tells nothing, and why.
pub(super) fn silent(sides: &Sides<'_>) -> String {
    let all: Vec<String> = sides
        .silent
        .iter()
        .map(|silent| format!("{} tells nothing: {}.", silent.name, silent.why))
        .collect();
    all.join(" ")
}

/// The first thing that a run's own verdict advises.
pub(super) fn own_advice(one: &One<'_>) -> String {
    one.verdict
        .recommendation
        .first()
        .cloned()
        .unwrap_or_default()
}

/// A time of a connect, where one is known.
pub(super) fn connect_time(one: &One<'_>) -> String {
    one.case.connect_time(0).map_or_else(String::new, |us| {
        format!(" A connect takes {}.", duration(us))
    })
}
