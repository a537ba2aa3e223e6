//! Which runs are kept: the others go by themselves, and what was deleted leaves nothing behind.

use crate::support::{Fake, LONG, Portal, new_run, problem};
use model::RunId;
use model::api::NewRun;
use server::runs::{Keep, not_kept, retain};
use server::store::Retention;
use std::time::Duration;
use tests::eventually;

async fn ids(portal: &Portal) -> Vec<RunId> {
    let kept = portal.server.store().runs(&Default::default(), 100).await;
    kept.expect("a list").iter().map(|run| run.id).collect()
}

/// Waits until no row of a hidden run is left.
async fn until_swept(portal: &Portal) {
    eventually("the rows are gone", LONG, async || {
        let text = portal.get("/metrics").await.text().await.ok()?;
        let rows = text
            .lines()
            .find_map(|line| line.strip_prefix("linecheck_swept_rows_total "))?;
        // Creation, claim, three of the agent, settling, the finding, the run.
        (rows.parse::<u64>().ok()? >= 8).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_newest_stay_and_the_live_ones_too() {
    let portal = Portal::with(|config| {
        config.keep = Keep {
            days: None,
            runs: Some(3),
        };
        config.timing.retain = Duration::from_millis(20);
    })
    .await;
    let other = Fake::admitted(&portal.server, "two").await;
    let asked = NewRun {
        agents: vec![other.id],
        ..new_run("tcp:waits.example.test,1433")
    };
    let live = portal.api.create(&asked).await.expect("created").runs[0].id;
    let first = portal.completed().await;
    let second = portal.completed().await;
    let third = portal.completed().await;
    let fourth = portal.completed().await;
    eventually("one goes", LONG, async || {
        (!ids(&portal).await.contains(&first)).then_some(())
    })
    .await;
    let gone = portal.get(&format!("/api/runs/{first}")).await;
    problem(gone, 404, "no_such_run").await;
    assert_eq!(ids(&portal).await, [fourth, third, second, live]);
    until_swept(&portal).await;
}

#[tokio::test]
async fn old_runs_go_at_the_start_and_the_store_says_which_beforehand() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let store = portal.server.store();
    let young = Keep {
        days: Some(1),
        runs: None,
    };
    let now = chrono::Utc::now();
    let count = not_kept(store.as_ref(), &young.at(now)).await;
    assert_eq!(count.expect("counted"), 0);
    let later = young.at(now + chrono::TimeDelta::days(2));
    let count = not_kept(store.as_ref(), &later).await;
    assert_eq!(count.expect("counted"), 1);
    let none = Retention {
        made_before: None,
        most: Some(0),
    };
    assert_eq!(not_kept(store.as_ref(), &none).await.expect("counted"), 1);
    let hidden = retain(store.as_ref(), &later, Duration::ZERO).await;
    assert_eq!(hidden.expect("hidden"), 1);
    let gone = portal.get(&format!("/api/runs/{run}")).await;
    problem(gone, 404, "no_such_run").await;
    assert_eq!(store.sweep(10).await.expect("swept"), 0, "nothing is left");
}

#[tokio::test]
async fn a_deleted_run_is_gone_at_once_and_its_rows_soon_after() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let url = portal.url(&format!("/api/runs/{run}"));
    let request = portal.http.delete(&url);
    let request = request.header("content-type", "application/json");
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 204);
    assert!(ids(&portal).await.is_empty());
    until_swept(&portal).await;
    let left = portal.server.store().sweep(10).await.expect("swept");
    assert_eq!(left, 0, "nothing is left");
}
