//! One file for each lease: its events, on disk before anybody is told of them.
//!
//! ```text
//! {"v":1,"run":…,"lease":…,…}    heading, when the file is made
//! {"at":…,"elapsed_us":…,…}      event 1
//! {"at":…,…                      event 2, torn: the process ended here. Dropped when read back.
//! ```
//!
//! A [`Writer`] appends and flushes to the disk, batch by batch; a [`Reader`] follows it. When a new process finds
//! the file, [`recover`] cuts off what is torn. The file goes when the portal has stored all of it, the files [`beside`] it
//! included.

mod beside;
mod reader;
mod recover;
mod writer;

pub(crate) use beside::{Beside, Whole, beside, recover_files};
pub(crate) use reader::Reader;
pub(crate) use recover::{Recovered, find, recover};
pub(crate) use writer::{Room, Writer};

use crate::skew::Skew;
use model::{LeaseId, RunId};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Version of the file's form.
const VERSION: u32 = 1;

/// How much may be spooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one run; what follows is not kept, and the log says so.
    pub run_bytes: u64,
    /// Bytes of all runs; beyond, no new run is taken.
    pub all_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            run_bytes: 64 * 1024 * 1024,
            all_bytes: 256 * 1024 * 1024,
        }
    }
}

/// First line of a spool file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heading {
    v: u32,
    /// The run.
    pub(crate) run: RunId,
    /// The claim on it.
    pub(crate) lease: LeaseId,
    /// By how much this host's clock was ahead when the claim came.
    #[serde(default)]
    ahead_ms: i64,
}

impl Heading {
    pub(crate) fn new(run: RunId, lease: LeaseId, skew: Skew) -> Self {
        Self {
            v: VERSION,
            run,
            lease,
            ahead_ms: skew.ahead_ms(),
        }
    }

    /// How far off this host's clock was when the run was claimed.
    pub(crate) fn skew(&self) -> Skew {
        Skew::of(self.ahead_ms)
    }
}

/// What is on disk by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Number of the last event.
    pub(crate) events: u64,
    /// The last event is the agent's last word: nothing follows.
    pub(crate) complete: bool,
}

fn file_of(dir: &Path, lease: LeaseId) -> PathBuf {
    dir.join(format!("{lease}.jsonl"))
}

#[cfg(test)]
mod tests;
