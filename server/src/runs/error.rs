//! Why a call about a run was refused. Each has a stable code; none repeats what was sent.

use super::lifecycle::Refused;
use crate::store::StoreError;

/// Why a call about a run was refused.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no such run.
    #[error("There is no such run.")]
    NotFound,
    /// There is no such group.
    #[error("There is no such group of runs.")]
    NoGroup,
    /// What was asked for cannot be run; the code says which part.
    #[error("{reason}")]
    Invalid {
        /// Stable key.
        code: &'static str,
        /// A sentence.
        reason: String,
    },
    /// There is no such share link, or it is over.
    #[error("This link leads nowhere, or not any more.")]
    NoShare,
    /// The run has no such file.
    #[error("The run has no such file.")]
    NoArtifact,
    /// The run is over, or not yet.
    #[error("{reason}")]
    Settled {
        /// Stable key.
        code: &'static str,
        /// A sentence.
        reason: &'static str,
    },
    /// The run is another agent's.
    #[error("This run is not this agent's.")]
    NotYours,
    /// Events are missing before these.
    #[error("Events are missing before these.")]
    Gap {
        /// The `n` that is wanted next.
        wanted: u64,
    },
    /// The same number came before with other content.
    #[error("Event {n} of this lease is stored with other content.")]
    Conflict {
        /// The number.
        n: u64,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RunError {
    pub(crate) fn invalid(code: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            code,
            reason: reason.into(),
        }
    }
}

impl From<Refused> for RunError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotQueued => Self::Settled {
                code: "not_queued",
                reason: "The run does not wait for an agent any more.",
            },
            Refused::NotLeased => Self::Settled {
                code: "not_leased",
                reason: "Nobody holds a lease on this run.",
            },
            Refused::Ended => Self::Settled {
                code: "lease_ended",
                reason: "The last event of this lease is already stored.",
            },
            Refused::Settled => Self::Settled {
                code: "run_settled",
                reason: "The run is over.",
            },
        }
    }
}
