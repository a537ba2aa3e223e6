//! Taking away the files of runs that are gone: deleted, not kept any longer, or never written down.

use super::{Files, refused};
use crate::store::{Store, StoreResult};

/// Takes them away; answers of how many runs. A portal may be at work on both: a run that is there keeps its files.
///
/// # Errors
/// The store's, and the disk's.
pub async fn sweep(store: &dyn Store, files: &dyn Files) -> StoreResult<u64> {
    let mut gone = 0;
    for run in files.runs().await.map_err(refused)? {
        if store.tail(run).await?.is_none() {
            files.remove(run).await.map_err(refused)?;
            gone += 1;
        }
    }
    Ok(gone)
}
