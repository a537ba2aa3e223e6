//! What the stories are told with: runs, entries and agents that are made up, and databases to keep them in.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    AgentId, Confidence, EventBody, Finding, LeaseId, Link, Options, Owner, Plan, PlanLogin,
    RunEvent, RunId, RunState, Severity, Target,
};
use server::store::{Address, AgentRow, Entry, FirstRun, Lease, Postgres, RunRow, Sqlite, Store};
use std::path::Path;
use uuid::Uuid;

/// A database that the contract is run on: it can be opened again over what it holds.
pub(crate) trait Database {
    async fn open(&self) -> Box<dyn Store>;
}

/// SQLite.
pub(crate) struct InFile(tempfile::TempDir);

impl InFile {
    pub(crate) fn new() -> Self {
        Self(tests::folder())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Database for InFile {
    async fn open(&self) -> Box<dyn Store> {
        let store = Sqlite::open(&self.path().join("linecheck.db")).await;
        Box::new(store.expect("it opens"))
    }
}

/// PostgreSQL, at a URL.
pub(crate) struct OnServer(pub(crate) String);

impl OnServer {
    pub(crate) fn address(&self) -> Address {
        // Every test of a process may do this; only the first counts.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        self.0.parse().expect("a URL")
    }
}

impl Database for OnServer {
    async fn open(&self) -> Box<dyn Store> {
        Box::new(Postgres::open(&self.address()).await.expect("it opens"))
    }
}

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + second, 123_456_000).expect("a time")
}

/// Version 7: it begins with the millisecond that the run is made in.
pub(crate) fn run_id(number: u128) -> RunId {
    let millis = u128::try_from(at(i64::try_from(number).expect("small")).timestamp_millis());
    RunId(Uuid::from_u128(
        millis.expect("a time") << 80 | 7 << 76 | number,
    ))
}

pub(crate) fn agent_id(number: u128) -> AgentId {
    AgentId(Uuid::from_u128(1_000 + number))
}

pub(crate) fn row(number: u128) -> RunRow {
    let host = format!("db{number}.example.test");
    RunRow {
        plan: Plan {
            run: run_id(number),
            target: Target {
                server: format!("tcp:{host},1433"),
                host,
                port: Some(1433),
                instance: None,
                database: "master".into(),
                kind: "sql_server".into(),
            },
            login: PlanLogin::None,
            options: Options::default(),
        },
        group: None,
        agent: agent_id(1),
        agent_name: "one".into(),
        state: RunState::Queued,
        interruption: None,
        outcome: None,
        cancelling: false,
        cleaning: false,
        created_at: at(i64::try_from(number).expect("small")),
        started_at: None,
        settled_at: None,
        lease: None,
        last_seq: 0,
        log_bytes: 0,
        truncated: false,
        findings: vec![],
        rules_version: 0,
    }
}

pub(crate) fn own(body: EventBody) -> Entry {
    Entry {
        at: at(0),
        elapsed_us: None,
        body,
        number: None,
    }
}

pub(crate) fn agents(lease: LeaseId, n: u64) -> Entry {
    Entry {
        at: at(1) + TimeDelta::nanoseconds(789),
        elapsed_us: Some(n * 10),
        body: EventBody::Unknown(serde_json::json!({"kind": "seen", "n": n})),
        number: Some((lease, n)),
    }
}

pub(crate) fn lease(number: u128) -> LeaseId {
    LeaseId(Uuid::from_u128(9_000 + number))
}

pub(crate) fn finding(code: &str) -> Finding {
    Finding {
        code: code.into(),
        severity: Severity::Problem,
        title: format!("{code}, in words"),
        explanation: "why".into(),
        recommendation: vec!["do".into()],
        owner: Owner::Network,
        confidence: Confidence::Proven,
        evidence: vec![1, 2],
        steps: vec![],
        links: vec![Link {
            title: "a page".into(),
            url: "https://example.test".into(),
        }],
    }
}

pub(crate) async fn create(
    store: &dyn Store,
    row: &RunRow,
    sealed: Option<&str>,
    entries: &[Entry],
) {
    let first = FirstRun {
        row: row.clone(),
        practice: false,
        sealed: sealed.map(str::to_owned),
        instance_sealed: None,
        entries: entries.to_vec(),
    };
    store.create_runs(&[first]).await.expect("created");
}

pub(crate) async fn created(store: &dyn Store, number: u128) -> RunRow {
    let row = row(number);
    let first = own(EventBody::CancelRequested);
    create(store, &row, None, &[first]).await;
    store.run(row.id()).await.expect("read").expect("there")
}

/// Opens the run, appends, changes the row, commits.
pub(crate) async fn change(
    store: &dyn Store,
    run: RunId,
    entries: &[Entry],
    edit: impl FnOnce(&mut RunRow),
) -> RunRow {
    let mut tx = store.open(run).await.expect("opened").expect("there");
    let mut row = tx.row().clone();
    tx.append(entries).await.expect("appended");
    edit(&mut row);
    tx.commit(row).await.expect("committed")
}

pub(crate) fn seqs(events: &[RunEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// A claim of which nothing is acknowledged yet.
pub(crate) fn hold(id: LeaseId) -> Option<Lease> {
    Some(Lease {
        id,
        acked: 0,
        ended: false,
    })
}

/// An agent; its token's hash is its number.
pub(crate) fn agent(number: u8, built_in: bool) -> AgentRow {
    AgentRow {
        id: agent_id(number.into()),
        name: format!("agent {number}"),
        built_in,
        token_hash: [number; 32],
        public_key: "key".into(),
        fingerprint: "abcd".into(),
        version: "1".into(),
        created_at: at(0),
        last_heartbeat: None,
    }
}

/// Settles a run.
pub(crate) async fn settle(store: &dyn Store, run: RunId) -> RunRow {
    change(store, run, &[own(EventBody::AgentRestarted)], |row| {
        row.state = RunState::Completed;
        row.settled_at = Some(at(9));
    })
    .await
}
