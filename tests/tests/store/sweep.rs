//! Runs that go: hidden at once, swept away some rows at a time.

use crate::support::{
    Database, agents, at, change, create, created, finding, lease, row, run_id, settle,
};
use model::{RunId, ShareId};
use server::store::{Filter, Lease, Retention, Store};

pub(crate) async fn a_deleted_run_leaves_nothing(database: &impl Database) {
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

async fn left(store: &dyn Store) -> Vec<RunId> {
    let runs = store.runs(&Filter::default(), 100).await.expect("a list");
    runs.iter().rev().map(|run| run.id).collect()
}

pub(crate) async fn only_settled_runs_beyond_what_is_kept_are_hidden(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=8 {
        created(&*store, number).await;
        if number != 2 {
            settle(&*store, run_id(number)).await;
        }
    }
    let nothing = Retention::default();
    assert_eq!(store.hide_runs(&nothing, 10).await.expect("hidden"), 0);
    let by_age = Retention {
        made_before: Some(at(4)),
        most: None,
    };
    assert_eq!(store.hide_runs(&by_age, 1).await.expect("hidden"), 1);
    assert_eq!(
        left(&*store).await,
        [2, 3, 4, 5, 6, 7, 8].map(run_id),
        "oldest first"
    );
    assert_eq!(store.hide_runs(&by_age, 10).await.expect("hidden"), 1);
    assert_eq!(
        left(&*store).await,
        [2, 4, 5, 6, 7, 8].map(run_id),
        "2 still runs"
    );
    let by_count = Retention {
        made_before: None,
        most: Some(3),
    };
    assert_eq!(store.hide_runs(&by_count, 10).await.expect("hidden"), 2);
    assert_eq!(left(&*store).await, [2, 6, 7, 8].map(run_id));
    assert_eq!(store.hide_runs(&by_count, 10).await.expect("hidden"), 0);
    store.close().await;
}

pub(crate) async fn a_sweep_takes_no_more_rows_than_it_may(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=3 {
        let row = row(number);
        let entries: Vec<_> = (1..=40).map(|n| agents(lease(number), n)).collect();
        create(&*store, &row, None, &entries).await;
        settle(&*store, row.id()).await;
    }
    for number in 1..=2 {
        assert!(store.hide_run(run_id(number)).await.expect("hidden"));
    }
    assert!(store.open(run_id(1)).await.expect("answered").is_none());
    let mut gone = Vec::new();
    loop {
        let some = store.sweep(25).await.expect("swept");
        if some == 0 {
            break;
        }
        gone.push(some);
    }
    // Two runs of 41 events each.
    assert_eq!(gone, [25, 25, 25, 9]);
    assert_eq!(
        store.events(run_id(3), 0, 100).await.expect("read").len(),
        41
    );
    store.close().await;
}

pub(crate) async fn a_hidden_run_takes_its_share_links_along(database: &impl Database) {
    let store = database.open().await;
    created(&*store, 1).await;
    let share = crate::shares::share(1, 1);
    assert!(store.put_share(&share).await.expect("written"));
    store.hide_run(run_id(1)).await.expect("hidden");
    assert_eq!(store.share(&share.token_hash).await.expect("read"), None);
    assert_eq!(store.shares(run_id(1)).await.expect("read"), []);
    let other = crate::shares::share(2, 1);
    assert!(
        !store.put_share(&other).await.expect("answered"),
        "no such run"
    );
    while store.sweep(100).await.expect("swept") > 0 {}
    let gone: ShareId = share.id;
    assert_eq!(store.delete_share(gone).await.expect("answered"), None);
    store.close().await;
}
