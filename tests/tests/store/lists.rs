//! Lists: order, pages, filters.

use crate::support::{Database, agent_id, at, change, create, created, finding, row, run_id};
use model::{Outcome, RunId, RunState};
use server::store::{Filter, Store};

pub(crate) async fn lists_are_newest_first_and_paged_by_key(database: &impl Database) {
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

pub(crate) async fn filters_take_prefixes_literally_and_in_any_case(database: &impl Database) {
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

async fn ids(store: &dyn Store, filter: &Filter, limit: u32) -> Vec<RunId> {
    let runs = store.runs(filter, limit).await.expect("a list");
    runs.iter().map(|run| run.id).collect()
}

pub(crate) async fn filters_together_and_pages_of_them(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=24_u128 {
        let mut row = row(number);
        row.plan.target.server = format!("tcp:DB{}.example.test,1433", number % 3);
        row.agent = agent_id(number % 2);
        create(&*store, &row, None, &[]).await;
        change(&*store, row.id(), &[], |row| {
            row.state = RunState::Completed;
            let bad = number % 4 == 0;
            row.outcome = Some(if bad { Outcome::Problem } else { Outcome::Ok });
            if bad {
                row.findings = vec![finding("tcp_refused"), finding("dns_slow")];
            }
        })
        .await;
    }
    let expect = |keep: fn(u128) -> bool| -> Vec<RunId> {
        (1..=24).rev().filter(|n| keep(*n)).map(run_id).collect()
    };
    let all = Filter {
        server: Some("db".into()),
        ..Filter::default()
    };
    assert_eq!(ids(&*store, &all, 50).await, expect(|_| true), "merged");
    let mut paged = Vec::new();
    loop {
        let filter = Filter {
            before: paged.last().copied(),
            ..all.clone()
        };
        let page = ids(&*store, &filter, 7).await;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expect(|_| true), "page by page");
    let narrow = Filter {
        server: Some("tcp:db1".into()),
        outcome: Some(Outcome::Problem),
        finding: Some("dns_slow".into()),
        agent: Some(agent_id(0)),
        since: Some(at(5)),
        until: Some(at(22)),
        ..Filter::default()
    };
    let expected = expect(|n| n % 3 == 1 && n % 4 == 0 && (5..22).contains(&n));
    assert_eq!(ids(&*store, &narrow, 50).await, expected);
    let by_finding = Filter {
        finding: Some("dns_slow".into()),
        before: Some(run_id(20)),
        since: Some(at(9)),
        ..Filter::default()
    };
    let expected = expect(|n| n % 4 == 0 && (9..20).contains(&n));
    assert_eq!(ids(&*store, &by_finding, 50).await, expected);

    assert!(store.hide_run(run_id(12)).await.expect("hidden"));
    for filter in [&all, &by_finding, &Filter::default()] {
        assert!(!ids(&*store, filter, 50).await.contains(&run_id(12)));
    }
    store.close().await;
}

pub(crate) async fn a_prefix_of_very_many_servers_finds_them_too(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=100 {
        created(&*store, number).await;
    }
    let filter = Filter {
        server: Some("DB".into()),
        ..Filter::default()
    };
    let newest: Vec<RunId> = (91..=100).rev().map(run_id).collect();
    assert_eq!(ids(&*store, &filter, 10).await, newest);
    let filter = Filter {
        server: Some("db1".into()),
        before: Some(run_id(100)),
        ..Filter::default()
    };
    let expected: Vec<RunId> = (1..=19)
        .rev()
        .filter(|n| *n == 1 || *n >= 10)
        .map(run_id)
        .collect();
    assert_eq!(ids(&*store, &filter, 50).await, expected);
    store.close().await;
}
