//! Recording, beside the run, until it is over.

use super::book::{Book, Recorded};
use super::own::Own;
use super::tap::{Caught, Tap, buffer};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Packets that are remembered, to know one that comes by a second interface.
const REMEMBERED: usize = 64;
/// A second look at a packet comes sooner than this.
const SOON_NS: u64 = 50_000_000;
/// Packets that are read on when it is over, at most.
const MOST_LEFT: usize = 10_000;

/// A recording that goes on. Dropped, it ends and nothing is left.
pub(super) struct Capture {
    own: Arc<Own>,
    stop: DropGuard,
    task: JoinHandle<Recorded>,
}

/// Begins to record what is `own`, and keeps up to `limit` bytes.
pub(super) fn begin(own: &Arc<Own>, limit: u64) -> io::Result<Capture> {
    let tap = Arc::new(Tap::open()?);
    own.record(Box::new({
        let tap = Arc::clone(&tap);
        move |addresses| {
            if let Err(error) = tap.let_through(addresses) {
                tracing::warn!(%error, "the filter of the network trace could not be changed");
            }
        }
    }));
    let stop = CancellationToken::new();
    let task = tokio::spawn(record(tap, Arc::clone(own), Book::new(limit), stop.clone()));
    Ok(Capture {
        own: Arc::clone(own),
        stop: stop.drop_guard(),
        task,
    })
}

impl Capture {
    /// Ends it.
    pub(super) async fn end(self) -> io::Result<Recorded> {
        drop(self.stop);
        let recorded = self.task.await;
        self.own.end();
        Ok(recorded?)
    }
}

async fn record(tap: Arc<Tap>, own: Arc<Own>, mut book: Book, stop: CancellationToken) -> Recorded {
    let mut buffer = buffer();
    let mut seen = Seen::default();
    let mut lost = 0;
    let mut take = |caught: &Caught, buffer: &[u8]| {
        let bytes = buffer.get(..caught.bytes).unwrap_or_default();
        lost = caught.lost.max(lost);
        if !caught.again && !seen.elsewhere(bytes, caught) {
            book.take(&own, bytes, caught.length, caught.at_ns);
        }
    };
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            caught = tap.next(&mut buffer) => match caught {
                Ok(caught) => take(&caught, &buffer),
                Err(error) => {
                    tracing::warn!(%error, "the network trace ends early");
                    break;
                }
            }
        }
    }
    for _ in 0..MOST_LEFT {
        let Some(caught) = tap.now(&mut buffer) else {
            break;
        };
        take(&caught, &buffer);
    }
    let mut recorded = book.end(&own);
    recorded.dropped = recorded.dropped.saturating_add(u64::from(lost));
    recorded
}

/// The last packets: a bridge and the card under it show the same one twice.
#[derive(Default)]
struct Seen(VecDeque<(u64, usize, u64)>);

impl Seen {
    /// Whether the same packet just came by another interface.
    fn elsewhere(&mut self, bytes: &[u8], caught: &Caught) -> bool {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let again = self.0.iter().any(|(known, interface, at_ns)| {
            *known == hash
                && *interface != caught.interface
                && caught.at_ns.abs_diff(*at_ns) < SOON_NS
        });
        if !again {
            if self.0.len() == REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back((hash, caught.interface, caught.at_ns));
        }
        again
    }
}
