//! Handing one lease's events to the portal, in batches, until all are stored, and its files with them.

use super::Shared;
use super::handing::{self, FILES_FIRST, Handed};
use super::posting::{Answer, Next, Posting};
use crate::spool::{Heading, Progress, Reader};
use crate::timing::Retry;
use model::AgentEvent;
use model::agent_api::{EventAck, EventBatch};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// Begins to post what `followed` says is on disk.
pub(super) fn begin(
    shared: &Arc<Shared>,
    heading: Heading,
    path: PathBuf,
    followed: watch::Receiver<Progress>,
) -> JoinHandle<()> {
    let shared = shared.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(
        async move {
            let stop = shared.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                () = post_all(&shared, heading, &path, followed) => {}
            }
        }
        .in_current_span(),
    )
}

async fn post_all(
    shared: &Arc<Shared>,
    heading: Heading,
    path: &Path,
    mut followed: watch::Receiver<Progress>,
) {
    let mut posting = Posting::default();
    let mut retry = Retry::new(&shared.timing);
    let (mut reader, mut files_first) = (None, true);
    loop {
        let spooled = *followed.borrow_and_update();
        if spooled.complete && std::mem::take(&mut files_first) {
            // Should it take longer, they come after the last event.
            let _ = tokio::time::timeout(FILES_FIRST, handing::over(shared, &heading)).await;
        }
        posting.spooled(spooled);
        match posting.next() {
            Next::Wait => {
                if followed.changed().await.is_err() {
                    // The writer ended without a last word: the disk failed, or the agent stops. What is in the
                    // file waits for the next process.
                    return shared.registry.give_up(heading.lease);
                }
            }
            Next::Post { first, last } => {
                let batch = match read(reader.take(), path.to_owned(), first, last).await {
                    Ok((open, batch)) => {
                        reader = Some(open);
                        batch
                    }
                    Err(error) => {
                        tracing::error!(%error, "the spool cannot be read; it is left for the next start");
                        return shared.registry.give_up(heading.lease);
                    }
                };
                let answer = post(shared, &heading, first, batch).await;
                if posting.answered(answer) {
                    retry.wait().await;
                } else {
                    retry.reset();
                }
            }
            Next::Done => {
                while handing::over(shared, &heading).await == Handed::Later {
                    retry.wait().await;
                }
                remove(path);
                return shared.registry.leave(heading.lease);
            }
            Next::GiveUp => {
                tracing::error!("the portal will not have this run's events; they are dropped");
                handing::drop_all(shared, &heading);
                remove(path);
                return shared.registry.give_up(heading.lease);
            }
        }
    }
}

async fn read(
    reader: Option<Reader>,
    path: PathBuf,
    first: u64,
    last: u64,
) -> io::Result<(Reader, Vec<AgentEvent>)> {
    tokio::task::spawn_blocking(move || {
        let mut reader = match reader {
            Some(reader) => reader,
            None => Reader::open(&path)?,
        };
        let batch = reader.batch(first, last)?;
        Ok((reader, batch))
    })
    .await?
}

async fn post(shared: &Shared, heading: &Heading, first_n: u64, events: Vec<AgentEvent>) -> Answer {
    let batch = EventBatch {
        lease: heading.lease,
        first_n,
        events,
    };
    match shared.portal.events(heading.run, &batch).await {
        Ok(EventAck { acked, stop, .. }) => {
            if stop {
                shared.registry.cancel(heading.lease);
            }
            Answer::Acked(acked)
        }
        Err(error) => {
            let answer = answer(&error);
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                code = error.code(),
                first_n,
                ?answer,
                "events not stored"
            );
            answer
        }
    }
}

/// Whether it is worth another try.
pub(super) fn is_passing(error: &client::Error) -> bool {
    matches!(answer(error), Answer::Passing | Answer::Gap(_))
}

/// What an error means for the posting. A token that is refused ends the agent, but what is spooled stays.
pub(super) fn answer(error: &client::Error) -> Answer {
    match (error.wanted(), error.status()) {
        (Some(wanted), Some(409)) => Answer::Gap(wanted),
        (_, Some(401)) => Answer::Passing,
        _ if error.is_passing() => Answer::Passing,
        // Not from a portal: something between, or one that starts.
        _ if error.code().is_none() => Answer::Passing,
        _ => Answer::Refused,
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, "a spool file could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::worker::posting::Answer;
    use model::Problem;

    fn problem(status: u16, code: &str, wanted: Option<u64>) -> client::Error {
        client::Error::Problem(Box::new(Problem {
            kind: "about:blank".to_owned(),
            title: "no".to_owned(),
            status,
            code: code.to_owned(),
            detail: None,
            request_id: None,
            wanted,
        }))
    }

    #[test]
    fn what_passes_is_tried_again_and_a_no_is_a_no() {
        for (error, wanted) in [
            (problem(409, "gap", Some(7)), Answer::Gap(7)),
            (problem(409, "conflict", None), Answer::Refused),
            (problem(404, "unknown_run", None), Answer::Refused),
            (problem(403, "not_yours", None), Answer::Refused),
            (problem(401, "unauthorized", None), Answer::Passing),
            (problem(503, "busy", None), Answer::Passing),
            (problem(429, "slow_down", None), Answer::Passing),
            (
                client::Error::Unexpected {
                    status: 404,
                    text: "proxy".to_owned(),
                },
                Answer::Passing,
            ),
        ] {
            assert_eq!(answer(&error), wanted, "{error}");
        }
    }
}
