//! What a person takes away from a run: the reports and `AllFiles.zip`. All are projections of the same log.
//!
//! - [`report`] (feature `read`): Markdown, HTML, the transcript and the case text for Microsoft support, as pure
//!   functions of the run and its events. They build for WebAssembly, so the page shows the very same words.
//! - [`lasting`]: what lasts, as the tables of the reports and of the page.
//! - [`redact`] (feature `read`): the same run for others' eyes, names and addresses masked.
//! - `open` (feature `read`): reading an archive that somebody sent, safely, in memory.
//! - `write` (feature `write`): the archive, streamed in a fixed order with fixed times, so that the same log
//!   always gives the same bytes.
//!
//! What is wrong with a run, and how that is worded, is not decided here: findings come with the run, titles and
//! sentences from the crate `rules`. This crate knows no database, no network and no clock.

#[cfg(feature = "read")]
mod archive;
pub mod escape;
pub mod lasting;
mod log;
pub mod redact;
pub mod report;

#[cfg(feature = "write")]
pub use archive::write;
#[cfg(feature = "read")]
pub use archive::{
    Bundle, FileEntry, Limits, MANIFEST_VERSION, Manifest, Refused, Why, log_file_name,
    log_file_stem, open,
};
pub use log::{Error, Log};
