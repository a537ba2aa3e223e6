//! Runs, their logs and what hangs on them.

use crate::support::{
    Database, agent_id, agents, at, change, create, created, finding, hold, lease, own, row,
    run_id, seqs,
};
use futures::FutureExt as _;
use model::{AgentEvent, EventBody, GroupId, Outcome, RunState};
use server::store::{Entry, Filter, FirstRun, Lease, LiveRun, Tail};
use uuid::Uuid;

pub(crate) async fn a_run_is_read_back_as_it_was_written(database: &impl Database) {
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

pub(crate) async fn numbers_are_given_without_gaps_and_kept_over_a_restart(
    database: &impl Database,
) {
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

pub(crate) async fn a_change_that_is_not_committed_has_not_happened(database: &impl Database) {
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

pub(crate) async fn changes_of_one_run_wait_for_each_other(database: &impl Database) {
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

pub(crate) async fn a_lease_is_unique_and_so_are_its_numbers(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
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

pub(crate) async fn a_secret_is_kept_until_the_run_is_settled(database: &impl Database) {
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

pub(crate) async fn live_runs_are_those_that_are_not_settled(database: &impl Database) {
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

pub(crate) async fn large_logs_are_read_in_pages(database: &impl Database) {
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

pub(crate) async fn runs_of_a_group_are_made_together_or_not_at_all(database: &impl Database) {
    let store = database.open().await;
    let group = GroupId(Uuid::from_u128(77));
    let of_group = |number| {
        let mut row = row(number);
        row.group = Some(group);
        row.agent = agent_id(number);
        FirstRun {
            row,
            practice: false,
            sealed: Some(format!("for{number}")),
            instance_sealed: Some(format!("instance{number}")),
            entries: vec![own(EventBody::CancelRequested)],
        }
    };
    assert_eq!(store.group(group).await.expect("read"), []);
    store
        .create_runs(&[of_group(2), of_group(1)])
        .await
        .expect("created");
    let members = store.group(group).await.expect("read");
    assert_eq!(members, [run_id(1), run_id(2)], "by id");
    let second = store.run(run_id(2)).await.expect("read").expect("there");
    assert_eq!(second.group, Some(group));
    let sealed = store.sealed(run_id(2)).await.expect("read");
    assert_eq!(sealed.as_deref(), Some("for2"));
    let instance = store.instance_sealed(run_id(2)).await.expect("read");
    assert_eq!(instance.as_deref(), Some("instance2"));

    // One of them is there already: none is made.
    let refused = store.create_runs(&[of_group(3), of_group(2)]).await;
    assert!(refused.is_err());
    assert_eq!(store.run(run_id(3)).await.expect("read"), None);
    assert!(store.hide_run(run_id(1)).await.expect("hidden"));
    assert_eq!(store.group(group).await.expect("read"), [run_id(2)]);
    store.close().await;
}

pub(crate) async fn whoever_waited_for_a_run_sees_all_that_hangs_on_it(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    change(&*store, run, &[], |row| row.lease = hold(lease(1))).await;
    let first = store.open(run).await.expect("opened").expect("there");
    let second = async {
        let second = store.open(run).await.expect("opened").expect("there");
        second.row().lease.expect("held").acked
    };
    let commit = async {
        let mut row = first.row().clone();
        row.lease.as_mut().expect("held").acked = 5;
        first.commit(row).await.expect("committed");
    };
    // The second asks while the first holds the run: it must not have looked at the lease before it waited.
    let (acked, ()) = tokio::join!(second, commit);
    assert_eq!(acked, 5);
    store.close().await;
}

pub(crate) async fn fifty_writers_of_one_log_leave_no_gap(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let writers = (1..=50).map(|n| {
        let store = &store;
        async move {
            let mut tx = store.open(run).await.expect("opened").expect("there");
            let seq = tx.append(&[agents(lease(1), n)]).await.expect("appended");
            let row = tx.row().clone();
            tx.commit(row).await.expect("committed");
            seq
        }
    });
    let mut given = futures::future::join_all(writers).await;
    given.sort_unstable();
    assert_eq!(given, (2..=51).collect::<Vec<u64>>());
    let log = store.events(run, 0, 100).await.expect("read");
    assert_eq!(seqs(&log), (1..=51).collect::<Vec<u64>>());
    store.close().await;
}

pub(crate) async fn text_that_a_database_does_not_know_harms_nothing(database: &impl Database) {
    let store = database.open().await;
    let mut odd = row(1);
    odd.agent_name = "a\0b".into();
    odd.plan.target.database = "it's; \u{202e}\0".into();
    create(&*store, &odd, None, &[own(EventBody::CancelRequested)]).await;
    change(&*store, odd.id(), &[], |row| {
        row.findings = vec![finding("a\0b")];
    })
    .await;
    let read = store.run(odd.id()).await.expect("read").expect("there");
    assert_eq!(read.plan, odd.plan, "the plan is kept as it was");
    for filter in [
        Filter {
            server: Some("db\0".into()),
            ..Filter::default()
        },
        Filter {
            finding: Some("'; DROP TABLE runs; --\0".into()),
            ..Filter::default()
        },
    ] {
        assert_eq!(store.runs(&filter, 10).await.expect("a list"), []);
    }
    store.close().await;
}
