//! `AllFiles.zip`: written as a stream, read with care.
//!
//! ```text
//! 1  render every file into its hash   ──▶ manifest.json
//! 2  render every file into the zip        manifest.json, run.json, report.md, report.html, Log_….txt,
//!                                          AdvancedTests_{FullLog,LastRunLog,SummaryLog}.txt, NetworkTrace_….pcapng
//! ```
//!
//! Files are rendered twice rather than kept: no file is ever in memory as a whole, and the receiving end needs
//! no seeking. Order, names, times and compression are fixed, so the same log gives the same bytes.

mod directory;
mod inflate;
mod json;
mod limits;
mod manifest;
mod names;
mod read;
mod refused;
#[cfg(feature = "write")]
mod write;

pub use limits::Limits;
pub use manifest::{FileEntry, MANIFEST_VERSION, Manifest};
pub use names::{log_file_name, log_file_stem};
pub use read::{Bundle, open};
pub use refused::{Refused, Why};
#[cfg(feature = "write")]
pub use write::write;
