//! What of writes that were cut off, and of objects on the server, is masked, field by field. The schema is a name
//! like any other; the rest of an object's name is the run's id.

use super::Masker;
use super::names::Kind;
use super::public_names::is_usual_schema;
use model::lasting::{Lasting, OddWrite, PlannedStatement, TrackedWrites, WriteCount, WriteRound};
use model::{ObjectFact, ServerObject};

impl Masker {
    pub(super) fn lasting(&mut self, lasting: &Lasting) -> Lasting {
        let Lasting {
            idle_ladder,
            heartbeat,
            retry_loop,
            tracked_writes,
            data_flow,
            capacity,
            path,
            replica_session,
            listener,
            instance_link,
        } = lasting;
        Lasting {
            idle_ladder: idle_ladder.clone(),
            heartbeat: heartbeat.clone(),
            retry_loop: retry_loop.clone(),
            tracked_writes: tracked_writes.as_ref().map(|one| self.tracked_writes(one)),
            data_flow: data_flow.clone(),
            capacity: capacity.clone(),
            path: path.clone(),
            replica_session: replica_session
                .as_ref()
                .map(|one| self.replica_session(one)),
            listener: listener.clone(),
            instance_link: instance_link.as_ref().map(|one| self.instance_link(one)),
        }
    }

    fn tracked_writes(&mut self, writes: &TrackedWrites) -> TrackedWrites {
        let TrackedWrites {
            schema,
            operations,
            moments,
            dry_run,
            blind,
        } = writes;
        TrackedWrites {
            schema: self.schema(schema),
            operations: *operations,
            moments: moments.clone(),
            dry_run: *dry_run,
            blind: *blind,
        }
    }

    /// A schema's name, and from then on wherever it stands quoted.
    fn schema(&mut self, name: &str) -> String {
        if !self.is_public() || is_usual_schema(name) {
            return self.peer(name);
        }
        let pseudonym = self.names.of(Kind::Schema, name, true);
        let bracketed = name.replace(']', "]]");
        for way in [
            bracketed.replace('\'', "''"),
            name.replace('\'', "''"),
            bracketed.clone(),
        ] {
            self.names.alias(&way, &pseudonym, true);
        }
        self.schema = Some((name.to_owned(), pseudonym.clone()));
        pseudonym
    }

    /// T-SQL of our own.
    fn sql(&mut self, text: &str) -> String {
        let Some((name, pseudonym)) = self.schema.clone() else {
            return self.peer(text);
        };
        let bracketed = format!("[{}]", name.replace(']', "]]"));
        let masked = format!("[{pseudonym}]");
        let text = text
            .replace(&bracketed, &masked)
            .replace(&bracketed.replace('\'', "''"), &masked);
        self.peer(&text)
    }

    pub(super) fn planned_statement(&mut self, statement: &PlannedStatement) -> PlannedStatement {
        let PlannedStatement {
            purpose,
            sql,
            times,
            server,
        } = statement;
        PlannedStatement {
            purpose: *purpose,
            sql: self.sql(sql),
            times: *times,
            server: server.as_ref().map(|text| self.server(text)),
        }
    }

    pub(super) fn object_fact(&mut self, fact: &ObjectFact) -> ObjectFact {
        let ObjectFact { object, state, why } = fact;
        ObjectFact {
            object: self.server_object(object),
            state: *state,
            why: why.as_ref().map(|text| self.sql(text)),
        }
    }

    fn server_object(&mut self, object: &ServerObject) -> ServerObject {
        let ServerObject {
            number,
            kind,
            server,
            database,
            name,
            drop,
            look,
        } = object;
        ServerObject {
            number: *number,
            kind: self.peer(kind),
            server: self.server(server),
            database: self.database(database),
            name: self.sql(name),
            drop: self.sql(drop),
            look: self.sql(look),
        }
    }

    /// Counts name nobody.
    pub(super) fn write_round(round: &WriteRound) -> WriteRound {
        let WriteRound {
            moment: _,
            way: _,
            operations: _,
            known: _,
            reissued: _,
            refused_by_key: _,
            unsettled: _,
            elapsed_us: _,
        } = round;
        round.clone()
    }

    /// Likewise.
    pub(super) fn write_count(count: &WriteCount) -> WriteCount {
        let WriteCount {
            moment: _,
            way: _,
            operations: _,
            once: _,
            lost: _,
            doubled: _,
            unknown: _,
        } = count;
        count.clone()
    }

    /// Ids of operations are made at random for the run.
    pub(super) fn odd_write(write: &OddWrite) -> OddWrite {
        let OddWrite {
            operation: _,
            moment: _,
            way: _,
            id: _,
            times: _,
        } = write;
        write.clone()
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::Redactor;
    use chrono::DateTime;
    use model::lasting::{CutMoment, PlannedStatement, StatementPurpose, TrackedWrites};
    use model::{
        AgentId, EventBody, ObjectFact, ObjectState, Observation, Options, Plan, PlanLogin,
        Redaction, RunEvent, RunId, ServerObject, StepId, Target,
    };

    const QUOTED: &str = "[pay]]roll's]";

    fn log() -> Vec<RunEvent> {
        let mut options = Options::default();
        options.lasting.tracked_writes = Some(TrackedWrites {
            schema: "pay]roll's".into(),
            operations: 1,
            moments: CutMoment::all(),
            dry_run: true,
            blind: true,
        });
        let plan = Plan {
            run: RunId::NIL,
            target: Target {
                server: "tcp:db.example.net,1433".into(),
                host: "db.example.net".into(),
                port: Some(1433),
                instance: None,
                database: "master".into(),
                kind: "sql_server".into(),
            },
            login: PlanLogin::None,
            options,
        };
        let told = QUOTED.replace('\'', "''");
        let sees = |observation| EventBody::Observed {
            step: StepId(1),
            attempt: None,
            observation,
        };
        let bodies = [
            EventBody::RunCreated {
                plan: plan.into(),
                agent: AgentId::NIL,
                agent_name: "here".into(),
            },
            sees(Observation::PlannedStatement(PlannedStatement {
                purpose: StatementPurpose::LookUp,
                sql: format!("SELECT OBJECT_ID(N'{told}.[linecheck_7_values]', N'U');"),
                times: Some(1),
                server: None,
            })),
            sees(Observation::ServerObject(ObjectFact {
                object: ServerObject {
                    number: 1,
                    kind: "table".into(),
                    server: "tcp:db.example.net,1433".into(),
                    database: "master".into(),
                    name: format!("{QUOTED}.[linecheck_7_values]"),
                    drop: format!("DROP TABLE {QUOTED}.[linecheck_7_values];"),
                    look: String::new(),
                },
                state: ObjectState::Left,
                why: Some("schema name \"pay]roll's\" does not exist".into()),
            })),
        ];
        let event = |(seq, body)| RunEvent {
            seq,
            at: DateTime::UNIX_EPOCH,
            elapsed_us: Some(1),
            body,
        };
        (1..).zip(bodies).map(event).collect()
    }

    #[test]
    fn a_schema_has_one_pseudonym_however_it_is_quoted() {
        let mut redactor = Redactor::new(Redaction::Public);
        let masked: Vec<RunEvent> = log().iter().map(|event| redactor.event(event)).collect();
        let text = serde_json::to_string(&masked).expect("JSON");
        assert!(!text.contains("roll"), "{text}");
        assert!(text.contains("\"schema\":\"schema-1\""), "{text}");
        assert!(
            text.contains("OBJECT_ID(N'[schema-1].[linecheck_7_values]'"),
            "{text}"
        );
        assert!(
            text.contains("DROP TABLE [schema-1].[linecheck_7_values];"),
            "{text}"
        );

        let mut redactor = Redactor::new(Redaction::Support);
        let kept: Vec<RunEvent> = log().iter().map(|event| redactor.event(event)).collect();
        assert!(serde_json::to_string(&kept).expect("JSON").contains(QUOTED));
    }
}
