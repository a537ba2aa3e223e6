//! Which database a portal works on.

use super::{Address, Postgres, Sqlite, Store, StoreResult};
use std::path::Path;
use std::sync::Arc;

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
