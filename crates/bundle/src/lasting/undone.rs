//! Statements that a run tells before it sends any: which one undoes which.

use model::lasting::{PlannedStatement, StatementPurpose};

/// A statement among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone<'a> {
    /// Its place, from 1.
    pub number: usize,
    /// The statement.
    pub statement: &'a PlannedStatement,
    /// The statement that takes away what this one makes.
    pub undone_by: Option<usize>,
    /// The first and the last statement that made what this one takes away.
    pub undoes: Option<(usize, usize)>,
}

/// All of them, in their order. What is made is looked for before, and read back as gone after, by the same words:
/// those tell which statement takes away what.
#[must_use]
pub fn all(planned: &[PlannedStatement]) -> Vec<Undone<'_>> {
    let mut out: Vec<Undone<'_>> = (1..)
        .zip(planned)
        .map(|(number, statement)| Undone {
            number,
            statement,
            undone_by: None,
            undoes: None,
        })
        .collect();
    // What is being made: the words that look for it, its server, and its statements.
    let mut made: Vec<(&PlannedStatement, usize, usize)> = Vec::new();
    let mut looked: Option<&PlannedStatement> = None;
    for (number, statement) in (1..).zip(planned) {
        match statement.purpose {
            StatementPurpose::Check => looked = Some(statement),
            StatementPurpose::Create => {
                let Some(look) = looked else { continue };
                match made.last_mut() {
                    Some((of, _, last)) if *of == look && *last + 1 == number => *last = number,
                    _ => made.push((look, number, number)),
                }
            }
            StatementPurpose::LookUp => {
                let same = |(look, ..): &(&PlannedStatement, usize, usize)| {
                    look.sql == statement.sql && look.server == statement.server
                };
                let Some(at) = made.iter().rposition(same) else {
                    continue;
                };
                let (_, first, last) = made.remove(at);
                // It stands just before the look that proves it.
                let dropped = number.saturating_sub(1);
                for one in &mut out {
                    if (first..=last).contains(&one.number) {
                        one.undone_by = Some(dropped);
                    }
                    if one.number == dropped {
                        one.undoes = Some((first, last));
                    }
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use StatementPurpose::{Check, Create, Drop, LookUp, Poll, Start};

    fn planned(rows: &[(StatementPurpose, &str, &str)]) -> Vec<PlannedStatement> {
        let one = |(purpose, server, sql): &(StatementPurpose, &str, &str)| PlannedStatement {
            purpose: *purpose,
            sql: (*sql).to_owned(),
            times: Some(1),
            server: Some((*server).to_owned()),
        };
        rows.iter().map(one).collect()
    }

    #[test]
    fn each_statement_that_makes_something_has_one_that_undoes_it() {
        let planned = planned(&[
            (Check, "sql", "version"),
            (Check, "sql", "look key"),
            (Create, "sql", "make key"),
            (Check, "sql", "look job"),
            (Create, "sql", "make job"),
            (Create, "sql", "make its step"),
            (Start, "sql", "start"),
            (Poll, "sql", "history"),
            (Check, "mi", "look job"),
            (Create, "mi", "make job"),
            (Drop, "mi", "drop job"),
            (LookUp, "mi", "look job"),
            (Drop, "sql", "drop job"),
            (LookUp, "sql", "look job"),
            (Drop, "sql", "drop key"),
            (LookUp, "sql", "look key"),
        ]);
        let all = all(&planned);
        let undone: Vec<(usize, usize)> = all
            .iter()
            .filter_map(|one| Some((one.number, one.undone_by?)))
            .collect();
        assert_eq!(undone, [(3, 15), (5, 13), (6, 13), (10, 11)]);
        let undoes: Vec<(usize, (usize, usize))> = all
            .iter()
            .filter_map(|one| Some((one.number, one.undoes?)))
            .collect();
        assert_eq!(undoes, [(11, (10, 10)), (13, (5, 6)), (15, (3, 3))]);
    }

    #[test]
    fn what_nobody_takes_away_is_undone_by_nothing() {
        let planned = planned(&[(Create, "a", "x"), (Check, "a", "y"), (Create, "a", "z")]);
        assert!(all(&planned).iter().all(|one| one.undone_by.is_none()));
    }
}
