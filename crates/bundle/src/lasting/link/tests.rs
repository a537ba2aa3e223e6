//! Runs of a link as their logs tell them, and what is made of them.

use super::super::Cell;
use super::*;
use model::{
    AgentId, Options, Plan, PlanLogin, RunId, ServerMessage, ServerObject, Subject, Target,
};

const ID: &str = "01932c4f-0000-7000-8000-000000000001";

/// A run's log in the making.
struct Story {
    all: Lasting,
    seq: u64,
    step: u32,
}

impl Story {
    fn new(more: &str) -> Self {
        let json = format!(
            r#"{{"instance": "mi", "user": "u", "address": "10.0.0.4", "subnet": "10.1.0.0/24", "dry_run": false{more}}}"#
        );
        let mut options = Options::default();
        options.lasting.instance_link = Some(serde_json::from_str(&json).expect("a link"));
        let mut story = Self {
            all: Lasting::default(),
            seq: 0,
            step: 0,
        };
        let run: RunId = ID.parse().expect("an id");
        let agent: AgentId = ID.parse().expect("an id");
        story.tell(EventBody::RunCreated {
            plan: Box::new(Plan {
                run,
                target: Target {
                    server: "sql".into(),
                    host: "sql".into(),
                    port: Some(1433),
                    instance: None,
                    database: "master".into(),
                    kind: "sql_server".into(),
                },
                login: PlanLogin::None,
                options,
            }),
            agent,
            agent_name: "here".into(),
        });
        story.begin(StepKind::InstanceLink);
        use StatementPurpose::{Check, Create, Drop, LookUp, Poll, Start};
        for (purpose, server, sql) in [
            (Check, "sql", "what it is"),
            (Check, "mi", "where it is"),
            (Check, "sql", "look job"),
            (Create, "sql", "make job"),
            (Create, "sql", "make its step for <the node>"),
            (Start, "sql", "start"),
            (Poll, "sql", "history"),
            (Drop, "sql", "drop job"),
            (LookUp, "sql", "look job"),
            (Check, "mi", "look procedure"),
            (Create, "mi", "make procedure"),
            (Start, "mi", "execute"),
            (Drop, "mi", "drop procedure"),
            (LookUp, "mi", "look procedure"),
        ] {
            story.see(Observation::PlannedStatement(PlannedStatement {
                purpose,
                sql: sql.into(),
                times: Some(1),
                server: Some(server.into()),
            }));
        }
        story
    }

    fn tell(&mut self, body: EventBody) {
        self.seq += 1;
        self.all.take(&RunEvent {
            seq: self.seq,
            at: chrono::DateTime::UNIX_EPOCH,
            elapsed_us: Some(self.seq),
            body,
        });
    }

    fn begin(&mut self, step_kind: StepKind) {
        self.step += 1;
        self.tell(EventBody::StepStarted {
            step: StepId(self.step),
            parent: None,
            step_kind,
            hop: 0,
            subject: Subject::default(),
        });
    }

    fn see(&mut self, observation: Observation) {
        self.tell(EventBody::Observed {
            step: StepId(self.step),
            attempt: None,
            observation,
        });
    }

    fn sent(&mut self, sql: &str) {
        self.see(Observation::StatementSent { sql: sql.into() });
    }

    fn refused(&mut self, number: i32) {
        self.see(Observation::ServerError(ServerMessage {
            number,
            state: 1,
            class: 16,
            message: "no".into(),
            server: "sql".into(),
            procedure: String::new(),
            line: 1,
        }));
    }

    fn object(&mut self, number: u32, state: ObjectState) {
        let text = || "job".to_owned();
        self.see(Observation::ServerObject(ObjectFact {
            object: ServerObject {
                number,
                kind: text(),
                server: "sql".into(),
                database: "msdb".into(),
                name: text(),
                drop: text(),
                look: text(),
            },
            state,
            why: (state == ObjectState::Left).then(|| "it is in use".into()),
        }));
    }

    fn made(&mut self) {
        self.sent("look job");
        self.object(1, ObjectState::Announced);
        self.sent("make job");
        self.object(1, ObjectState::Made);
    }

    fn end(&mut self, state: StepState, code: Option<FailureCode>) {
        self.tell(EventBody::StepFinished {
            step: StepId(self.step),
            state,
            code,
            detail: None,
            elapsed_us: 1,
        });
    }

    fn fine(&mut self) {
        self.end(StepState::Ok, None);
    }

    fn failed(&mut self, code: FailureCode) {
        self.end(StepState::Failed, Some(code));
    }

    fn cleaned(&mut self, state: ObjectState) {
        self.begin(StepKind::CleanUp);
        self.object(1, state);
        self.fine();
    }

    fn leg(&mut self, leg: LinkLeg, reached: bool, address: &str) {
        self.see(Observation::LegEnd(LegEnd {
            leg,
            by: model::lasting::LegBy::ServerJob,
            host: "mi.example.net".into(),
            port: 5022,
            reached: Some(reached),
            remote_address: Some(address.into()),
            in_subnet: Some(address.starts_with("10.1.0.")),
            words: None,
        }));
    }

    /// The stages of the first direction, a letter each.
    fn letters(&self) -> String {
        let stages = self.all.link.stages(LinkDirection::ToInstance);
        let letter = |stage: &Stage| match stage.state {
            StageState::Waits => 'w',
            StageState::Runs => 'r',
            StageState::Passed => 'p',
            StageState::Failed => 'F',
            StageState::NotReached => '-',
            StageState::NotNeeded => 'n',
        };
        stages.iter().map(letter).collect()
    }

    fn told(&self, at: usize) -> String {
        self.all.link.stages(LinkDirection::ToInstance)[at]
            .told
            .clone()
    }
}

#[test]
fn a_direction_is_followed_stage_by_stage() {
    let mut story = Story::new("");
    assert_eq!(story.letters(), "rwwwww");
    story.fine();
    assert_eq!(story.letters(), "wwwwww");
    story.begin(StepKind::LinkToInstance);
    story.sent("where it is");
    assert_eq!(story.letters(), "rwwwww");
    story.made();
    assert_eq!(story.letters(), "prwwww");
    story.sent("make its step for DB7");
    assert_eq!(story.letters(), "prwwww");
    story.sent("start");
    assert_eq!(story.letters(), "pprwww");
    story.sent("history");
    assert_eq!(story.letters(), "ppprww");
    story.leg(LinkLeg::ToInstance, true, "10.1.0.7");
    assert_eq!(story.letters(), "pppprw");
    story.leg(LinkLeg::ToNode, false, "10.2.0.7");
    story.failed(FailureCode::LegFailed);
    assert_eq!(
        story.letters(),
        "pppppr",
        "the clean-up comes whatever was read"
    );
    story.cleaned(ObjectState::Gone);
    assert_eq!(story.letters(), "pppppp");
    assert_eq!(story.told(1), "1 object made");
    assert!(story.told(5).contains("1 of 1 gone"), "{}", story.told(5));
}

#[test]
fn each_failure_stands_at_its_stage_with_the_server_s_number() {
    type Tell = fn(&mut Story);
    let table: [(&str, Tell); 8] = [
        ("F----n", |story| {
            story.end(StepState::Skipped, Some(FailureCode::AgentServiceStopped));
        }),
        ("pF---n", |story| {
            story.sent("look job");
            story.failed(FailureCode::NameTaken);
        }),
        ("pF---p", |story| {
            story.made();
            story.sent("make its step for DB7");
            story.refused(1105);
            story.failed(FailureCode::QueryFailed);
            story.cleaned(ObjectState::Gone);
        }),
        ("ppF--p", |story| {
            story.made();
            story.sent("start");
            story.refused(22_022);
            story.failed(FailureCode::QueryFailed);
            story.cleaned(ObjectState::Gone);
        }),
        ("pppF-p", |story| {
            story.made();
            story.sent("start");
            story.sent("history");
            story.failed(FailureCode::JobNeverEnded);
            story.cleaned(ObjectState::Gone);
        }),
        ("pppF-F", |story| {
            story.made();
            story.sent("history");
            story.failed(FailureCode::QueryFailed);
            story.cleaned(ObjectState::Left);
        }),
        ("pF---p", |story| {
            story.sent("look job");
            story.object(1, ObjectState::Announced);
            story.object(1, ObjectState::NotOurs);
            story.failed(FailureCode::NameTaken);
        }),
        ("pppF-F", |story| {
            story.made();
            story.sent("history");
            story.tell(EventBody::RunSettled {
                state: model::RunState::Interrupted,
                outcome: model::Outcome::Interrupted,
                interruption: None,
            });
        }),
    ];
    for (letters, tell) in table {
        let mut story = Story::new("");
        story.fine();
        story.begin(StepKind::LinkToInstance);
        tell(&mut story);
        assert_eq!(story.letters(), letters);
    }
    let mut story = Story::new("");
    story.fine();
    story.begin(StepKind::LinkToInstance);
    story.made();
    story.refused(1105);
    story.failed(FailureCode::QueryFailed);
    assert!(
        story.told(1).ends_with("Error 1105: no"),
        "{}",
        story.told(1)
    );
}

#[test]
fn where_nothing_is_made_or_asked_for_nothing_is_said_to_be() {
    let mut story = Story::new(r#", "way": "directly""#);
    story.fine();
    story.begin(StepKind::LinkToInstance);
    assert_eq!(story.letters(), "rnnnww");
    story.see(Observation::InstanceAddresses(InstanceAddresses {
        dns_name: "mi.example.net".into(),
        node: "DB7.example.net".into(),
        hadr_port: 11_002,
    }));
    assert_eq!(story.letters(), "pnnnrw");
    story.leg(LinkLeg::ToInstance, true, "10.1.0.7");
    story.fine();
    assert_eq!(story.letters(), "pnnnpn");
    let mut story = Story::new("");
    story.failed(FailureCode::QueryFailed);
    assert_eq!(story.letters(), "F-----");
    assert_eq!(
        Story::new(r#", "directions": ["from_instance"]"#).letters(),
        ""
    );
    let mut story = Story::new("");
    if let Some(asked) = &mut story.all.link.asked {
        asked.dry_run = true;
    }
    assert_eq!(story.letters(), "");
}

#[test]
fn the_tables_say_what_each_connect_said_and_what_undoes_what() {
    let mut story = Story::new("");
    story.fine();
    story.begin(StepKind::LinkToInstance);
    story.made();
    story.leg(LinkLeg::ToInstance, true, "10.1.0.7");
    story.leg(LinkLeg::ToNode, false, "10.2.0.7");
    let lines = |story: &Story, kind: StepKind, key: &str| {
        let tables = story.all.tables(kind);
        let found = tables.iter().find(|table| table.key == key);
        let rows = &found.expect("a table").rows;
        rows.iter()
            .map(|row| row.iter().map(Cell::line).collect::<Vec<_>>().join(" | "))
            .collect::<Vec<_>>()
    };
    let legs = lines(&story, StepKind::LinkToInstance, "legs_to");
    assert!(
        legs[0].ends_with("(to mi.example.net:5022, by a job on the SQL Server) | ✓ connected | ✓ 10.1.0.7 (in 10.1.0.0/24)"),
        "{legs:?}"
    );
    assert!(
        legs[1].ends_with("✕ not connected | ✕ 10.2.0.7 (outside 10.1.0.0/24)"),
        "{legs:?}"
    );
    let stages = lines(&story, StepKind::LinkToInstance, "stages_to");
    assert_eq!(stages[1], "Create | ✓ passed (1 object made)");
    let from = story.all.tables(StepKind::LinkFromInstance);
    assert_eq!(from.len(), 1, "only stages");
    assert!(story.all.tables(StepKind::InstanceLink).is_empty());
    if let Some(asked) = &mut story.all.link.asked {
        asked.dry_run = true;
    }
    let statements = lines(&story, StepKind::InstanceLink, "link_statements");
    assert_eq!(
        statements[3],
        "4 | sql | makes what has to be there, once | statement 8 | make job"
    );
    assert_eq!(
        statements[7],
        "8 | sql | takes it away, once | undoes 4 to 5 | drop job"
    );
}
