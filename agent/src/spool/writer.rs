//! Appending to a spool file.

use super::{Heading, Limits, Progress, file_of};
use crate::private::{private, sync_dir};
use model::{AgentEvent, EventBody};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Kept free beyond a run's limit, so that its last word always fits.
const RESERVE: u64 = 64 * 1024;

/// Bytes spooled by all runs together.
#[derive(Debug)]
pub(crate) struct Room {
    limits: Limits,
    used: AtomicU64,
}

impl Room {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            used: AtomicU64::new(0),
        })
    }

    /// Whether another run can be taken.
    pub(crate) fn is_left(&self) -> bool {
        self.used() < self.limits.all_bytes
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether so much more of a file beside the events may be kept.
    pub(super) fn takes_files(&self, more: u64) -> bool {
        self.used() + more <= self.limits.all_bytes / 2
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Appends events to one lease's file. Gives its room back when dropped: by then the file is gone, or another
/// process will count it.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    file: File,
    room: Arc<Room>,
    bytes: u64,
    progress: Progress,
    truncated: bool,
    /// The folder, while its entry for this file may not be on disk.
    unnamed: Option<PathBuf>,
}

impl Writer {
    /// Makes the file of a new lease. From here on another process would find it; that it survives the end of
    /// power, too, is waited for with the first events, while probing has begun.
    pub(crate) fn create(dir: &Path, heading: &Heading, room: Arc<Room>) -> io::Result<Self> {
        let path = file_of(dir, heading.lease);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        private(&mut options);
        let file = options.open(&path)?;
        let mut writer = Self::at(path, file, 0, Progress::default(), room);
        writer.unnamed = Some(dir.to_owned());
        let mut line = serde_json::to_vec(heading)?;
        line.push(b'\n');
        writer.write(&line)?;
        Ok(writer)
    }

    /// Goes on where a file that was read back ends.
    pub(super) fn at(
        path: PathBuf,
        file: File,
        bytes: u64,
        progress: Progress,
        room: Arc<Room>,
    ) -> Self {
        room.add(bytes);
        Self {
            path,
            file,
            room,
            bytes,
            progress,
            truncated: false,
            unnamed: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress
    }

    /// Appends `events`; they are on disk when this returns. Beyond the limits only the last word is kept, after
    /// one event that says so. After the last word nothing is kept.
    pub(crate) fn append(&mut self, events: &[AgentEvent]) -> io::Result<Progress> {
        let mut lines = Vec::new();
        let mut progress = self.progress;
        for event in events {
            if progress.complete {
                break;
            }
            let start = lines.len();
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
            if event.body.is_last() {
                progress.complete = true;
            } else if self.truncated || self.is_full(lines.len() as u64) {
                lines.truncate(start);
                if self.truncated {
                    continue;
                }
                self.truncated = true;
                let kept = EventBody::LogTruncated {
                    kept: progress.events,
                };
                serde_json::to_writer(
                    &mut lines,
                    &AgentEvent {
                        body: kept,
                        ..event.clone()
                    },
                )?;
                lines.push(b'\n');
            }
            progress.events += 1;
        }
        if !lines.is_empty() {
            self.write(&lines)?;
            self.file.sync_data()?;
            if let Some(dir) = self.unnamed.take() {
                sync_dir(&dir)?;
            }
        }
        self.progress = progress;
        Ok(progress)
    }

    fn is_full(&self, more: u64) -> bool {
        let limits = self.room.limits;
        self.bytes + more + RESERVE > limits.run_bytes || self.room.used() + more > limits.all_bytes
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines)?;
        self.bytes += lines.len() as u64;
        self.room.add(lines.len() as u64);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.room.give_back(self.bytes);
    }
}
