//! Files beside a run's log: what is written down of them.

use crate::support::{Database, created, run_id};
use futures::future::join_all;
use model::{Artifact, ArtifactKind};
use server::store::PutArtifact;

fn artifact(number: u8) -> Artifact {
    Artifact {
        name: format!("NetworkTrace_20261121T1500{number:02}.pcapng"),
        bytes: u64::from(number) << 32,
        sha256: format!("{number:02x}").repeat(32),
        kind: ArtifactKind::NetworkTrace,
        left_out: false,
    }
}

pub(crate) async fn a_file_is_written_down_once_and_goes_with_its_run(database: &impl Database) {
    let store = database.open().await;
    let run = run_id(1);
    let put = async |store: &dyn server::store::Store, one: &Artifact| {
        store.put_artifact(run, one, 2).await.expect("answered")
    };
    assert_eq!(put(&*store, &artifact(1)).await, PutArtifact::NoRun);
    created(&*store, 1).await;
    created(&*store, 2).await;
    assert_eq!(put(&*store, &artifact(2)).await, PutArtifact::New);
    assert_eq!(put(&*store, &artifact(1)).await, PutArtifact::New);
    store.close().await;
    let store = database.open().await;
    assert_eq!(put(&*store, &artifact(1)).await, PutArtifact::Same);
    let other = Artifact {
        sha256: "ff".repeat(32),
        ..artifact(1)
    };
    assert_eq!(put(&*store, &other).await, PutArtifact::Other);
    assert_eq!(put(&*store, &artifact(3)).await, PutArtifact::TooMany);
    let all = store.artifacts(run).await.expect("a list");
    assert_eq!(all, [artifact(1), artifact(2)], "by name");
    assert_eq!(store.artifacts(run_id(2)).await.expect("a list"), []);

    assert!(store.hide_run(run).await.expect("hidden"));
    assert_eq!(store.artifacts(run).await.expect("a list"), []);
    while store.sweep(100).await.expect("swept") > 0 {}
    created(&*store, 1).await;
    assert_eq!(store.artifacts(run).await.expect("a list"), []);
    store.close().await;
}

pub(crate) async fn of_many_at_once_a_run_has_no_more_than_it_may(database: &impl Database) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    let files: Vec<_> = (0..12).map(|number| artifact(number % 6)).collect();
    let puts = files.iter().map(|one| store.put_artifact(run, one, 4));
    let answers: Vec<_> = join_all(puts)
        .await
        .into_iter()
        .map(|put| put.expect("answered"))
        .collect();
    let new = answers.iter().filter(|one| **one == PutArtifact::New);
    assert_eq!(new.count(), 4, "{answers:?}");
    assert_eq!(store.artifacts(run).await.expect("a list").len(), 4);
    store.close().await;
}
