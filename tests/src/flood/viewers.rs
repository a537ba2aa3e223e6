//! Viewers of one run: each reads the whole stream and looks at the numbers.

use super::{ask, stream_of};
use crate::eventually;
use model::RunId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::task::JoinSet;

/// What a viewer has seen when its stream was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The number of its last event.
    pub last: u64,
    /// Numbers that did not follow the one before: lost, doubled or moved.
    pub wrong: u64,
    /// It was told that the run is over.
    pub ended: bool,
}

/// Viewers of one run.
pub struct Viewers {
    reading: JoinSet<Seen>,
    read: Vec<Arc<AtomicU64>>,
}

impl Viewers {
    /// So many.
    ///
    /// # Panics
    /// When one is not let in.
    pub async fn open(address: SocketAddr, run: RunId, count: usize) -> Self {
        let mut viewers = Self {
            reading: JoinSet::new(),
            read: Vec::with_capacity(count),
        };
        for _ in 0..count {
            let stream = ask(address, stream_of(run).as_bytes()).await;
            let stream = stream.expect("a connection");
            let read = Arc::new(AtomicU64::new(0));
            viewers.read.push(Arc::clone(&read));
            viewers.reading.spawn(async move {
                let mut lines = BufReader::with_capacity(4096, stream).lines();
                let mut seen = Seen::default();
                while let Ok(Some(line)) = lines.next_line().await {
                    if let Some(number) = line.strip_prefix("id:") {
                        let number: u64 = number.trim().parse().expect("a number");
                        seen.wrong += u64::from(number != seen.last + 1);
                        seen.last = number;
                        read.store(number, Ordering::Relaxed);
                    } else if line.trim() == "event: end" {
                        seen.ended = true;
                        break;
                    }
                }
                seen
            });
        }
        viewers
    }

    /// Waits until each has read up to this number.
    ///
    /// # Panics
    /// When that takes longer.
    pub async fn reach(&self, seq: u64, longest: Duration) {
        eventually("every viewer has read it", longest, async || {
            let all = self.read.iter();
            let slowest = all.map(|read| read.load(Ordering::Relaxed)).min();
            (slowest >= Some(seq)).then_some(())
        })
        .await;
    }

    /// What each has seen, once all streams are over.
    ///
    /// # Panics
    /// When that takes longer.
    pub async fn finish(self, longest: Duration) -> Vec<Seen> {
        let all = tokio::time::timeout(longest, self.reading.join_all());
        all.await.expect("every stream ends")
    }
}
