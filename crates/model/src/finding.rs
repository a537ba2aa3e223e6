//! What the rules found: the product's answer.

use crate::StepId;
use serde::{Deserialize, Serialize};

/// How much it matters. Ordered: `Problem` is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Severity {
    /// Fine; said so that the person knows it was looked at.
    Ok,
    /// Worth knowing.
    Info,
    /// Will hurt, or already does a little.
    Warning,
    /// Explains why it does not work.
    Problem,
}

/// How sure it is. `Proven` needs a contrast: the same thing done elsewhere or otherwise, with another result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Confidence {
    /// One explanation among several.
    Possible,
    /// The best explanation of what was seen.
    Likely,
    /// What was seen admits no other.
    Proven,
}

/// Whose job it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Owner {
    /// Who writes or configures the application.
    App,
    /// Who runs the network between the two.
    Network,
    /// Who administers the database or server.
    Dba,
    /// Microsoft.
    Azure,
    /// Who runs the host the agent is on.
    ThisHost,
    /// Nobody needs to act.
    Nobody,
}

/// A page of documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// Who says what, for example `Microsoft: connectivity architecture`.
    pub title: String,
    /// `https://…`.
    pub url: String,
}

/// What a rule found in a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable snake_case key, for example `redirect_blocked`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence that a tired person understands. Plain text.
    pub title: String,
    /// The numbers behind it. Plain text.
    pub explanation: String,
    /// What to do, in order. Plain text.
    pub recommendation: Vec<String>,
    /// Whose job it is.
    pub owner: Owner,
    /// How sure it is.
    pub confidence: Confidence,
    /// `seq` of the events it rests on, ascending; never empty.
    pub evidence: Vec<u64>,
    /// The steps those events belong to, ascending.
    pub steps: Vec<StepId>,
    /// At least one.
    pub links: Vec<Link>,
}
