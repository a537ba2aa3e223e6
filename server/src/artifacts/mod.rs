//! Files that agents made of runs beside their logs: taken in, kept, handed out, taken away.
//!
//! ```text
//!  agent ──bytes──▶ draft, hashed ──whole──▶ kept under its run and hash ──▶ written down in the store
//!                     └──broken off: gone      └──refused: nobody finds it, and it goes with its run
//! ```
//!
//! A file is kept under its hash, so nothing that comes later can change it, and the same bytes again are the same
//! file. Which names a run has, and what hash each stands for, only the store knows. Knows no HTTP.

mod folder;
mod sweep;
mod take;

use crate::store::StoreError;
use async_trait::async_trait;
use model::RunId;
use std::io::{self, Read};

pub use folder::Folder;
pub use sweep::sweep;
pub use take::{Incoming, begin, named};

/// Where the bytes are. A folder today; an object store would do as well.
#[async_trait]
pub trait Files: Send + Sync + 'static {
    /// Begins a file.
    async fn begin(&self) -> io::Result<Box<dyn Draft>>;
    /// Opens a file. Blocks.
    fn open(&self, run: RunId, sha256: &str) -> io::Result<Box<dyn Read + Send>>;
    /// The runs that files are kept of.
    async fn runs(&self) -> io::Result<Vec<RunId>>;
    /// Takes a run's files away; none is fine.
    async fn remove(&self, run: RunId) -> io::Result<()>;
}

/// A file that is being written. Dropped, it is gone.
#[async_trait]
pub trait Draft: Send {
    /// Writes more of it.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Keeps it; it is on the disk when this returns. One that is there already has the same bytes.
    async fn keep(self: Box<Self>, run: RunId, sha256: &str) -> io::Result<()>;
}

/// What a disk's refusal is to a caller.
fn refused(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Unavailable(format!("the folder of files: {error}")),
    }
}
