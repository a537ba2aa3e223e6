//! `manifest.json`: what is in the archive, and the hash of each file.

use model::RunId;
use serde::{Deserialize, Serialize};

/// Version of the manifest's and `run.json`'s form.
pub const MANIFEST_VERSION: u32 = 1;

/// What is in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub schema_version: u32,
    /// Which program and version made it.
    pub made_by: String,
    /// The run.
    pub run: RunId,
    /// Version of the rules that made its findings.
    pub rules_version: u32,
    /// Events in `run.json`.
    pub events: u64,
    /// Every other file, in the archive's order.
    pub files: Vec<FileEntry>,
    /// Files of the run that are not in this archive: they hold what is masked in it, or are lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<FileEntry>,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}
