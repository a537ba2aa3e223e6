//! Facts of the loop: every operation that came to nothing in full, all of them once a minute as lists of numbers,
//! so that whoever reads the log has the whole timeline.

use crate::{FailureCode, Phase};
use serde::{Deserialize, Serialize};

/// One operation that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoopFailure {
    /// Counts from 1 within the loop.
    pub operation: u64,
    /// Start, since the run's start on the agent's monotonic clock.
    pub started_us: u64,
    /// To its end.
    pub elapsed_us: u64,
    /// How far it got: the phase that it failed in.
    pub phase: Phase,
    /// How it failed.
    pub code: FailureCode,
    /// `ip:port` of its last connection; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Local `ip:port`, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// ERROR tokens, in order, at most 10.
    pub errors: Vec<ErrorNumber>,
    /// How late a timer of this process was at most meanwhile: what it may have been delayed here.
    #[serde(default)]
    pub lag_max_us: u64,
    /// The server's or the system's words, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// An ERROR token, without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorNumber {
    /// Error number.
    pub number: i32,
    /// State.
    pub state: u8,
    /// Class (severity).
    pub class: u8,
}

/// The operations of the loop that ended in one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoopMinute {
    /// Its start, since the run's start.
    pub from_us: u64,
    /// Its end; less than a minute later when the loop ended.
    pub until_us: u64,
    /// Those that worked.
    pub worked: Clocked,
    /// Those that did not, by how they failed.
    pub failed: Vec<FailedAlike>,
    /// Operations that were not begun, because as many as allowed were under way.
    pub passed_over: u32,
    /// Most that were under way at once.
    pub most_at_once: u32,
}

/// Operations that failed alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedAlike {
    /// How.
    pub code: FailureCode,
    /// The server's number that explains it; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// When.
    pub times: Clocked,
}

/// Starts and durations, one of each for each operation, in the order they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clocked {
    /// Since the run's start.
    pub started_ms: Vec<u64>,
    /// To the end.
    pub elapsed_us: Vec<u64>,
}

impl Clocked {
    /// Adds an operation.
    pub fn push(&mut self, started_us: u64, elapsed_us: u64) {
        self.started_ms.push(started_us / 1_000);
        self.elapsed_us.push(elapsed_us);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.started_ms.len().min(self.elapsed_us.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
