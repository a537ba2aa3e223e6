//! Taking away what runs left on servers: at the start, and after each run, until it was read back as gone.
//!
//! ```text
//! journal file ──its events are all with the portal──▶ cleaned ──told──▶ no file
//!                 ▲                                       └──not all──▶ after a minute, again
//!                 └── 24 h: given up, told with the statements that drop the rest, no file, no secret
//! ```

use super::Shared;
use crate::journal::{self, Found};
use crate::timing::Retry;
use chrono::TimeDelta;
use model::agent_api::CleaningReport;
use std::sync::Arc;
use tracing::Instrument as _;

/// Cleans until the agent stops.
pub(super) fn begin(shared: &Arc<Shared>) {
    let shared = shared.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = work(&shared) => {}
        }
    });
}

async fn work(shared: &Shared) {
    let mut retry = Retry::new(&shared.timing);
    loop {
        let over = shared.over.notified();
        let mut next = Next::Nothing;
        for found in find(shared).await {
            let run = found.entry.plan.run;
            let span = tracing::info_span!("cleaning", run = %run);
            next = next.max(one(shared, found).instrument(span).await);
        }
        match next {
            Next::Nothing => {
                retry.reset();
                over.await;
            }
            Next::Later => tokio::select! {
                () = over => {}
                () = tokio::time::sleep(shared.timing.clean_again) => {}
            },
            Next::Soon => tokio::select! {
                () = over => {}
                () = retry.wait() => {}
            },
        }
    }
}

async fn find(shared: &Shared) -> Vec<Found> {
    let dir = shared.journal_dir.clone();
    let found = tokio::task::spawn_blocking(move || journal::find(&dir)).await;
    match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::error!(%error, "the journal cannot be read");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// Not before another run is over.
    Nothing,
    /// The server was asked in vain.
    Later,
    /// The portal does not know enough yet.
    Soon,
}

async fn one(shared: &Shared, mut found: Found) -> Next {
    let Some(lease) = found.entry.lease else {
        return Next::Nothing;
    };
    // The portal has to know of the objects before it is told that they are gone.
    if shared.registry.held().contains(&lease) {
        return Next::Soon;
    }
    let age = shared.clock.now() - found.entry.began_at;
    let limit = TimeDelta::from_std(shared.timing.clean_longest).unwrap_or(TimeDelta::MAX);
    let given_up = age > limit;
    if !given_up {
        clean(shared, &mut found).await;
    }
    let all_gone = found.entry.open().next().is_none();
    if !all_gone && !given_up {
        return Next::Later;
    }
    let report = CleaningReport {
        lease,
        gone: found.entry.gone.clone(),
        given_up: !all_gone,
    };
    if let Err(error) = shared.portal.cleaning(found.entry.plan.run, &report).await
        && super::poster::is_passing(&error)
    {
        tracing::warn!(%error, "the portal could not be told of the clean-up yet");
        return Next::Soon;
    }
    if all_gone {
        tracing::info!(
            objects = report.gone.len(),
            "what a run left on the server is gone"
        );
    } else {
        for object in found.entry.open() {
            tracing::error!(
                object = object.name,
                drop = object.drop,
                "left on the server; not tried again"
            );
        }
    }
    if let Err(error) = found.held.remove() {
        tracing::warn!(%error, "a journal could not be removed");
    }
    Next::Nothing
}

async fn clean(shared: &Shared, found: &mut Found) {
    let entry = &found.entry;
    let secrets = match shared.secrets.again(&entry.plan, &entry.boxes()) {
        Ok(secrets) => secrets,
        Err(refused) => {
            return tracing::warn!(reason = refused.0, "the kept secret cannot be used");
        }
    };
    match journal::clean(found, &secrets, &shared.context).await {
        Ok(None) => {}
        // A server's words may hold anything: they stay out of the log.
        Ok(Some(_)) => tracing::warn!(
            left = found.entry.open().count(),
            "what a run left on the server is not gone yet"
        ),
        Err(error) => tracing::error!(%error, "the journal could not be written"),
    }
}
