//! Handing a lease's files to the portal. The same file again changes nothing there, so whoever does not know whether
//! it arrived does it once more.

use super::Shared;
use super::poster::answer;
use super::posting::Answer;
use crate::spool::{Heading, Whole, beside};
use std::time::Duration;

/// The last event waits this long for the files before it: then whoever sees the run settle sees them, too.
pub(super) const FILES_FIRST: Duration = Duration::from_secs(3);

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// None is left.
    All,
    /// The portal was not reached, or cannot now.
    Later,
}

/// Hands over what is there.
pub(super) async fn over(shared: &Shared, heading: &Heading) -> Handed {
    for file in files(shared, heading) {
        let opened = match tokio::fs::File::open(&file.path).await {
            Ok(opened) => opened,
            Err(error) => {
                tracing::error!(%error, file = file.name, "a spooled file cannot be read; it is dropped");
                file.remove(&shared.room);
                continue;
            }
        };
        let (run, lease) = (heading.run, heading.lease);
        match shared.portal.hand_in(run, lease, &file.name, opened).await {
            Ok(_) => file.remove(&shared.room),
            Err(error) => {
                let passing = answer(&error) == Answer::Passing;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    code = error.code(),
                    file = file.name,
                    passing,
                    "a file was not taken"
                );
                if passing {
                    return Handed::Later;
                }
                file.remove(&shared.room);
            }
        }
    }
    Handed::All
}

/// Drops them: the portal will not have them.
pub(super) fn drop_all(shared: &Shared, heading: &Heading) {
    for file in files(shared, heading) {
        file.remove(&shared.room);
    }
}

fn files(shared: &Shared, heading: &Heading) -> Vec<Whole> {
    beside(&shared.spool_dir, heading.lease).unwrap_or_else(|error| {
        tracing::error!(%error, "the spool cannot be read");
        Vec::new()
    })
}
