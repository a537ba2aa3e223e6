//! A copy of the SQLite database while a portal works on it.
//!
//! SQLite writes it out of one reading transaction, so it is the state of one moment, compact, and nobody waits for it.
//! It gets its name only once it was read back whole, and never takes the place of a file that is there.

use super::{StoreError, StoreResult};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

const BUSY: Duration = Duration::from_secs(30);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no database to copy.
    #[error("there is no database at {0}")]
    NoDatabase(String),
    /// The copy would take the place of something.
    #[error("{0} is there already")]
    Exists(String),
    /// The file cannot be written.
    #[error("the copy cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was written is not whole.
    #[error("the copy is damaged and was thrown away: {0}")]
    Damaged(String),
}

/// Writes a copy of the database at `from` to `to`, for its owner only; answers its bytes.
///
/// # Errors
/// See [`BackupError`]; there is no file at `to` then, but what was there before.
pub async fn backup(from: &Path, to: &Path) -> Result<u64, BackupError> {
    if !from.is_file() {
        return Err(BackupError::NoDatabase(from.display().to_string()));
    }
    let exists = || BackupError::Exists(to.display().to_string());
    if to.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Mode 0600, and gone again should anything fail.
    let part = tempfile::Builder::new()
        .prefix(".linecheck-backup-")
        .tempfile_in(folder)?;
    copy(from, part.path()).await?;
    if let Some(damage) = damage(part.path()).await? {
        return Err(BackupError::Damaged(damage));
    }
    let bytes = part.as_file().metadata()?.len();
    part.as_file().sync_all()?;
    part.persist_noclobber(to)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(),
            _ => error.error.into(),
        })?;
    sync_folder(folder)?;
    Ok(bytes)
}

async fn open(path: &Path) -> StoreResult<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY);
    Ok(options.connect().await?)
}

async fn copy(from: &Path, to: &Path) -> StoreResult<()> {
    let name = to
        .to_str()
        .ok_or_else(|| StoreError::Unavailable("the copy's path is not UTF-8".to_owned()))?;
    let mut database = open(from).await?;
    sqlx::query("VACUUM INTO ?")
        .bind(name)
        .execute(&mut database)
        .await?;
    Ok(database.close().await?)
}

/// What SQLite finds wrong with a database; nothing when it is whole.
async fn damage(path: &Path) -> StoreResult<Option<String>> {
    let mut copy = open(path).await?;
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)")
        .fetch_all(&mut copy)
        .await?;
    let dangling = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(&mut copy)
        .await?;
    copy.close().await?;
    if found != ["ok"] {
        return Ok(Some(found.join("; ")));
    }
    Ok(dangling.map(|_| "a row belongs to no run".to_owned()))
}

/// Makes the new name durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
