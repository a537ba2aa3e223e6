//! How much of an archive is read.

/// Bounds on what is read. Each holds while a file is inflated, whatever the archive says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Files in it.
    pub files: usize,
    /// Bytes of one file, inflated.
    pub file_bytes: u64,
    /// Bytes of `run.json` and of the full log: a log that reached its cap is 32 MiB before numbers and times.
    pub log_bytes: u64,
    /// Bytes of the files that an agent made beside the log, inflated. They are never interpreted.
    pub artifact_bytes: u64,
    /// Bytes of all files but those artifacts, inflated.
    pub all_bytes: u64,
    /// Times that a file may be larger than its compressed form, once it is over 1 MiB.
    pub ratio: u64,
    /// Depth of JSON.
    pub json_depth: usize,
    /// Values in one JSON document.
    pub json_values: usize,
    /// Bytes of one string of JSON.
    pub json_string: usize,
}

const MIB: u64 = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 128 * MIB,
            files: 200,
            file_bytes: 32 * MIB,
            log_bytes: 64 * MIB,
            artifact_bytes: 64 * MIB,
            all_bytes: 128 * MIB,
            ratio: 100,
            json_depth: 64,
            json_values: 4_000_000,
            json_string: 1024 * 1024,
        }
    }
}

impl Limits {
    /// No limit on sizes: for an archive that this process made itself.
    #[must_use]
    pub fn of_our_own() -> Self {
        Self {
            archive_bytes: u64::MAX,
            file_bytes: u64::MAX,
            log_bytes: u64::MAX,
            artifact_bytes: u64::MAX,
            all_bytes: u64::MAX,
            ratio: u64::MAX,
            json_values: usize::MAX,
            json_string: usize::MAX,
            ..Self::default()
        }
    }
}
