//! Whether a long history is as quick to read as a short one: `cargo xtask bench history`.
//!
//! The same pages of 50 are asked for from two stores, one with 1,000 runs and one with 100,000, taking turns, so
//! that a busy host slows both alike. What counts is the ratio of the medians.

mod fill;

use fill::{fill, run_id};
use model::Outcome;
use server::store::{Filter, Postgres, Sqlite, Store};
use std::time::Instant;
use tests::table::{Table, ms, percentile};

const SHORT: u64 = 1_000;
const LONG: u64 = 100_000;
const LIMIT: f64 = 1.5;
/// What the API asks for to give a page of 50.
const PAGE: u32 = 51;
const TURNS: usize = 300;
const TOGETHER: &str = "server and outcome";

#[tokio::main]
async fn main() {
    let only = std::env::var("LINECHECK_BENCH_ONLY").unwrap_or_default();
    let wants = |name: &str| name.contains(only.as_str());
    let mut table = Table::default();
    let mut held = true;
    if wants("SQLite") {
        held &= on_sqlite(&mut table).await;
    }
    if wants("PostgreSQL") {
        held &= on_postgres(&mut table).await;
    }
    println!("{table}");
    assert!(held, "a long history is slower to read");
}

async fn on_sqlite(table: &mut Table) -> bool {
    let folder = tests::folder();
    let mut of = Vec::new();
    for count in [SHORT, LONG] {
        let file = folder.path().join(format!("{count}.db"));
        let store = Sqlite::open(&file).await.expect("it opens");
        timed_fill("SQLite", &store, count).await;
        of.push(store);
    }
    let held = compare("SQLite", &of[0], &of[1], table).await;
    for store in &of {
        store.close().await;
    }
    held
}

async fn on_postgres(table: &mut Table) -> bool {
    let Some(server) = tests::postgres::shared() else {
        table.note("PostgreSQL", tests::postgres::MISSING);
        return true;
    };
    let mut of = Vec::new();
    for count in [SHORT, LONG] {
        let url = server.database();
        let address = url.parse().expect("a URL");
        let store = Postgres::open(&address).await.expect("it opens");
        timed_fill("PostgreSQL", &store, count).await;
        // As it does by itself, a minute later.
        let (_, name) = url.rsplit_once('/').expect("a database");
        server.ask(name, "VACUUM ANALYZE");
        of.push(store);
    }
    let held = compare("PostgreSQL", &of[0], &of[1], table).await;
    for store in &of {
        store.close().await;
    }
    held
}

async fn timed_fill(name: &str, store: &dyn Store, count: u64) {
    let start = Instant::now();
    fill(store, count).await;
    eprintln!("{name}: {count} runs in {:?}", start.elapsed());
}

/// What is asked for, in a history of so many runs.
fn filters(count: u64) -> Vec<(&'static str, Filter)> {
    let server = |prefix: &str| Filter {
        server: Some(prefix.to_owned()),
        ..Filter::default()
    };
    let finding = |code: &str| Filter {
        finding: Some(code.to_owned()),
        ..Filter::default()
    };
    let deep = Some(run_id(count / 2));
    vec![
        ("first page", Filter::default()),
        (
            "page in the middle",
            Filter {
                before: deep,
                ..Filter::default()
            },
        ),
        ("server begins so: all", server("TCP:db")),
        ("server begins so: a quarter", server("db0")),
        ("server begins so: one", server("db17.")),
        (
            "server, in the middle",
            Filter {
                before: deep,
                ..server("db0")
            },
        ),
        ("server begins so: none", server("nothing")),
        (
            "outcome",
            Filter {
                outcome: Some(Outcome::Problem),
                ..Filter::default()
            },
        ),
        ("finding, of every tenth", finding("tcp_timeout")),
        (
            "finding, in the middle",
            Filter {
                before: Some(run_id(count * 9 / 10)),
                ..finding("tcp_timeout")
            },
        ),
        (
            TOGETHER,
            Filter {
                outcome: Some(Outcome::Ok),
                ..server("db0")
            },
        ),
        (
            "agent",
            Filter {
                agent: Some(fill::agent_id(1)),
                ..Filter::default()
            },
        ),
    ]
}

async fn compare(name: &str, short: &dyn Store, long: &dyn Store, table: &mut Table) -> bool {
    let mut held = true;
    for ((what, of_short), (_, of_long)) in filters(SHORT).into_iter().zip(filters(LONG)) {
        let (mut short_ms, mut long_ms) = (Vec::new(), Vec::new());
        let full = page(short, &of_short).await.0;
        assert_eq!(
            full,
            page(long, &of_long).await.0,
            "{what}: pages of one length"
        );
        for _ in 0..TURNS {
            short_ms.push(page(short, &of_short).await.1);
            long_ms.push(page(long, &of_long).await.1);
        }
        let (one, other) = (percentile(&mut short_ms, 50), percentile(&mut long_ms, 50));
        let words = format!("{name}, {what} ({full} runs; {one:.2} → {other:.2} ms)");
        if what == TOGETHER {
            // In a short history a server has fewer runs than a page: there is less to look at.
            table.note(&words, &format!("{:.2} ×", other / one));
        } else {
            held &= table.most(&words, LIMIT, "×", other / one);
        }
    }
    held
}

/// How many runs a page has, and how long it took.
async fn page(store: &dyn Store, filter: &Filter) -> (usize, f64) {
    let start = Instant::now();
    let found = store.runs(filter, PAGE).await.expect("a page");
    (found.len(), ms(start.elapsed()))
}
