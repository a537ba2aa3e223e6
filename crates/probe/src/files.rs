//! Files that a run leaves beside its log: who keeps them, and those that grow while the run lasts.
//!
//! ```text
//! a step ──line──▶ bounded queue ──▶ a thread that may block ──▶ KeptFile
//!                     └─ full: the line is counted, and the last line says how many
//! ```
//! A file is whole when the run is over, however it ends. Without a keeper nothing is written.

use chrono::Utc;
use model::ArtifactKind;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// Lines that wait for the disk.
const BACKLOG: usize = 4_096;
/// Room for the last line, which says what is missing.
const RESERVE: u64 = 256;
/// A file that is not whole by then is given up.
const TO_FINISH: Duration = Duration::from_secs(2);

/// Keeps a run's file.
pub trait Keep: Send + Sync {
    /// Begins it. Called on a thread that may block.
    ///
    /// # Errors
    /// When there is no room for it.
    fn create(&self, name: &str) -> io::Result<Box<dyn KeptFile>>;
}

/// A file that is being written. Dropped without [`KeptFile::finish`], it is gone.
pub trait KeptFile: Write + Send {
    /// It is whole.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// What a file is called that is begun now.
pub(crate) fn name(kind: ArtifactKind, at: chrono::DateTime<Utc>) -> String {
    kind.named(&at.format("%Y%m%dT%H%M%S").to_string())
}

/// The files of one run that grow.
pub(crate) struct Files {
    keep: Option<Arc<dyn Keep>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl Files {
    pub(crate) fn new(keep: Option<Arc<dyn Keep>>) -> Self {
        Self {
            keep,
            writers: Mutex::default(),
        }
    }

    /// Begins one, line by line.
    pub(crate) fn lines(&self, kind: ArtifactKind, heading: &'static str) -> Lines {
        let Some(keep) = self.keep.clone() else {
            return Lines(None);
        };
        let (queue, lines) = sync_channel(BACKLOG);
        let missing = Arc::new(AtomicU64::new(0));
        let (named, counted) = (name(kind, Utc::now()), Arc::clone(&missing));
        let writer = spawn_blocking(move || {
            if let Err(error) = write(&*keep, &named, heading, &lines, &counted) {
                tracing::warn!(%error, "a file of the run could not be kept");
            }
        });
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        writers.push(writer);
        Lines(Some(Queue { queue, missing }))
    }

    /// Waits until all are whole. Nobody writes any more.
    pub(crate) async fn end(self) {
        let writers = self.writers.into_inner();
        for writer in writers.unwrap_or_else(PoisonError::into_inner) {
            let _ = timeout(TO_FINISH, writer).await;
        }
    }
}

fn write(
    keep: &dyn Keep,
    name: &str,
    heading: &str,
    lines: &Receiver<String>,
    missing: &AtomicU64,
) -> io::Result<()> {
    let mut file = keep.create(name)?;
    let mut left = model::Artifact::MOST_BYTES - RESERVE;
    let mut out = BufWriter::new(&mut file);
    writeln!(out, "{heading}")?;
    for line in lines {
        let bytes = line.len() as u64 + 1;
        if bytes > left {
            missing.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        left -= bytes;
        writeln!(out, "{line}")?;
    }
    match missing.load(Ordering::Relaxed) {
        0 => {}
        some => writeln!(out, "# {some} more lines are left out")?,
    }
    out.flush()?;
    drop(out);
    file.finish()
}

/// Takes a file's lines; nothing happens to them when nobody keeps files.
pub(crate) struct Lines(Option<Queue>);

struct Queue {
    queue: SyncSender<String>,
    missing: Arc<AtomicU64>,
}

impl Lines {
    /// One more, without its end. Never waits.
    pub(crate) fn put(&self, line: impl fmt::Display) {
        if let Some(Queue { queue, missing }) = &self.0
            && queue.try_send(line.to_string()).is_err()
        {
            missing.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BACKLOG, Files, Keep, KeptFile};
    use model::ArtifactKind;
    use std::io::{self, Write};
    use std::sync::{Arc, Condvar, Mutex};

    /// Begins a file only when the gate is open.
    #[derive(Clone, Default)]
    struct Memory {
        gate: Arc<(Mutex<bool>, Condvar)>,
        files: Arc<Mutex<Vec<(String, String)>>>,
    }

    struct Draft(Memory, String, Vec<u8>);

    impl Memory {
        fn open(&self) {
            *self.gate.0.lock().expect("whole") = true;
            self.gate.1.notify_all();
        }
    }

    impl Keep for Memory {
        fn create(&self, name: &str) -> io::Result<Box<dyn KeptFile>> {
            let (open, opened) = &*self.gate;
            let mut open = open.lock().expect("whole");
            while !*open {
                open = opened.wait(open).expect("whole");
            }
            Ok(Box::new(Draft(self.clone(), name.to_owned(), Vec::new())))
        }
    }

    impl Write for Draft {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.2.write(piece)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl KeptFile for Draft {
        fn finish(self: Box<Self>) -> io::Result<()> {
            let text = String::from_utf8(self.2).expect("text");
            self.0.files.lock().expect("whole").push((self.1, text));
            Ok(())
        }
    }

    #[tokio::test]
    async fn lines_are_in_a_file_of_its_name_when_the_run_is_over() {
        let memory = Memory::default();
        memory.open();
        let files = Files::new(Some(Arc::new(memory.clone())));
        let lines = files.lines(ArtifactKind::Beats, "at,came");
        lines.put("1,answered");
        lines.put("2,lost");
        drop(lines);
        files.end().await;
        let kept = memory.files.lock().expect("whole");
        let [(name, text)] = kept.as_slice() else {
            panic!("one file: {kept:?}");
        };
        assert_eq!(ArtifactKind::of(name), Some(ArtifactKind::Beats));
        assert_eq!(text, "at,came\n1,answered\n2,lost\n");
    }

    #[tokio::test]
    async fn a_disk_that_does_not_follow_costs_lines_and_says_how_many() {
        let memory = Memory::default();
        let files = Files::new(Some(Arc::new(memory.clone())));
        let lines = files.lines(ArtifactKind::Beats, "at");
        for number in 0..BACKLOG + 7 {
            lines.put(number);
        }
        memory.open();
        drop(lines);
        files.end().await;
        let kept = memory.files.lock().expect("whole");
        let last = kept[0].1.lines().last().map(str::to_owned);
        assert_eq!(last.as_deref(), Some("# 7 more lines are left out"));
        assert_eq!(kept[0].1.lines().count(), BACKLOG + 2);
    }

    #[tokio::test]
    async fn without_a_keeper_nothing_happens() {
        let files = Files::new(None);
        files.lines(ArtifactKind::Beats, "at").put("1");
        files.end().await;
    }
}
