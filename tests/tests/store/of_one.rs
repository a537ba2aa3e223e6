//! What the design asks of one database alone.

use crate::support::{Database, InFile, OnServer, created, run_id};
use server::store::{Disturbance, Postgres};
use std::time::{Duration, Instant};
use tests::eventually;
use tests::postgres::{MISSING, Server};

/// How soon a portal works again once its database is back.
const BACK: Duration = Duration::from_secs(10);

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

#[tokio::test]
async fn postgres_has_one_portal_and_says_so() {
    let name = "of_one::postgres_has_one_portal_and_says_so";
    let Some(url) = tests::postgres::database(name) else {
        return;
    };
    let database = OnServer(url.clone());
    let first = database.open().await;
    created(&*first, 1).await;
    let refused = Postgres::open(&database.address()).await;
    let error = refused.expect_err("it is taken").to_string();
    assert!(error.contains("another portal"), "{error}");
    let password = url.split([':', '@']).nth(2).expect("a password");
    assert!(!error.contains(password), "{error}");
    first.close().await;
    let second = database.open().await;
    assert!(second.run(run_id(1)).await.expect("read").is_some());
    second.close().await;
}

#[tokio::test]
async fn postgres_that_cannot_be_reached_is_named_without_its_password() {
    let mut error = String::new();
    for url in [
        "postgres://me:hunter2@127.0.0.1:1/lines",
        "postgres://me:hunter2@127.0.0.1:1/lines?sslmode=verify-full",
    ] {
        let opened = Postgres::open(&OnServer(url.into()).address()).await;
        error = opened.expect_err("nobody is there").to_string();
        assert!(error.contains("127.0.0.1:1, database lines"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(!error.contains("me:"), "{error}");
}

#[tokio::test]
async fn postgres_restarted_keeps_what_it_promised_and_is_back_soon() {
    let Some(server) = Server::start() else {
        tests::skip("of_one::postgres_restarted", MISSING);
        return;
    };
    let database = OnServer(server.database());
    let store = database.open().await;
    let mut made = 0;
    for _ in 0..2 {
        made += 1;
        created(&*store, made).await;
        server.crash();
        let start = Instant::now();
        assert!(store.run(run_id(1)).await.is_err(), "it is away");
        assert!(store.ready().await.is_err(), "and cannot be written");
        assert!(start.elapsed() < BACK, "which is said in time");
        server.come_back();
        let start = Instant::now();
        eventually("it can be written", BACK, async || store.ready().await.ok()).await;
        println!("back after {:?}", start.elapsed());
        assert_eq!(store.disturbed().await, Disturbance::Back);
        for number in 1..=made {
            assert!(store.run(run_id(number)).await.expect("read").is_some());
        }
    }
    store.close().await;
}

#[tokio::test]
async fn postgres_whose_lock_was_lost_to_another_ends_the_first() {
    let Some(server) = Server::start() else {
        tests::skip("of_one::postgres_whose_lock_was_lost", MISSING);
        return;
    };
    let database = OnServer(server.database());
    let first = database.open().await;
    let key = server.ask(
        "t0",
        "SELECT classid || ',' || objid FROM pg_locks WHERE locktype = 'advisory'",
    );
    let (high, low) = key.trim().split_once(',').expect("one lock");
    // It has the lock as soon as the first loses it, before the first can ask again.
    let take = format!("SELECT pg_advisory_lock(({high}::bigint << 32) + {low}), pg_sleep(600)");
    let mut other = server.client("t0", &take).spawn().expect("psql starts");
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    eventually("the other waits", BACK, async || {
        (server.ask("t0", waiting).trim() == "1").then_some(())
    })
    .await;
    server.ask(
        "t0",
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted",
    );
    assert_eq!(first.disturbed().await, Disturbance::Taken);
    let refused = first
        .ready()
        .await
        .expect_err("nothing is begun")
        .to_string();
    assert!(refused.contains("another portal"), "{refused}");
    first.close().await;
    other.kill().expect("it is ended");
    other.wait().expect("it is gone");
}
