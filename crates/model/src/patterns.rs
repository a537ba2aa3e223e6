//! `GET /api/patterns`: what the portal's runs found, in counts alone.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often each finding was made, week by week. Of settled runs alone, those left out that opted out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patterns {
    /// The weeks, oldest first, each by its Monday, `YYYY-MM-DD`; the last is this one.
    pub weeks: Vec<String>,
    /// Runs that were made in each week.
    pub runs: Vec<u64>,
    /// The findings: those that explain most runs first.
    pub findings: Vec<Pattern>,
}

/// One finding's counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    /// Its code.
    pub code: String,
    /// Runs that it was made of.
    pub found: u64,
    /// Runs with a problem that it explains: it is their verdict.
    pub explains: u64,
    /// `found` by week, as many as there are weeks.
    pub by_week: Vec<u64>,
    /// `found` by kind of endpoint (`sql_database`, `sql_server`…).
    pub by_kind: BTreeMap<String, u64>,
    /// `found` by name of the agent.
    pub by_agent: BTreeMap<String, u64>,
}
