//! The budget of failed logins for runs without a portal: several may be made at the same time, one after the
//! other, from one folder, so it is read anew under a lock each time.

use super::login_window;
use crate::budget::Budget;
use crate::private::create_private_dir;
use probe::LoginBudget;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The folder for failed logins cannot be used.
#[derive(Debug, Error)]
#[error(
    "failed logins cannot be remembered in {dir}: name another folder with --state-dir, or remember nothing with --no-files"
)]
pub struct BudgetError {
    dir: PathBuf,
    #[source]
    error: io::Error,
}

/// Remembers failed logins in `dir`, over restarts and among processes.
///
/// # Errors
/// When the folder cannot be used.
pub fn budget(dir: &Path) -> Result<Arc<dyn LoginBudget>, BudgetError> {
    let shared = Shared {
        file: dir.join("logins.jsonl"),
        lock: dir.join("logins.lock"),
    };
    let tried = create_private_dir(dir).and_then(|()| shared.with(|_| ()));
    match tried {
        Ok(()) => Ok(Arc::new(shared)),
        Err(error) => Err(BudgetError {
            dir: dir.to_owned(),
            error,
        }),
    }
}

/// Remembers failed logins for as long as this process lives.
#[must_use]
pub fn budget_in_memory() -> Arc<dyn LoginBudget> {
    Arc::new(Budget::in_memory(login_window()))
}

struct Shared {
    file: PathBuf,
    lock: PathBuf,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&Budget) -> T) -> io::Result<T> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        crate::private::private(&mut options);
        let lock: File = options.open(&self.lock)?;
        lock.lock()?;
        let budget = Budget::open(&self.file, login_window(), [])?;
        Ok(act(&budget))
    }
}

impl LoginBudget for Shared {
    fn may_try(&self, endpoint: SocketAddr, user: &str) -> bool {
        self.with(|budget| budget.may_try(endpoint, user))
            .unwrap_or_else(|error| {
                tracing::error!(%error, "failed logins cannot be read; no login is tried");
                false
            })
    }

    fn failed(&self, endpoint: SocketAddr, user: &str) {
        if let Err(error) = self.with(|budget| budget.failed(endpoint, user)) {
            tracing::error!(%error, "a failed login could not be remembered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{budget, budget_in_memory};

    #[test]
    fn two_that_share_a_folder_share_the_budget() {
        let dir = tempfile::tempdir().expect("a folder");
        let endpoint = "192.0.2.1:1433".parse().expect("an endpoint");
        let one = budget(dir.path()).expect("opened");
        let other = budget(dir.path()).expect("opened");
        for budget in [&one, &other, &one] {
            assert!(budget.may_try(endpoint, "sa"));
            budget.failed(endpoint, "sa");
        }
        assert!(!other.may_try(endpoint, "sa"));
        assert!(budget_in_memory().may_try(endpoint, "sa"));
    }

    #[test]
    fn a_folder_that_cannot_be_is_told_of() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("written");
        let Err(error) = budget(&file) else {
            panic!("a file is no folder");
        };
        assert!(error.to_string().contains("--state-dir"));
    }
}
