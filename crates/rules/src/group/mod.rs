//! What runs from several agents say together.
//!
//! [`judge_group`] compares the folded logs of runs that had the same plan but for the agent. Each run is put on a
//! [`Side`](side::Side): it works, it fails at some place, or it tells nothing (not over, interrupted,
//! cancelled, cut off). Exactly one finding explains the group; others may stand beside it.
//!
//! ```text
//!             none fails         one way of failing         several ways
//!  some work  every_vantage_…    only_this_vantage_fails    vantages_differ
//!             works
//!  none works too_few_to_…       every_vantage_fails_alike  vantages_differ
//!             compare
//! ```
//!
//! Sessions between availability replicas are another matter: each run has a target of its own, and what is compared are
//! the directions (`replicas.rs`).
//!
//! As in a run, nothing is guessed beyond the events: `proven` needs the contrast of the same address, tried from
//! both sides at the same time (`contrast.rs`).

mod contrast;
mod draft;
mod every_vantage_fails_alike;
mod every_vantage_works;
mod names_resolve_differently;
mod only_this_vantage_fails;
mod outages;
mod replicas;
mod side;
#[cfg(test)]
mod testing;
mod too_few_to_compare;
mod vantages_differ;
mod wording;

use crate::State;
use crate::case::Case;
use model::RunId;
use model::api::GroupFinding;
use side::Sides;

/// One of the group's runs.
#[derive(Clone, Copy, Debug)]
pub struct Vantage<'a> {
    /// The run.
    pub run: RunId,
    /// Its log, folded.
    pub state: &'a State,
}

/// A rule about a group.
type Rule = fn(&Sides<'_>) -> Option<GroupFinding>;

/// At most one of them holds; it explains the group.
const MAIN: &[Rule] = &[
    outages::find,
    vantages_differ::find,
    only_this_vantage_fails::find,
    every_vantage_fails_alike::find,
    every_vantage_works::find,
    too_few_to_compare::find,
];

/// These stand beside it.
const BESIDE: &[Rule] = &[names_resolve_differently::find];

/// Judges a group by its logs so far: the finding that explains it first. Nothing is found while there is nothing
/// to compare, and in runs that were not given the same to do. Before all runs are settled this is provisional.
#[must_use]
pub fn judge_group(vantages: &[Vantage<'_>]) -> Vec<GroupFinding> {
    let replicas = replicas::are_meant(vantages);
    if vantages.len() < 2 || !(replicas || comparable(vantages)) {
        return Vec::new();
    }
    let cases: Vec<(Vantage<'_>, Case<'_>)> = vantages
        .iter()
        .map(|vantage| (*vantage, Case::new(vantage.state)))
        .collect();
    let sides = Sides::of(&cases);
    if replicas {
        return replicas::judge(&cases, &sides);
    }
    let main = MAIN.iter().find_map(|rule| rule(&sides));
    let beside = BESIDE.iter().filter_map(|rule| rule(&sides));
    main.into_iter().chain(beside).collect()
}

/// Whether all had the same to do, but for the agent.
fn comparable(vantages: &[Vantage<'_>]) -> bool {
    let same = |one: &Vantage<'_>, other: &Vantage<'_>| match (one.state.plan(), other.state.plan())
    {
        (Some(one), Some(other)) => {
            one.target == other.target && one.login == other.login && one.options == other.options
        }
        // Not yet read.
        _ => true,
    };
    vantages.windows(2).all(|pair| match pair {
        [one, other] => same(one, other),
        _ => true,
    })
}
