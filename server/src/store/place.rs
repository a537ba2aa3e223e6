//! Which database a portal works on.

use super::{Address, Postgres, Sqlite, Store, StoreError, StoreResult};
use std::path::Path;
use std::sync::Arc;

/// The same for a command that does its work and ends, also while a portal works there: what is not there is not
/// made.
///
/// # Errors
/// When it is not there or cannot be opened.
pub async fn beside(data_dir: &Path, address: Option<&Address>) -> StoreResult<Arc<dyn Store>> {
    let file = data_dir.join("linecheck.db");
    Ok(match address {
        Some(address) => Arc::new(Postgres::beside(address).await?),
        None if file.is_file() => Arc::new(Sqlite::open(&file).await?),
        None => {
            return Err(StoreError::Unavailable(format!(
                "there is none at {}",
                file.display()
            )));
        }
    })
}

/// Opens the PostgreSQL database at that address, else the SQLite file in the data directory.
///
/// # Errors
/// When it cannot be opened, or another portal works on it.
pub async fn open(data_dir: &Path, address: Option<&Address>) -> StoreResult<Arc<dyn Store>> {
    Ok(match address {
        Some(address) => Arc::new(Postgres::open(address).await?),
        None => Arc::new(Sqlite::open(&data_dir.join("linecheck.db")).await?),
    })
}
