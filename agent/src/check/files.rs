//! What a run leaves behind: `AllFiles.zip`, and its files beside it. Nobody but their owner may read them.

use super::RunLog;
use crate::private::{create_new, create_new_dir, create_private_dir};
use bundle::Limits;
use model::RunView;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

const ARCHIVE: &str = "AllFiles.zip";
/// Any of these says that a run's files are there.
const OURS: [&str; 4] = [ARCHIVE, "run.json", "report.md", "report.html"];
/// Folders of one name that are tried, with a number behind it.
const MOST_TRIES: u32 = 100;

/// Why nothing can be written.
#[derive(Debug, Error)]
pub enum FolderError {
    /// Another run is there.
    #[error("{0} holds a run already; name another folder with --out")]
    Taken(PathBuf),
    /// The folder cannot be made or used.
    #[error(
        "the folder {dir} cannot be used; name another with --out, or write nothing with --no-files"
    )]
    Unusable {
        /// Which folder.
        dir: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The bundle could not be made.
    #[error("the files could not be written to {dir}")]
    Bundle {
        /// Which folder.
        dir: PathBuf,
        /// Why.
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A folder for one run's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// The archive in it.
    pub archive: PathBuf,
}

impl Folder {
    /// The folder that the person named; made when it is not there.
    ///
    /// # Errors
    /// When it cannot be used, or a run's files are there.
    pub fn named(dir: PathBuf) -> Result<Self, FolderError> {
        if let Err(error) = create_private_dir(&dir) {
            return Err(FolderError::Unusable { dir, error });
        }
        if OURS.iter().any(|name| dir.join(name).exists()) {
            return Err(FolderError::Taken(dir));
        }
        Ok(Self(dir))
    }

    /// A new folder in `parent`, named after the run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn after(parent: &Path, name: &str) -> Result<Self, FolderError> {
        for number in 1..=MOST_TRIES {
            let dir = match number {
                1 => parent.join(name),
                _ => parent.join(format!("{name}-{number}")),
            };
            match create_new_dir(&dir) {
                Ok(()) => return Ok(Self(dir)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FolderError::Unusable { dir, error }),
            }
        }
        Err(FolderError::Taken(parent.join(name)))
    }

    /// Writes the archive and its files.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn write(self, run: &RunView, log: &RunLog) -> Result<Written, FolderError> {
        let Self(dir) = self;
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| FolderError::Bundle {
            dir: dir.clone(),
            error,
        };
        let mut zip = Vec::new();
        bundle::write(&mut zip, run, log).map_err(|error| failed(error.into()))?;
        let archive = dir.join(ARCHIVE);
        put(&archive, &zip).map_err(|error| failed(error.into()))?;
        let files = bundle::open(&zip, &Limits::of_our_own())
            .map_err(|error| failed(error.into()))?
            .files;
        for (name, bytes) in &files {
            put(&dir.join(name), bytes).map_err(|error| failed(error.into()))?;
        }
        Ok(Written {
            folder: dir,
            archive,
        })
    }
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
