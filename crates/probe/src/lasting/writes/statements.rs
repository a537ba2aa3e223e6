//! The T-SQL of the writes, and nothing that sends it. Names are quoted, and hold the run's id.

use crate::lasting::sql::{name, text};
use model::lasting::{PlannedStatement, StatementPurpose, TrackedWrites};
use model::{Plan, RunId, ServerObject};
use uuid::Uuid;

/// Rows that one INSERT brings.
const ROWS: u32 = 500;

/// The two tables of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tables {
    values: String,
    tracker: String,
}

impl Tables {
    pub(super) fn new(schema: &str, run: RunId) -> Self {
        let id = run.0.simple();
        let table = |what: &str| format!("{}.[linecheck_{id}_{what}]", name(schema));
        Self {
            values: table("values"),
            tracker: table("tracker"),
        }
    }

    /// Both, each with the statement that makes it, in the order of making.
    pub(super) fn objects(&self, plan: &Plan) -> [(ServerObject, String); 2] {
        let object = |number, name: &str| ServerObject {
            number,
            kind: "table".to_owned(),
            server: plan.target.server.clone(),
            database: plan.target.database.clone(),
            name: name.to_owned(),
            drop: format!(
                "IF OBJECT_ID({}, N'U') IS NOT NULL DROP TABLE {name};",
                text(name)
            ),
            look: format!("SELECT OBJECT_ID({}, N'U');", text(name)),
        };
        let values = format!(
            "CREATE TABLE {} ([operation] int NOT NULL PRIMARY KEY, [times] int NOT NULL);",
            self.values
        );
        let tracker = format!(
            "CREATE TABLE {} ([operation_id] uniqueidentifier NOT NULL PRIMARY KEY, [result] int NULL, [at] datetime2 NOT \
             NULL DEFAULT SYSUTCDATETIME());",
            self.tracker
        );
        [
            (object(1, &self.values), values),
            (object(2, &self.tracker), tracker),
        ]
    }

    /// A row for each operation, never done so far.
    pub(super) fn fill(&self, operations: u32) -> impl Iterator<Item = String> + use<'_> {
        let numbers: Vec<u32> = (1..=operations).collect();
        let chunks: Vec<Vec<u32>> = numbers.chunks(ROWS as usize).map(<[u32]>::to_vec).collect();
        chunks.into_iter().map(|chunk| {
            let rows: Vec<String> = chunk.iter().map(|n| format!("({n}, 0)")).collect();
            format!(
                "INSERT INTO {} ([operation], [times]) VALUES {};",
                self.values,
                rows.join(", ")
            )
        })
    }

    fn add(&self, operation: u32) -> String {
        format!(
            "UPDATE {} SET [times] = [times] + 1 WHERE [operation] = {operation};",
            self.values
        )
    }

    /// The tracker row first, then the write, then its result: one transaction, which is left open.
    pub(super) fn write_tracked(&self, operation: u32, id: Uuid) -> String {
        let Self { values, tracker } = self;
        format!(
            "SET XACT_ABORT ON;\nBEGIN TRANSACTION;\nINSERT INTO {tracker} ([operation_id]) VALUES ('{id}');\n{}\nUPDATE \
             {tracker} SET [result] = (SELECT [times] FROM {values} WHERE [operation] = {operation}) WHERE [operation_id] \
             = '{id}';",
            self.add(operation)
        )
    }

    /// The write alone, in a transaction that is left open.
    pub(super) fn write_blind(&self, operation: u32) -> String {
        format!(
            "SET XACT_ABORT ON;\nBEGIN TRANSACTION;\n{}",
            self.add(operation)
        )
    }

    /// Whether an operation was done. Under locks, so that it waits for a transaction that the server has not given up
    /// yet, also where readers usually see the rows as they were before.
    pub(super) fn ask(&self, id: Uuid) -> String {
        format!(
            "SELECT [result] FROM {} WITH (READCOMMITTEDLOCK) WHERE [operation_id] = '{id}';",
            self.tracker
        )
    }

    /// How often operations were done: those above one number, up to another.
    pub(super) fn count(&self, above: u32, to: u32) -> String {
        format!(
            "SELECT [operation], [times] FROM {} WITH (READCOMMITTEDLOCK) WHERE [operation] > {above} AND [operation] <= {to} \
             ORDER BY [operation];",
            self.values
        )
    }

    /// Rows that one count asks for.
    pub(super) const COUNTED: u32 = ROWS;

    /// All that would be sent, in its order; of what is sent often, the first.
    pub(super) fn planned(&self, plan: &Plan, asked: &TrackedWrites) -> Vec<PlannedStatement> {
        use StatementPurpose as P;
        let each = asked
            .operations
            .saturating_mul(u32::try_from(asked.moments.len()).unwrap_or(u32::MAX));
        let all = if asked.blind {
            each.saturating_mul(2)
        } else {
            each
        };
        let planned = |purpose, sql, times| PlannedStatement {
            purpose,
            sql,
            times,
            server: None,
        };
        let objects = self.objects(plan);
        let create = objects.iter();
        let mut list: Vec<_> = create
            .map(|(_, sql)| planned(P::Create, sql.clone(), Some(1)))
            .collect();
        let first_rows = format!(
            "INSERT INTO {} ([operation], [times]) VALUES (1, 0), (2, 0), (3, 0);",
            self.values
        );
        list.push(planned(P::Fill, first_rows, Some(all.div_ceil(ROWS))));
        let tracked = self.write_tracked(1, plan.run.0);
        list.push(planned(
            P::WriteTracked,
            tracked,
            Some(each.saturating_mul(2)),
        ));
        if asked.blind {
            let blind = self.write_blind(each.saturating_add(1));
            list.push(planned(P::WriteBlind, blind, Some(each.saturating_mul(2))));
        }
        list.push(planned(P::Commit, COMMIT.to_owned(), None));
        list.push(planned(P::Ask, self.ask(plan.run.0), None));
        let count = self.count(0, ROWS.min(all));
        list.push(planned(P::Count, count, Some(all.div_ceil(ROWS))));
        for (object, _) in objects.iter().rev() {
            list.push(planned(P::Drop, object.drop.clone(), Some(1)));
            list.push(planned(P::LookUp, object.look.clone(), Some(1)));
        }
        list
    }
}

/// Ends the transaction.
pub(super) const COMMIT: &str = "COMMIT TRANSACTION;";

#[cfg(test)]
mod tests {
    use super::*;
    use model::lasting::CutMoment;
    use model::{Options, PlanLogin, Target};

    fn plan() -> Plan {
        Plan {
            run: RunId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_00aa)),
            target: Target {
                server: "tcp:db.example.net,1433".to_owned(),
                host: "db.example.net".to_owned(),
                port: Some(1433),
                instance: None,
                database: "orders".to_owned(),
                kind: "sql_server".to_owned(),
            },
            login: PlanLogin::None,
            options: Options::default(),
        }
    }

    #[test]
    fn hostile_names_stay_names() {
        for (schema, named, told) in [
            ("scratch", "[scratch].", "N'[scratch]."),
            (
                "a]; DROP TABLE x;--",
                "[a]]; DROP TABLE x;--].",
                "N'[a]]; DROP TABLE x;--].",
            ),
            ("o'b", "[o'b].", "N'[o''b]."),
            ("]'", "[]]'].", "N'[]]'']."),
            ("名前 🙂", "[名前 🙂].", "N'[名前 🙂]."),
        ] {
            let tables = Tables::new(schema, plan().run);
            let [(object, create), _] = tables.objects(&plan());
            assert!(
                create.starts_with(&format!("CREATE TABLE {named}[linecheck_")),
                "{create}"
            );
            assert!(object.look.contains(told), "{}", object.look);
            assert!(
                object.drop.contains(told) && object.drop.contains(&format!("DROP TABLE {named}"))
            );
        }
        let long = "]".repeat(128);
        let tables = Tables::new(&long, plan().run);
        assert!(
            tables
                .values
                .starts_with(&format!("[{}].", "]".repeat(256)))
        );
    }

    #[test]
    fn names_hold_the_run_s_id_and_nothing_of_the_plan_but_the_schema() {
        let tables = Tables::new("scratch", plan().run);
        let id = "0199000000007000800000000000 00aa".replace(' ', "");
        assert_eq!(tables.values, format!("[scratch].[linecheck_{id}_values]"));
        assert_eq!(
            tables.tracker,
            format!("[scratch].[linecheck_{id}_tracker]")
        );
    }

    #[test]
    fn a_tracked_write_inserts_its_id_first_in_the_same_transaction() {
        let sql = Tables::new("s", plan().run).write_tracked(7, Uuid::nil());
        let order = [
            "SET XACT_ABORT ON",
            "BEGIN TRANSACTION",
            "INSERT INTO",
            "[times] + 1",
            "[result] =",
        ];
        let places: Vec<_> = order
            .iter()
            .map(|part| sql.find(part).expect(part))
            .collect();
        assert!(places.is_sorted(), "{sql}");
        assert!(!sql.contains("COMMIT"));
    }

    #[test]
    fn rows_are_brought_in_parts_and_each_once() {
        let tables = Tables::new("s", plan().run);
        let parts: Vec<String> = tables.fill(ROWS + 1).collect();
        assert_eq!(parts.len(), 2);
        assert!(parts[1].ends_with(&format!("VALUES ({}, 0);", ROWS + 1)));
        assert_eq!(tables.fill(0).count(), 0);
    }

    #[test]
    fn a_dry_run_states_what_is_made_first_and_what_takes_it_away_last() {
        let asked = TrackedWrites {
            schema: "s".to_owned(),
            operations: 3,
            moments: CutMoment::all(),
            dry_run: true,
            blind: true,
        };
        let planned = Tables::new("s", plan().run).planned(&plan(), &asked);
        let purposes: Vec<_> = planned.iter().map(|one| one.purpose).collect();
        assert_eq!(purposes[..2], [StatementPurpose::Create; 2]);
        assert_eq!(
            purposes[purposes.len() - 4..],
            [
                StatementPurpose::Drop,
                StatementPurpose::LookUp,
                StatementPurpose::Drop,
                StatementPurpose::LookUp
            ]
        );
        let last = &planned[planned.len() - 2].sql;
        assert!(
            last.contains("_values]"),
            "what was made first goes last: {last}"
        );
        assert_eq!(planned[3].times, Some(30));
    }
}
