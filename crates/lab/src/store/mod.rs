//! A small database of a scenario, shared by all its connections: tables of two kinds, transactions, a unique key.
//!
//! ```text
//!  no transaction ──BEGIN──▶ open ──COMMIT──▶ none
//!                             ├──ROLLBACK, an error, the connection's end──▶ none, changes taken back
//!                             └──its first look at a table──▶ it alone may look until it ends
//! ```
//!
//! One lock for all of it: a statement of another connection waits until the transaction ends, as with a row that it
//! wants too. Every error ends the batch and rolls back, as with `XACT_ABORT`.

mod replies;
mod statements;
mod tables;
pub(crate) mod words;

use std::sync::Arc;
use std::time::Duration;
use tables::{Refused, Tables, Undo};
use tds::token::Body;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use statements::Statement;

/// Longest wait for another connection's transaction.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The database of a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(Arc<Mutex<Tables>>);

impl Store {
    /// How many tables there are.
    pub(crate) async fn tables(&self) -> usize {
        self.0.lock().await.len()
    }
}

/// What one connection does in it. Dropped, its transaction is rolled back.
#[derive(Debug, Default)]
pub(crate) struct Session {
    open: Option<Transaction>,
    begun: u64,
}

/// An open transaction.
#[derive(Debug)]
struct Transaction {
    number: u64,
    /// From its first look at a table on.
    tables: Option<OwnedMutexGuard<Tables>>,
    undo: Vec<Undo>,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(tables) = &mut self.tables {
            while let Some(undo) = self.undo.pop() {
                tables.undo(undo);
            }
        }
    }
}

impl Session {
    /// The reply to a batch that says it belongs to this transaction; `None` when it is not for a store.
    pub(crate) async fn batch(
        &mut self,
        store: &Store,
        sql: &str,
        transaction: u64,
    ) -> Option<Vec<Body>> {
        let statements = statements::read(sql)?;
        let mut tokens = Vec::new();
        let own = self.open.as_ref().map_or(0, |open| open.number);
        if transaction != own {
            self.fail(&Refused::OtherTransaction, &mut tokens);
            return Some(tokens);
        }
        for statement in statements {
            match self.make(store, statement).await {
                Ok(reply) => tokens.extend(reply),
                Err(refused) => {
                    self.fail(&refused, &mut tokens);
                    break;
                }
            }
        }
        Some(tokens)
    }

    fn fail(&mut self, refused: &Refused, tokens: &mut Vec<Body>) {
        tokens.extend(replies::refused(refused));
        if let Some(open) = self.open.take() {
            tokens.push(replies::rolled_back(open.number));
        }
        tokens.push(replies::failed());
    }

    async fn make(&mut self, store: &Store, statement: Statement) -> Result<Vec<Body>, Refused> {
        match statement {
            Statement::Set => return Ok(vec![replies::done()]),
            Statement::Begin => {
                // One within another changes nothing here; Linecheck sends none.
                self.begun = self.begun.saturating_add(1);
                let number = self.begun;
                let open = self.open.get_or_insert(Transaction {
                    number,
                    tables: None,
                    undo: Vec::new(),
                });
                return Ok(vec![replies::begun(open.number), replies::done()]);
            }
            Statement::Commit => {
                let mut open = self.open.take().ok_or(Refused::NothingToCommit)?;
                open.undo.clear();
                return Ok(vec![replies::committed(open.number), replies::done()]);
            }
            Statement::Rollback => {
                let open = self.open.take().ok_or(Refused::NothingToRollBack)?;
                return Ok(vec![replies::rolled_back(open.number), replies::done()]);
            }
            _ => {}
        }
        let lock = || async {
            let locked = timeout(LOCK_WAIT, store.0.clone().lock_owned()).await;
            locked.map_err(|_| Refused::Locked)
        };
        match &mut self.open {
            None => {
                let mut alone = Transaction {
                    number: 0,
                    tables: Some(lock().await?),
                    undo: Vec::new(),
                };
                let reply = alone.touch(statement)?;
                alone.undo.clear();
                Ok(reply)
            }
            Some(open) => {
                if open.tables.is_none() {
                    open.tables = Some(lock().await?);
                }
                open.touch(statement)
            }
        }
    }
}

impl Transaction {
    /// A statement that looks at tables.
    fn touch(&mut self, statement: Statement) -> Result<Vec<Body>, Refused> {
        let Some(tables) = &mut self.tables else {
            return Err(Refused::Locked);
        };
        let undo = &mut self.undo;
        let mut note = |change: Option<Undo>| {
            let rows = u64::from(change.is_some());
            undo.extend(change);
            vec![replies::changed(rows)]
        };
        Ok(match statement {
            Statement::CreateValues(name) => {
                note(Some(tables.create_values(name)?));
                vec![replies::done()]
            }
            Statement::CreateTracker(name) => {
                note(Some(tables.create_tracker(name)?));
                vec![replies::done()]
            }
            Statement::Seed(name, rows) => {
                let count = rows.len() as u64;
                for (operation, times) in rows {
                    note(Some(tables.seed(&name, operation, times)?));
                }
                vec![replies::changed(count)]
            }
            Statement::Track(name, id) => note(Some(tables.track(&name, &id)?)),
            Statement::Add(name, operation) => note(tables.add(&name, operation)?),
            Statement::Keep {
                tracker,
                values,
                operation,
                id,
            } => note(tables.keep(&tracker, &values, operation, &id)?),
            Statement::Ask(name, id) => replies::result(tables.ask(&name, &id)?),
            Statement::Read(name, above, to) => replies::values(&tables.read(&name, above, to)?),
            Statement::Exists(name) => {
                replies::object(name.is_some_and(|name| tables.exists(&name)))
            }
            Statement::Drop(name) => {
                note(tables.drop_table(&name));
                vec![replies::done()]
            }
            Statement::Set | Statement::Begin | Statement::Commit | Statement::Rollback => {
                vec![replies::done()]
            }
        })
    }
}

#[cfg(test)]
mod tests;
