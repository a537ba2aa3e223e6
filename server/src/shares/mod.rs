//! Share links: a run, redacted, for whoever holds a token. Knows no HTTP.
//!
//! ```text
//!  operator ── create ──▶ token (seen once) ── its hash ──▶ store
//!  stranger ── token ──▶ hash ──▶ share ──▶ the log up to its end ──▶ redacted view, stream, bundle
//! ```
//!
//! A share of a settled run ends at the run's last event for good; one of a run that lasts follows it and is
//! ended by the transaction that settles it. Nothing redacted is kept: it is made of the log each time, so
//! there is nothing to forget when a link is revoked.

mod follow;
mod manage;
mod open;

use tokio::sync::{Mutex, Semaphore};

pub use follow::{Follower, Told};
pub use manage::{MOST, create, list, revoke};
pub use open::{Opened, open, preview, shared, still_good, whole};

/// Logs that are folded at once for strangers; others wait for their turn.
const FOLDS: usize = 4;
/// Bundles and reports that are written at once for strangers; others are told to come back.
const DOWNLOADS: usize = 16;
/// Streams that strangers hold open at once.
const STREAMS: usize = 2_000;

/// What keeps share links in bounds.
#[derive(Debug)]
pub struct Shares {
    /// One link is made at a time, so that their number holds.
    making: Mutex<()>,
    folds: Semaphore,
    /// Turns for a download.
    pub downloads: std::sync::Arc<Semaphore>,
    /// Turns for a stream.
    pub streams: std::sync::Arc<Semaphore>,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            making: Mutex::default(),
            folds: Semaphore::new(FOLDS),
            downloads: std::sync::Arc::new(Semaphore::new(DOWNLOADS)),
            streams: std::sync::Arc::new(Semaphore::new(STREAMS)),
        }
    }
}
