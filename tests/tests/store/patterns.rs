//! Counts: of settled runs that may be counted, by week, kind, agent and code.

use crate::support::{Database, at, change, finding, row, run_id};
use chrono::TimeDelta;
use model::{Outcome, RunState};
use server::store::{FindingCount, FirstRun, Store};

/// Settles a run with these findings, the first of them its verdict.
async fn found(store: &dyn Store, number: u128, outcome: Outcome, codes: &[&str]) {
    change(store, run_id(number), &[], |row| {
        row.state = RunState::Completed;
        row.outcome = Some(outcome);
        row.findings = codes.iter().map(|code| finding(code)).collect();
    })
    .await;
}

pub(crate) async fn findings_are_counted_of_settled_runs_that_may_be(database: &impl Database) {
    let store = database.open().await;
    for number in 1..=7 {
        let mut row = row(number);
        if number == 2 {
            row.plan.target.kind = "sql_database".into();
        }
        row.plan.options.usage_data = number != 3;
        let first = FirstRun {
            row,
            practice: number == 7,
            sealed: None,
            instance_sealed: None,
            entries: Vec::new(),
        };
        store.create_runs(&[first]).await.expect("created");
    }
    found(
        &*store,
        1,
        Outcome::Problem,
        &["redirect_blocked", "phase_slow"],
    )
    .await;
    found(&*store, 2, Outcome::Problem, &["redirect_blocked"]).await;
    found(&*store, 3, Outcome::Problem, &["redirect_blocked"]).await;
    found(&*store, 4, Outcome::Ok, &["healthy"]).await;
    found(&*store, 5, Outcome::Problem, &["deleted"]).await;
    store.hide_run(run_id(5)).await.expect("deleted");
    found(&*store, 7, Outcome::Problem, &["practised"]).await;

    let mut counts = store
        .counts(at(0) - TimeDelta::days(7))
        .await
        .expect("counts");
    assert_eq!(counts.runs.iter().map(|(_, runs)| runs).sum::<u64>(), 3);
    let week = counts.runs[0].0;
    assert_eq!(week, 2_967, "the week of 16 November 2026");
    counts
        .findings
        .sort_by(|a, b| (&a.code, &a.kind).cmp(&(&b.code, &b.kind)));
    let of = |kind: &str, code: &str, explains: u64| FindingCount {
        week,
        kind: kind.into(),
        agent: "one".into(),
        code: code.into(),
        found: 1,
        explains,
    };
    assert_eq!(
        counts.findings,
        [
            of("sql_server", "healthy", 0),
            of("sql_server", "phase_slow", 0),
            of("sql_database", "redirect_blocked", 1),
            of("sql_server", "redirect_blocked", 1),
        ]
    );
    let later = store.counts(at(100)).await.expect("counts");
    assert!(later.runs.is_empty() && later.findings.is_empty());
    store.close().await;
}
