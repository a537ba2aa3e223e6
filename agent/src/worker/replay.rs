//! Handing over what an earlier process left. Its runs are never probed again.
//!
//! ```text
//! spool file ──▶ torn end cut off ──complete──▶ the rest is posted
//!                                └──not──▶ `agent_restarted` is appended, then the rest is posted
//! ```

use super::{Shared, poster};
use crate::spool::{Recovered, find, recover, recover_files};
use chrono::Utc;
use model::{AgentEvent, EventBody};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::Instrument as _;

/// Begins to hand over every lease that is found.
pub(super) fn begin(shared: &Arc<Shared>) -> io::Result<()> {
    recover_files(&shared.spool_dir, &shared.room)?;
    for path in find(&shared.spool_dir)? {
        if let Err(error) = one(shared, &path) {
            tracing::error!(%error, path = %path.display(), "a spool file cannot be read; it is left alone");
        }
    }
    Ok(())
}

fn one(shared: &Arc<Shared>, path: &Path) -> io::Result<()> {
    let Some(mut recovered) = recover(path, shared.room.clone())? else {
        return Ok(());
    };
    let heading = recovered.heading;
    if !recovered.writer.progress().complete {
        give_up(&mut recovered)?;
    }
    if shared.registry.enter(heading.lease, false).is_none() {
        return Ok(());
    }
    let writer = recovered.writer;
    let span = tracing::info_span!("run", run = %heading.run, lease = %heading.lease);
    tracing::info!(parent: &span, events = writer.progress().events, "events of an earlier process are handed over");
    let (progress, followed) = watch::channel(writer.progress());
    let posting = span.in_scope(|| poster::begin(shared, heading, path.to_owned(), followed));
    shared.tasks.spawn(
        async move {
            // The poster sees a writer that lives, and the room stays taken, until all is handed over.
            let _ = posting.await;
            drop((progress, writer));
        }
        .instrument(span),
    );
    Ok(())
}

/// Says that probing ended with the earlier process.
fn give_up(recovered: &mut Recovered) -> io::Result<()> {
    let restarted = AgentEvent {
        at: recovered.heading.skew().corrected(Utc::now()),
        elapsed_us: recovered.elapsed_us,
        body: EventBody::AgentRestarted,
    };
    recovered.writer.append(&[restarted]).map(drop)
}
