//! Why a call about agents was refused. Each has a stable code; none repeats what was sent.

use crate::runs::RunError;
use crate::store::StoreError;

/// Why a call about agents was refused.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no such agent.
    #[error("There is no such agent.")]
    NotFound,
    /// The portal's own agent stays.
    #[error("The portal's own agent cannot be removed. Start the portal without it (--no-agent).")]
    BuiltIn,
    /// The agent was removed while its call was held.
    #[error("The agent was removed.")]
    Removed,
    /// Used, expired or never made: which of them is not said.
    #[error("The enrolment token is not good (any more). Make a new one.")]
    Refused,
    /// There are enough.
    #[error("{reason}")]
    TooMany {
        /// Stable key.
        code: &'static str,
        /// A sentence.
        reason: &'static str,
    },
    /// What the agent says of itself cannot be used; the code says which part.
    #[error("{reason}")]
    Invalid {
        /// Stable key.
        code: &'static str,
        /// A sentence.
        reason: &'static str,
    },
    /// About one of its runs.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
