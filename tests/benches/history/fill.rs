//! A history that is made up: settled runs against a few servers, written through the store many at a time.

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use model::{
    AgentId, Confidence, EventBody, Finding, Options, Outcome, Owner, Plan, PlanLogin, RunId,
    RunState, Severity, Target,
};
use server::store::{Entry, FirstRun, RunRow, Store};
use uuid::Uuid;

/// Different servers of a history, however long.
const SERVERS: u64 = 40;
const AGENTS: u64 = 3;
/// Runs of one transaction.
const AT_ONCE: u64 = 100;
/// Transactions at a time, where the database takes more than one.
const WRITERS: usize = 4;

fn made_at(number: u64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
    start + TimeDelta::seconds(i64::try_from(number).unwrap_or_default())
}

/// Version 7, by the time that the run was made.
pub(crate) fn run_id(number: u64) -> RunId {
    let millis = u128::try_from(made_at(number).timestamp_millis()).unwrap_or_default();
    RunId(Uuid::from_u128(millis << 80 | 7 << 76 | u128::from(number)))
}

/// One of the agents.
pub(crate) fn agent_id(number: u64) -> AgentId {
    AgentId(Uuid::from_u128(u128::from(number % AGENTS) + 1))
}

/// Writes so many runs.
pub(crate) async fn fill(store: &dyn Store, count: u64) {
    let firsts = (0..count).step_by(usize::try_from(AT_ONCE).unwrap_or(1));
    futures::stream::iter(firsts)
        .for_each_concurrent(WRITERS, async |first| {
            let runs: Vec<FirstRun> = (first..count.min(first + AT_ONCE)).map(run).collect();
            store.create_runs(&runs).await.expect("written");
        })
        .await;
}

fn run(number: u64) -> FirstRun {
    // Mixed well, so that no filter goes along with another.
    let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    // One server is asked for so often that a page of it is full in a short history, too.
    let server = if dice.is_multiple_of(10) {
        17
    } else {
        dice / 10 % SERVERS
    };
    let host = format!("db{server:02}.example.test");
    let (outcome, findings) = match dice / 10 / SERVERS % 20 {
        0 | 1 => (
            Outcome::Problem,
            vec![finding("tcp_timeout"), finding("dns_slow")],
        ),
        2..=4 => (Outcome::Problem, vec![finding("tls_name_mismatch")]),
        5 => (Outcome::Inconclusive, vec![finding("inconclusive")]),
        _ => (Outcome::Ok, vec![finding("connection_ok")]),
    };
    let row = RunRow {
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
        agent: agent_id(dice),
        agent_name: "one".into(),
        state: RunState::Completed,
        interruption: None,
        outcome: Some(outcome),
        cancelling: false,
        cleaning: false,
        created_at: made_at(number),
        started_at: Some(made_at(number)),
        settled_at: Some(made_at(number + 1)),
        lease: None,
        last_seq: 0,
        log_bytes: 0,
        truncated: false,
        findings,
        rules_version: 1,
    };
    let entry = |body| Entry {
        at: made_at(number),
        elapsed_us: None,
        body,
        number: None,
    };
    FirstRun {
        row,
        practice: false,
        sealed: None,
        instance_sealed: None,
        entries: vec![
            entry(EventBody::CancelRequested),
            entry(EventBody::RunFinished { cancelled: false }),
        ],
    }
}

fn finding(code: &str) -> Finding {
    Finding {
        code: code.into(),
        severity: Severity::Problem,
        title: format!("{code}, in words of the usual length for such a thing"),
        explanation: "Why this is thought, told at some length, as findings do it.".into(),
        recommendation: vec!["Do this.".into(), "Then do that.".into()],
        owner: Owner::Network,
        confidence: Confidence::Proven,
        evidence: vec![1, 2],
        steps: vec![],
        links: vec![],
    }
}
