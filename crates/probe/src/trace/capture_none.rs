//! Recording, on systems where it is not built.

use super::book::Recorded;
use super::own::Own;
use std::io;
use std::sync::Arc;

/// A recording that goes on; here there is none.
pub(super) enum Capture {}

/// Says that there is none here.
pub(super) fn begin(_own: &Arc<Own>, _limit: u64) -> io::Result<Capture> {
    Err(io::Error::other("packets are recorded on Linux only"))
}

impl Capture {
    /// Ends it.
    pub(super) async fn end(self) -> io::Result<Recorded> {
        match self {}
    }
}
