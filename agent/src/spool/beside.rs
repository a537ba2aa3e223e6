//! Files of a run beside its events: `<lease>.<name>` in the spool, whole from the moment they are called so.
//!
//! ```text
//! <lease>.<name>.part   being written; a new process removes it
//! <lease>.<name>        whole; handed over when the portal can be reached, by whichever process
//! ```
//!
//! They take at most half of the spool's room, so that events always find some.

use super::Room;
use crate::private::{private, sync_dir};
use model::{ArtifactKind, LeaseId};
use probe::{Keep, KeptFile};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PART: &str = ".part";

/// Where the files of one lease go.
#[derive(Debug)]
pub(crate) struct Beside {
    dir: PathBuf,
    lease: LeaseId,
    room: Arc<Room>,
}

impl Beside {
    pub(crate) fn new(dir: &Path, lease: LeaseId, room: Arc<Room>) -> Self {
        Self {
            dir: dir.to_owned(),
            lease,
            room,
        }
    }
}

impl Keep for Beside {
    fn create(&self, name: &str) -> io::Result<Box<dyn KeptFile>> {
        let path = self.dir.join(format!("{}.{name}", self.lease));
        let part = self.dir.join(format!("{}.{name}{PART}", self.lease));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        private(&mut options);
        Ok(Box::new(Draft {
            file: options.open(&part)?,
            part,
            path,
            room: self.room.clone(),
            bytes: 0,
            kept: false,
        }))
    }
}

struct Draft {
    file: File,
    part: PathBuf,
    path: PathBuf,
    room: Arc<Room>,
    bytes: u64,
    kept: bool,
}

impl Write for Draft {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if !self.room.takes_files(piece.len() as u64) {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "the spool has no room for it",
            ));
        }
        let count = self.file.write(piece)?;
        self.bytes += count as u64;
        self.room.add(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl KeptFile for Draft {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.part, &self.path)?;
        self.kept = true;
        self.path.parent().map_or(Ok(()), sync_dir)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            self.room.give_back(self.bytes);
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl Whole {
    /// It is with the portal, or will never be.
    pub(crate) fn remove(&self, room: &Room) {
        let bytes = fs::metadata(&self.path).map_or(0, |meta| meta.len());
        match fs::remove_file(&self.path) {
            Ok(()) => room.give_back(bytes),
            Err(error) => tracing::warn!(%error, "a spooled file could not be removed"),
        }
    }
}

/// The files of a lease that are whole, by name.
pub(crate) fn beside(dir: &Path, lease: LeaseId) -> io::Result<Vec<Whole>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if let Some((of, name)) = parts(&path)
            && of == lease
            && ArtifactKind::of(name).is_some()
        {
            all.push(Whole {
                name: name.to_owned(),
                path,
            });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Counts what an earlier process left, and removes what it did not finish or handed over already.
pub(crate) fn recover_files(dir: &Path, room: &Room) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let Some((lease, name)) = parts(&path) else {
            continue;
        };
        if name == "jsonl" {
            continue;
        }
        let whole = ArtifactKind::of(name).is_some() && super::file_of(dir, lease).exists();
        if whole {
            room.add(entry.metadata()?.len());
        } else {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// A file's lease, and what follows it in the name.
fn parts(path: &Path) -> Option<(LeaseId, &str)> {
    let (lease, name) = path.file_name()?.to_str()?.split_once('.')?;
    Some((lease.parse().ok()?, name))
}
