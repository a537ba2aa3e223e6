//! Writes that are cut off, as arguments: a dry run, unless somebody says that it is meant.

use clap::Args;
use model::lasting::{CutMoment, TrackedWrites};

/// Writes whose connection is cut on purpose.
#[derive(Args, Debug)]
#[command(next_help_heading = "Writes that are cut off")]
pub(super) struct WritesArguments {
    /// Cuts connections in the middle of writes in this schema, does them again with a tracker and without, and counts
    /// what was lost or doubled. A dry run: the T-SQL is shown, and none is sent
    #[arg(long, value_name = "SCHEMA")]
    tracked_writes: Option<String>,
    /// Sends the T-SQL: makes two tables in the schema, writes, and takes them away again
    #[arg(long, requires = "tracked_writes")]
    writes_really: bool,
    /// Writes at each of the five moments [default: 20]
    #[arg(long, value_name = "N", requires = "tracked_writes")]
    writes_each: Option<u32>,
    /// Does not do the same without a tracker for contrast
    #[arg(long, requires = "tracked_writes")]
    no_blind_writes: bool,
}

impl WritesArguments {
    /// What they ask for.
    pub(super) fn asked(&self) -> Option<TrackedWrites> {
        Some(TrackedWrites {
            schema: self.tracked_writes.clone()?,
            operations: self.writes_each.unwrap_or(20),
            moments: CutMoment::all(),
            dry_run: !self.writes_really,
            blind: !self.no_blind_writes,
        })
    }
}
