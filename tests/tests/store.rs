//! What every store must do, told once over the trait and run on each database that there is.

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use model::{
    AgentEvent, AgentId, Confidence, EventBody, Finding, LeaseId, Link, Options, Outcome, Owner,
    Plan, PlanLogin, RunEvent, RunId, RunState, Severity, Target,
};
use server::store::{
    AgentRow, Entry, Filter, FirstRun, Lease, LiveRun, RunRow, Sqlite, Store, Tail,
};
use std::path::Path;
use uuid::Uuid;

/// A database that the contract is run on: it can be opened again over what it holds.
trait Database {
    async fn open(&self) -> Box<dyn Store>;
}

struct InFile(tempfile::TempDir);

impl InFile {
    fn new() -> Self {
        Self(tests::folder())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Database for InFile {
    async fn open(&self) -> Box<dyn Store> {
        let store = Sqlite::open(&self.path().join("linecheck.db")).await;
        Box::new(store.expect("it opens"))
    }
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::InFile::new()).await;
            })*
        }
    };
}

contract!(
    a_run_is_read_back_as_it_was_written,
    numbers_are_given_without_gaps_and_kept_over_a_restart,
    a_change_that_is_not_committed_has_not_happened,
    changes_of_one_run_wait_for_each_other,
    a_lease_is_unique_and_so_are_its_numbers,
    a_secret_is_kept_until_the_run_is_settled,
    lists_are_newest_first_and_paged_by_key,
    filters_take_prefixes_literally_and_in_any_case,
    live_runs_are_those_that_are_not_settled,
    a_deleted_run_leaves_nothing,
    agents_are_known_by_their_tokens_hash,
    large_logs_are_read_in_pages,
);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + second, 123_456_000).expect("a time")
}

fn run_id(number: u128) -> RunId {
    RunId(Uuid::from_u128(number << 64))
}

fn agent_id(number: u128) -> AgentId {
    AgentId(Uuid::from_u128(1_000 + number))
}

fn row(number: u128) -> RunRow {
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

fn own(body: EventBody) -> Entry {
    Entry {
        at: at(0),
        elapsed_us: None,
        body,
        number: None,
    }
}

fn agents(lease: LeaseId, n: u64) -> Entry {
    Entry {
        at: at(1) + TimeDelta::nanoseconds(789),
        elapsed_us: Some(n * 10),
        body: EventBody::Unknown(serde_json::json!({"kind": "seen", "n": n})),
        number: Some((lease, n)),
    }
}

fn lease(number: u128) -> LeaseId {
    LeaseId(Uuid::from_u128(9_000 + number))
}

fn finding(code: &str) -> Finding {
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

async fn create(store: &dyn Store, row: &RunRow, sealed: Option<&str>, entries: &[Entry]) {
    let first = FirstRun {
        row: row.clone(),
        sealed: sealed.map(str::to_owned),
        entries: entries.to_vec(),
    };
    store.create_runs(&[first]).await.expect("created");
}

async fn created(store: &dyn Store, number: u128) -> RunRow {
    let row = row(number);
    let first = own(EventBody::CancelRequested);
    create(store, &row, None, &[first]).await;
    store.run(row.id()).await.expect("read").expect("there")
}

/// Opens the run, appends, changes the row, commits.
async fn change(
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

fn seqs(events: &[RunEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

async fn a_run_is_read_back_as_it_was_written(database: &impl Database) {
    let store = database.open().await;
    let made = created(&*store, 1).await;
    assert_eq!(made.last_seq, 1);
    assert!(made.log_bytes > 0);
    let settled = change(&*store, made.id(), &[], |row| {
        row.state = RunState::Interrupted;
        row.interruption = Some(model::Interruption::AgentLost);
        row.outcome = Some(Outcome::Interrupted);
        row.started_at = Some(at(2));
        row.settled_at = Some(at(3));
        row.lease = Some(Lease {
            id: lease(1),
            acked: 7,
            ended: true,
        });
        row.truncated = true;
        row.findings = vec![finding("first"), finding("second"), finding("second")];
        row.rules_version = 3;
    })
    .await;
    store.close().await;
    let store = database.open().await;
    let read = store.run(made.id()).await.expect("read").expect("there");
    assert_eq!(read, settled);
    assert_eq!(store.run(run_id(2)).await.expect("read"), None);
    let page = store.runs(&Filter::default(), 10).await.expect("a list");
    assert_eq!(page[0].verdict_code.as_deref(), Some("first"));
    assert_eq!(page[0].verdict_title.as_deref(), Some("first, in words"));
    store.close().await;
}

async fn numbers_are_given_without_gaps_and_kept_over_a_restart(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let entries: Vec<Entry> = (1..=3).map(|n| agents(lease(1), n)).collect();
    let after = change(&*store, run, &entries, |_| {}).await;
    assert_eq!(after.last_seq, 4);
    store.close().await;

    let store = database.open().await;
    let mut tx = store.open(run).await.expect("opened").expect("there");
    assert_eq!(
        tx.append(&[own(EventBody::AgentRestarted)])
            .await
            .expect("appended"),
        5
    );
    assert_eq!(seqs(&tx.events(3, 10).await.expect("read")), [4, 5]);
    let numbered = tx.numbered(lease(1), 2, 9).await.expect("read");
    let expected: Vec<(u64, AgentEvent)> = (2..=3)
        .map(|n| {
            let entry = agents(lease(1), n);
            let event = AgentEvent {
                at: entry.at,
                elapsed_us: n * 10,
                body: entry.body,
            };
            (n, event)
        })
        .collect();
    assert_eq!(numbered, expected, "to the nanosecond and the letter");
    let row = tx.row().clone();
    tx.commit(row).await.expect("committed");
    let all = store.events(run, 0, 10).await.expect("read");
    assert_eq!(seqs(&all), [1, 2, 3, 4, 5]);
    assert_eq!(
        store.tail(run).await.expect("read"),
        Some(Tail {
            state: RunState::Queued,
            last_seq: 5
        })
    );
    assert_eq!(store.tail(run_id(9)).await.expect("read"), None);
    store.close().await;
}

async fn a_change_that_is_not_committed_has_not_happened(database: &impl Database) {
    let store = database.open().await;
    let before = created(&*store, 1).await;
    let mut tx = store
        .open(before.id())
        .await
        .expect("opened")
        .expect("there");
    tx.append(&[agents(lease(1), 1)]).await.expect("appended");
    drop(tx);
    let after = store.run(before.id()).await.expect("read").expect("there");
    assert_eq!(after, before);
    assert_eq!(store.events(before.id(), 1, 10).await.expect("read"), []);
    // And it holds nobody up.
    change(&*store, before.id(), &[agents(lease(1), 1)], |_| {}).await;
    assert!(store.open(run_id(9)).await.expect("answered").is_none());
    store.close().await;
}

async fn changes_of_one_run_wait_for_each_other(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let first = store.open(run).await.expect("opened").expect("there");
    let mut second = Box::pin(store.open(run));
    assert!(second.as_mut().now_or_never().is_none(), "it waits");
    // Readers do not.
    assert_eq!(store.events(run, 0, 10).await.expect("read").len(), 1);
    let mut row = first.row().clone();
    row.cancelling = true;
    first.commit(row).await.expect("committed");
    let second = second.await.expect("opened").expect("there");
    assert!(second.row().cancelling, "it sees what was committed");
    drop(second);
    store.close().await;
}

async fn a_lease_is_unique_and_so_are_its_numbers(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let hold = |id| {
        Some(Lease {
            id,
            acked: 0,
            ended: false,
        })
    };
    change(&*store, run, &[agents(lease(1), 1)], |row| {
        row.lease = hold(lease(1))
    })
    .await;
    assert_eq!(store.run_of_lease(lease(1)).await.expect("read"), Some(run));
    assert_eq!(store.run_of_lease(lease(2)).await.expect("read"), None);

    let mut tx = store.open(run).await.expect("opened").expect("there");
    assert!(
        tx.append(&[agents(lease(1), 1)]).await.is_err(),
        "the same number"
    );
    drop(tx);

    let tx = store.open(run).await.expect("opened").expect("there");
    let mut row = tx.row().clone();
    row.lease = hold(lease(2));
    assert!(tx.commit(row).await.is_err(), "a second lease");
    let kept = store.run(run).await.expect("read").expect("there").lease;
    assert_eq!(kept.map(|kept| kept.id), Some(lease(1)));
    store.close().await;
}

async fn a_secret_is_kept_until_the_run_is_settled(database: &impl Database) {
    let store = database.open().await;
    let row = row(1);
    create(&*store, &row, Some("c2VhbGVk"), &[]).await;
    change(&*store, row.id(), &[], |row| row.state = RunState::Running).await;
    let kept = store.sealed(row.id()).await.expect("read");
    assert_eq!(kept.as_deref(), Some("c2VhbGVk"));
    change(&*store, row.id(), &[], |row| {
        row.state = RunState::Completed
    })
    .await;
    assert_eq!(store.sealed(row.id()).await.expect("read"), None);
    store.close().await;
}

async fn lists_are_newest_first_and_paged_by_key(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=5 {
        created(&*store, number).await;
    }
    let page = |before: Option<RunId>, limit| {
        let store = &store;
        let filter = Filter {
            before,
            ..Filter::default()
        };
        async move {
            let runs = store.runs(&filter, limit).await.expect("a list");
            runs.iter().map(|run| run.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None, 2).await, [run_id(5), run_id(4)]);
    created(&*store, 6).await;
    store.hide_run(run_id(4)).await.expect("deleted");
    // The key need not exist any more.
    assert_eq!(page(Some(run_id(4)), 2).await, [run_id(3), run_id(2)]);
    assert_eq!(page(Some(run_id(2)), 2).await, [run_id(1)]);
    assert!(page(Some(run_id(1)), 2).await.is_empty());
    store.close().await;
}

async fn filters_take_prefixes_literally_and_in_any_case(database: &impl Database) {
    let store = database.open().await;
    let servers = [
        "tcp:Alpha.example.test,1433",
        "tcp:al%ha.example.test,1433",
        "tcp:al_ha.example.test,1433",
        "alpha\\instance",
        "tcp:beta.example.test,1433",
    ];
    for (number, server) in (1..).zip(servers) {
        let mut row = row(number);
        row.plan.target.server = server.into();
        row.agent = agent_id(number % 2);
        create(&*store, &row, None, &[]).await;
    }
    change(&*store, run_id(2), &[], |row| {
        row.state = RunState::Completed;
        row.outcome = Some(Outcome::Problem);
        row.findings = vec![finding("tcp_refused"), finding("addresses_partly_dead")];
    })
    .await;
    let find = |filter: Filter| {
        let store = &store;
        async move {
            let mut found: Vec<RunId> = Vec::new();
            for run in store.runs(&filter, 10).await.expect("a list") {
                found.push(run.id);
            }
            found.reverse();
            found
        }
    };
    let server = |prefix: &str| Filter {
        server: Some(prefix.into()),
        ..Filter::default()
    };
    assert_eq!(find(server("ALPHA")).await, [run_id(1), run_id(4)]);
    assert_eq!(find(server("TCP:alpha.")).await, [run_id(1)]);
    assert_eq!(find(server("al%")).await, [run_id(2)]);
    assert_eq!(find(server("al_")).await, [run_id(3)]);
    assert_eq!(find(server("alpha\\")).await, [run_id(4)]);
    assert!(find(server("lpha")).await.is_empty());
    let with_finding = Filter {
        finding: Some("addresses_partly_dead".into()),
        ..Filter::default()
    };
    assert_eq!(find(with_finding).await, [run_id(2)]);
    let with_outcome = Filter {
        outcome: Some(Outcome::Problem),
        ..Filter::default()
    };
    assert_eq!(find(with_outcome).await, [run_id(2)]);
    let from_agent = Filter {
        agent: Some(agent_id(0)),
        ..Filter::default()
    };
    assert_eq!(find(from_agent).await, [run_id(2), run_id(4)]);
    let between = Filter {
        since: Some(at(2)),
        until: Some(at(4)),
        ..Filter::default()
    };
    assert_eq!(
        find(between).await,
        [run_id(2), run_id(3)],
        "from, and before"
    );
    store.close().await;
}

async fn live_runs_are_those_that_are_not_settled(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=3 {
        created(&*store, number).await;
    }
    change(&*store, run_id(1), &[], |row| {
        row.state = RunState::Running;
        row.cancelling = true;
        row.lease = Some(Lease {
            id: lease(1),
            acked: 0,
            ended: false,
        });
    })
    .await;
    change(&*store, run_id(2), &[], |row| {
        row.state = RunState::Cancelled
    })
    .await;
    let expected = [
        LiveRun {
            run: run_id(1),
            agent: agent_id(1),
            state: RunState::Running,
            lease: Some(lease(1)),
            cancelling: true,
        },
        LiveRun {
            run: run_id(3),
            agent: agent_id(1),
            state: RunState::Queued,
            lease: None,
            cancelling: false,
        },
    ];
    assert_eq!(store.live_runs(None).await.expect("a list"), expected);
    let of_one = store.live_runs(Some(agent_id(1))).await.expect("a list");
    assert_eq!(of_one, expected);
    let of_none = store.live_runs(Some(agent_id(2))).await.expect("a list");
    assert_eq!(of_none, []);
    store.close().await;
}

async fn a_deleted_run_leaves_nothing(database: &impl Database) {
    let store = database.open().await;
    let row = row(1);
    let run = row.id();
    let entry = agents(lease(1), 1);
    create(&*store, &row, Some("c2VhbGVk"), &[entry]).await;
    change(&*store, run, &[], |row| {
        row.findings = vec![finding("tcp_refused")];
        row.lease = Some(Lease {
            id: lease(1),
            acked: 1,
            ended: false,
        });
    })
    .await;
    assert!(store.hide_run(run).await.expect("deleted"));
    assert!(!store.hide_run(run).await.expect("answered"));
    // Hidden: nothing of it is found. Swept: nothing of it is there.
    assert_eq!(store.run(run).await.expect("read"), None);
    assert_eq!(store.tail(run).await.expect("read"), None);
    assert_eq!(store.events(run, 0, 10).await.expect("read"), []);
    assert_eq!(store.sealed(run).await.expect("read"), None);
    assert_eq!(store.run_of_lease(lease(1)).await.expect("read"), None);
    let filter = Filter {
        finding: Some("tcp_refused".into()),
        ..Filter::default()
    };
    assert_eq!(store.runs(&filter, 10).await.expect("a list"), []);
    // One event, one finding, the run.
    assert_eq!(store.sweep(2).await.expect("swept"), 2);
    assert_eq!(store.sweep(2).await.expect("swept"), 1);
    assert_eq!(store.sweep(2).await.expect("swept"), 0);
    store.close().await;
}

async fn agents_are_known_by_their_tokens_hash(database: &impl Database) {
    let store = database.open().await;
    let agent = |number: u8, built_in| AgentRow {
        id: agent_id(number.into()),
        name: format!("agent {number}"),
        built_in,
        token_hash: [number; 32],
        public_key: "key".into(),
        fingerprint: "abcd".into(),
        version: "1".into(),
        created_at: at(0),
        last_heartbeat: None,
    };
    for one in [agent(2, false), agent(1, false), agent(3, true)] {
        store.put_agent(&one).await.expect("written");
    }
    let listed = store.agents().await.expect("a list");
    assert_eq!(listed, [agent(3, true), agent(1, false), agent(2, false)]);
    let known = store.agent_by_token(&[1; 32]).await.expect("read");
    assert_eq!(known, Some(agent(1, false)));
    assert_eq!(store.agent_by_token(&[9; 32]).await.expect("read"), None);

    store.heard(agent_id(1), at(5), "2").await.expect("written");
    // Admitted anew: another token, the old one is worth nothing.
    let mut anew = agent(1, false);
    anew.token_hash = [4; 32];
    anew.version = "2".into();
    store.put_agent(&anew).await.expect("written");
    assert_eq!(store.agent_by_token(&[1; 32]).await.expect("read"), None);
    anew.last_heartbeat = Some(at(5));
    assert_eq!(
        store.agent_by_token(&[4; 32]).await.expect("read"),
        Some(anew)
    );

    assert!(
        store.put_agent(&agent(5, true)).await.is_err(),
        "one built-in agent"
    );
    store.ready().await.expect("ready");
    store.close().await;
    assert!(store.ready().await.is_err(), "closed");
}

async fn large_logs_are_read_in_pages(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let entries: Vec<Entry> = (1..=3_000).map(|n| agents(lease(1), n)).collect();
    let after = change(&*store, run, &entries, |_| {}).await;
    assert_eq!(after.last_seq, 3_001);
    let mut seen: Vec<u64> = Vec::new();
    loop {
        let from = seen.last().copied().unwrap_or_default();
        let page = store.events(run, from, 700).await.expect("a page");
        if page.is_empty() {
            break;
        }
        seen.extend(seqs(&page));
    }
    assert_eq!(seen, (1..=3_001).collect::<Vec<_>>());
    assert_eq!(store.events(run, u64::MAX, 10).await.expect("read"), []);
    store.close().await;
}

/// What the design asks of this one database.
#[tokio::test]
async fn sqlite_is_durable_and_brings_its_tables_along() {
    let database = InFile::new();
    let store = database.open().await;
    created(&*store, 1).await;
    assert!(
        database.path().join("linecheck.db-wal").exists(),
        "a write-ahead log"
    );
    // Opened a second time while the first is open: nothing to bring up to date, nothing is lost.
    let second = database.open().await;
    assert!(second.run(run_id(1)).await.expect("read").is_some());
    second.close().await;
    store.close().await;
}
