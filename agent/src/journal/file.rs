//! One run's file, and who holds it.

use crate::private::{private, replace};
use crate::secret::Boxes;
use chrono::{DateTime, Utc};
use model::{LeaseId, Plan, RunId, ServerObject};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;
/// Largest file that is read back.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What is written down of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    v: u32,
    /// What was to be done; holds the run's id and how it signs in.
    pub(crate) plan: Plan,
    /// The claim, for a run of a portal's.
    pub(crate) lease: Option<LeaseId>,
    /// The sealed secret as it came, for a run of a portal's that signs in.
    pub(crate) sealed: Option<String>,
    /// Likewise for the managed instance of its link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_sealed: Option<String>,
    /// When the run began; nothing is tried for ever.
    pub(crate) began_at: DateTime<Utc>,
    /// All that was announced, in that order.
    pub(crate) objects: Vec<ServerObject>,
    /// Numbers of those that are gone.
    pub(crate) gone: Vec<u32>,
}

impl Entry {
    pub(super) fn new(
        plan: Plan,
        lease: Option<LeaseId>,
        boxes: Boxes,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            v: VERSION,
            plan,
            lease,
            sealed: boxes.own,
            instance_sealed: boxes.instance,
            began_at: now,
            objects: Vec::new(),
            gone: Vec::new(),
        }
    }

    /// The same for when nothing is left to sign in for.
    pub(super) fn without_secrets(&self) -> Self {
        Self {
            sealed: None,
            instance_sealed: None,
            ..self.clone()
        }
    }

    /// What is sealed, as it came.
    pub(crate) fn boxes(&self) -> Boxes {
        Boxes {
            own: self.sealed.clone(),
            instance: self.instance_sealed.clone(),
        }
    }

    /// What is not gone.
    pub(crate) fn open(&self) -> impl DoubleEndedIterator<Item = &ServerObject> {
        let gone = |object: &&ServerObject| !self.gone.contains(&object.number);
        self.objects.iter().filter(gone)
    }
}

/// A run's file, and the lock that keeps others from it for as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    path: PathBuf,
    lock: PathBuf,
    _lock: File,
}

impl Held {
    /// `None` when somebody else holds it.
    pub(super) fn new(dir: &Path, run: RunId) -> io::Result<Option<Self>> {
        Self::at(dir.join(format!("{run}.json")))
    }

    fn at(path: PathBuf) -> io::Result<Option<Self>> {
        let lock = path.with_extension("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        private(&mut options);
        let file = options.open(&lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self {
                path,
                lock,
                _lock: file,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// On disk when this returns.
    pub(crate) fn write(&self, entry: &Entry) -> io::Result<()> {
        replace(&self.path, &serde_json::to_vec(entry)?)
    }

    /// Nothing of the run is left, or nobody will try any more.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.path.exists() {
            let _ = fs::remove_file(&self.lock);
        }
    }
}

/// A file that an earlier run left, held.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    pub(crate) held: Held,
}

/// The files that nobody holds. One that cannot be read is told of and left alone.
pub(crate) fn find(dir: &Path) -> io::Result<Vec<Found>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        match read(&path) {
            Ok(Some(one)) => found.push(one),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "a journal cannot be read; it is left alone");
            }
        }
    }
    Ok(found)
}

fn read(path: &Path) -> io::Result<Option<Found>> {
    let Some(held) = Held::at(path.to_owned())? else {
        return Ok(None);
    };
    // Whoever held it until now may have taken it away.
    let length = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        meta => meta?.len(),
    };
    if length > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let entry: Entry = serde_json::from_slice(&fs::read(path)?)?;
    if entry.v != VERSION {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "another version wrote it",
        ));
    }
    Ok(Some(Found { entry, held }))
}
