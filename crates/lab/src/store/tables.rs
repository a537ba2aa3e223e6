//! Tables in memory, and what takes a change back. Bounded: beyond so many tables the one that was made first goes.

use super::words::Name;
use std::collections::BTreeMap;

/// Tables of one scenario.
const MOST_TABLES: usize = 64;
/// Rows of one table.
const MOST_ROWS: usize = 20_000;
/// Characters of a key.
const KEY_CHARS: usize = 64;

/// Schemas that tables may be made in: the usual one, one to scratch in, and one that is hard to quote.
pub(super) const SCHEMAS: [&str; 3] = ["dbo", "scratch", "odd ]'; name"];
/// A schema that nobody may make anything in.
pub(super) const FORBIDDEN: &str = "forbidden";

/// Why a statement failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// 208.
    NoTable(Name),
    /// 262.
    NotPermitted,
    /// 1105.
    Full,
    /// 1222.
    Locked,
    /// 2627.
    Duplicate(Name, String),
    /// 2714.
    Exists(Name),
    /// 2760.
    NoSchema(String),
    /// 3902.
    NothingToCommit,
    /// 3903.
    NothingToRollBack,
    /// 3989.
    OtherTransaction,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Table {
    /// Values by operation.
    Values(BTreeMap<i64, i64>),
    /// Results by operation id.
    Tracker(BTreeMap<String, Option<i64>>),
}

/// All tables of a scenario.
#[derive(Debug, Default)]
pub(super) struct Tables {
    all: BTreeMap<Name, (u64, Table)>,
    made: u64,
}

/// What takes one change back.
#[derive(Debug)]
pub(super) enum Undo {
    /// Take the table away.
    Forget(Name),
    /// Put the table back.
    Restore(Name, Box<(u64, TableKept)>),
    /// Put a value back; none = take the row away.
    Value(Name, i64, Option<i64>),
    /// Put a result back; none = take the row away.
    Result(Name, String, Option<Option<i64>>),
}

/// A table that was dropped.
#[derive(Debug)]
pub(super) struct TableKept(Table);

type Done<T> = Result<T, Refused>;

impl Tables {
    pub(super) fn create_values(&mut self, name: Name) -> Done<Undo> {
        self.create(name, Table::Values(BTreeMap::new()))
    }

    pub(super) fn create_tracker(&mut self, name: Name) -> Done<Undo> {
        self.create(name, Table::Tracker(BTreeMap::new()))
    }

    fn create(&mut self, name: Name, table: Table) -> Done<Undo> {
        if name.schema == FORBIDDEN {
            return Err(Refused::NotPermitted);
        }
        if !SCHEMAS.contains(&name.schema.as_str()) {
            return Err(Refused::NoSchema(name.schema));
        }
        if self.all.contains_key(&name) {
            return Err(Refused::Exists(name));
        }
        if self.all.len() >= MOST_TABLES {
            let oldest = self.all.iter().min_by_key(|(_, (made, _))| *made);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.all.remove(&oldest);
            }
        }
        self.made = self.made.saturating_add(1);
        self.all.insert(name.clone(), (self.made, table));
        Ok(Undo::Forget(name))
    }

    pub(super) fn exists(&self, name: &Name) -> bool {
        self.all.contains_key(name)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn drop_table(&mut self, name: &Name) -> Option<Undo> {
        let (made, table) = self.all.remove(name)?;
        let kept = Box::new((made, TableKept(table)));
        Some(Undo::Restore(name.clone(), kept))
    }

    fn values(&mut self, name: &Name) -> Done<&mut BTreeMap<i64, i64>> {
        match self.all.get_mut(name) {
            Some((_, Table::Values(rows))) => Ok(rows),
            _ => Err(Refused::NoTable(name.clone())),
        }
    }

    fn tracker(&mut self, name: &Name) -> Done<&mut BTreeMap<String, Option<i64>>> {
        match self.all.get_mut(name) {
            Some((_, Table::Tracker(rows))) => Ok(rows),
            _ => Err(Refused::NoTable(name.clone())),
        }
    }

    pub(super) fn seed(&mut self, name: &Name, operation: i64, times: i64) -> Done<Undo> {
        let rows = self.values(name)?;
        if rows.contains_key(&operation) {
            return Err(Refused::Duplicate(name.clone(), operation.to_string()));
        }
        if rows.len() >= MOST_ROWS {
            return Err(Refused::Full);
        }
        rows.insert(operation, times);
        Ok(Undo::Value(name.clone(), operation, None))
    }

    pub(super) fn track(&mut self, name: &Name, id: &str) -> Done<Undo> {
        let id: String = id.chars().take(KEY_CHARS).collect();
        let rows = self.tracker(name)?;
        if rows.contains_key(&id) {
            return Err(Refused::Duplicate(name.clone(), id));
        }
        if rows.len() >= MOST_ROWS {
            return Err(Refused::Full);
        }
        rows.insert(id.clone(), None);
        Ok(Undo::Result(name.clone(), id, None))
    }

    /// One more; none when there is no such row.
    pub(super) fn add(&mut self, name: &Name, operation: i64) -> Done<Option<Undo>> {
        let rows = self.values(name)?;
        Ok(rows.get_mut(&operation).map(|times| {
            let before = *times;
            *times = times.saturating_add(1);
            Undo::Value(name.clone(), operation, Some(before))
        }))
    }

    pub(super) fn keep(
        &mut self,
        tracker: &Name,
        values: &Name,
        operation: i64,
        id: &str,
    ) -> Done<Option<Undo>> {
        let now = self.values(values)?.get(&operation).copied();
        let rows = self.tracker(tracker)?;
        Ok(rows.get_mut(id).map(|result| {
            let before = std::mem::replace(result, now);
            Undo::Result(tracker.clone(), id.to_owned(), Some(before))
        }))
    }

    pub(super) fn ask(&mut self, name: &Name, id: &str) -> Done<Option<Option<i64>>> {
        Ok(self.tracker(name)?.get(id).copied())
    }

    pub(super) fn read(&mut self, name: &Name, above: i64, to: i64) -> Done<Vec<(i64, i64)>> {
        let rows = self.values(name)?;
        let wanted = rows.iter().filter(|(n, _)| **n > above && **n <= to);
        Ok(wanted.map(|(n, times)| (*n, *times)).collect())
    }

    /// Takes a change back.
    pub(super) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Forget(name) => {
                self.all.remove(&name);
            }
            Undo::Restore(name, kept) => {
                let (made, TableKept(table)) = *kept;
                self.all.insert(name, (made, table));
            }
            Undo::Value(name, operation, before) => {
                if let Ok(rows) = self.values(&name) {
                    match before {
                        Some(times) => rows.insert(operation, times),
                        None => rows.remove(&operation),
                    };
                }
            }
            Undo::Result(name, id, before) => {
                if let Ok(rows) = self.tracker(&name) {
                    match before {
                        Some(result) => rows.insert(id, result),
                        None => rows.remove(&id),
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str) -> Name {
        Name {
            schema: "scratch".into(),
            table: table.into(),
        }
    }

    #[test]
    fn what_was_changed_can_be_taken_back() {
        let mut tables = Tables::default();
        let mut undo = vec![
            tables.create_values(name("v")).unwrap(),
            tables.create_tracker(name("t")).unwrap(),
            tables.seed(&name("v"), 1, 0).unwrap(),
            tables.track(&name("t"), "a").unwrap(),
            tables.add(&name("v"), 1).unwrap().unwrap(),
        ];
        undo.extend(tables.keep(&name("t"), &name("v"), 1, "a").unwrap());
        assert_eq!(tables.ask(&name("t"), "a"), Ok(Some(Some(1))));
        assert_eq!(tables.read(&name("v"), 0, 9), Ok(vec![(1, 1)]));
        let duplicate = Refused::Duplicate(name("t"), "a".into());
        assert_eq!(tables.track(&name("t"), "a").unwrap_err(), duplicate);
        while undo.len() > 3 {
            tables.undo(undo.pop().unwrap());
        }
        assert_eq!(tables.ask(&name("t"), "a"), Ok(None));
        assert_eq!(tables.read(&name("v"), 0, 9), Ok(vec![(1, 0)]));
        undo.push(tables.drop_table(&name("v")).unwrap());
        assert!(!tables.exists(&name("v")));
        tables.undo(undo.pop().unwrap());
        assert_eq!(tables.read(&name("v"), 0, 9), Ok(vec![(1, 0)]));
        for one in undo.into_iter().rev() {
            tables.undo(one);
        }
        assert_eq!(tables.len(), 0);
    }

    #[test]
    fn tables_are_made_where_they_may_be_and_are_bounded() {
        let mut tables = Tables::default();
        let within = |schema: &str| Name {
            schema: schema.into(),
            table: "t".into(),
        };
        for (schema, refused) in [
            (FORBIDDEN, Refused::NotPermitted),
            ("none", Refused::NoSchema("none".into())),
        ] {
            assert_eq!(tables.create_values(within(schema)).unwrap_err(), refused);
        }
        for n in 0..=MOST_TABLES {
            tables.create_values(name(&n.to_string())).unwrap();
        }
        assert_eq!(tables.len(), MOST_TABLES);
        assert!(!tables.exists(&name("0")) && tables.exists(&name("1")));
        let last = name(&MOST_TABLES.to_string());
        for n in 0..MOST_ROWS {
            tables.seed(&last, n as i64, 0).unwrap();
        }
        assert_eq!(tables.seed(&last, -1, 0).unwrap_err(), Refused::Full);
        assert_eq!(
            tables.create_values(last.clone()).unwrap_err(),
            Refused::Exists(last)
        );
    }
}
