//! Brings a database's tables up to date.

use super::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

/// What runs those tables that were not yet made; a database that a newer version wrote is refused.
pub(super) fn migrator(tables: &'static str) -> Migrator {
    Migrator::with_migrations(vec![Migration::new(
        1,
        "start".into(),
        MigrationType::Simple,
        tables.into_sql_str(),
        false,
    )])
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Unavailable(format!("its tables cannot be brought up to date: {error}"))
    }
}
