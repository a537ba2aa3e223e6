//! Brings a database's tables up to date.

use super::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

/// Steps in their order, each with a name.
pub(super) type Steps = [(&'static str, &'static str)];

/// What makes those steps that were not yet made; a database that a newer version wrote is refused.
pub(super) fn migrator(steps: &Steps) -> Migrator {
    let numbered = (1..).zip(steps).map(|(number, (name, sql))| {
        let kind = MigrationType::Simple;
        Migration::new(number, (*name).into(), kind, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(numbered.collect())
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Unavailable(format!("its tables cannot be brought up to date: {error}"))
    }
}
