//! What is seen of writes whose connection is cut on purpose.

use super::CutMoment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A statement as it is sent, or as it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedStatement {
    /// What it is for.
    pub purpose: StatementPurpose,
    /// T-SQL; of statements that are sent often, the first.
    pub sql: String,
    /// How often it is sent at most; absent where that depends on what happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Server that it is for, as the plan names it; absent for the run's only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StatementPurpose {
    /// Makes something.
    Create,
    /// Asks what is there before anything is made.
    Check,
    /// Starts a job.
    Start,
    /// Asks whether a job has ended, and what it says.
    Poll,
    /// Puts a row in it for each operation.
    Fill,
    /// The write and its tracker row, in one transaction.
    WriteTracked,
    /// The write alone, in a transaction.
    WriteBlind,
    /// Ends the transaction.
    Commit,
    /// Asks the tracker whether an operation was done.
    Ask,
    /// Counts how often each operation was done.
    Count,
    /// Takes something away.
    Drop,
    /// Reads back that it is gone.
    LookUp,
    /// A purpose this reader does not know.
    #[serde(other)]
    Unknown,
}

/// How a write is done again after its connection was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WriteWay {
    /// The tracker is asked first; only what it does not know is done again.
    Tracked,
    /// Done again without asking.
    Blind,
}

/// All operations of one way were cut off at one moment, and settled or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WriteRound {
    /// When they were cut.
    pub moment: CutMoment,
    /// How they were done again.
    pub way: WriteWay,
    /// How many.
    pub operations: u32,
    /// The tracker knew them already: not done again.
    pub known: u32,
    /// Done again.
    pub reissued: u32,
    /// Done again, and refused by the tracker's unique key: done already after all.
    pub refused_by_key: u32,
    /// Given up: whether they were done, only the count at the end tells.
    pub unsettled: u32,
    /// How long all of them took.
    pub elapsed_us: u64,
}

/// How often the operations of a round were done, as the database itself says at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WriteCount {
    /// When they were cut.
    pub moment: CutMoment,
    /// How they were done again.
    pub way: WriteWay,
    /// How many were begun.
    pub operations: u32,
    /// Done once, as they should be.
    pub once: u32,
    /// Done never.
    pub lost: u32,
    /// Done more than once.
    pub doubled: u32,
    /// The database did not say.
    pub unknown: u32,
}

/// An operation that was not done exactly once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OddWrite {
    /// Its number in the table of values.
    pub operation: u32,
    /// When it was cut.
    pub moment: CutMoment,
    /// How it was done again.
    pub way: WriteWay,
    /// Its id in the tracker, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// How often it was done; absent when the database did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}
