//! How a database's failures become the store's.

use super::{StoreError, StoreResult};
use std::time::Duration;

/// Longest that one call may take, whatever the database does: a peer that vanished says nothing.
const LONGEST_CALL: Duration = Duration::from_secs(15);

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        /// SQLite's and PostgreSQL's words for a disk without room.
        const FULL: [&str; 2] = ["13", "53100"];
        match &error {
            sqlx::Error::Database(inner)
                if inner.code().is_some_and(|code| FULL.contains(&&*code)) =>
            {
                Self::Full
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// The same, unless it takes too long.
pub(super) async fn within<T>(call: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
    match tokio::time::timeout(LONGEST_CALL, call).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::Unavailable(format!(
            "it did not answer within {} s",
            LONGEST_CALL.as_secs()
        ))),
    }
}
