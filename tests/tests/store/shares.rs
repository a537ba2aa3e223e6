//! Share links: what they show is frozen when their run settles.

use crate::support::{Database, at, change, created, own, run_id, settle};
use model::{EventBody, Redaction, RunState, ShareId};
use server::store::ShareRow;
use uuid::Uuid;

pub(crate) fn share(number: u8, run: u128) -> ShareRow {
    ShareRow {
        id: ShareId(Uuid::from_u128(5_000 + u128::from(number))),
        token_hash: [number; 32],
        run: run_id(run),
        redact: Redaction::Public,
        created_at: at(1),
        expires_at: at(100),
        last_seq: None,
        views: 0,
    }
}

pub(crate) async fn a_share_link_is_read_back_counted_and_revoked(database: &impl Database) {
    let store = database.open().await;
    assert!(
        !store.put_share(&share(1, 1)).await.expect("answered"),
        "no such run"
    );
    created(&*store, 1).await;
    created(&*store, 2).await;
    for one in [share(1, 1), share(2, 1), share(3, 2)] {
        assert!(store.put_share(&one).await.expect("written"));
    }
    store.close().await;
    let store = database.open().await;
    let read = store.share(&[1; 32]).await.expect("read");
    assert_eq!(read, Some(share(1, 1)));
    assert_eq!(store.share(&[9; 32]).await.expect("read"), None);
    let of_run = store.shares(run_id(1)).await.expect("a list");
    assert_eq!(of_run, [share(2, 1), share(1, 1)], "newest first");
    let views = (0..20).map(|_| store.count_view(share(1, 1).id));
    for counted in futures::future::join_all(views).await {
        counted.expect("counted");
    }
    let mut viewed = share(1, 1);
    viewed.views = 20;
    assert_eq!(
        store.delete_share(viewed.id).await.expect("revoked"),
        Some(viewed)
    );
    assert_eq!(store.share(&[1; 32]).await.expect("read"), None);
    assert_eq!(
        store.delete_share(share(1, 1).id).await.expect("answered"),
        None
    );
    store.count_view(share(1, 1).id).await.expect("no harm");
    store.close().await;
}

pub(crate) async fn a_share_link_is_frozen_where_its_run_settles_and_stays_so(
    database: &impl Database,
) {
    let store = database.open().await;
    let run = created(&*store, 1).await.id();
    created(&*store, 2).await;
    for one in [share(1, 1), share(2, 2)] {
        assert!(store.put_share(&one).await.expect("written"));
    }
    change(&*store, run, &[own(EventBody::CancelRequested)], |row| {
        row.state = RunState::Running;
    })
    .await;
    let seen = async |number| {
        let read = store.share(&[number; 32]).await.expect("read");
        read.expect("there").last_seq
    };
    assert_eq!(seen(1).await, None, "it follows the run");

    // Settled, but not committed: nothing is frozen.
    let mut tx = store.open(run).await.expect("opened").expect("there");
    tx.append(&[own(EventBody::AgentRestarted)])
        .await
        .expect("appended");
    drop(tx);
    assert_eq!(seen(1).await, None);
    let settled = settle(&*store, run).await;
    assert_eq!(settled.last_seq, 3);
    assert_eq!(seen(1).await, Some(3));
    assert_eq!(seen(2).await, None, "another run's");

    // Late events: the run goes on, what was shared does not.
    change(&*store, run, &[own(EventBody::AgentRestarted)], |row| {
        row.state = RunState::Running;
    })
    .await;
    assert!(store.put_share(&share(3, 1)).await.expect("written"));
    assert_eq!(settle(&*store, run).await.last_seq, 5);
    assert_eq!(seen(1).await, Some(3));
    assert_eq!(seen(3).await, Some(5));
    // Made when all is over: frozen from the start, by the store or by whoever made it.
    assert!(store.put_share(&share(4, 1)).await.expect("written"));
    assert_eq!(seen(4).await, Some(5));
    let earlier = ShareRow {
        last_seq: Some(4),
        ..share(5, 1)
    };
    assert!(store.put_share(&earlier).await.expect("written"));
    assert_eq!(seen(5).await, Some(4));
    store.close().await;
}

pub(crate) async fn a_link_made_while_its_run_settles_is_frozen_all_the_same(
    database: &impl Database,
) {
    let store = database.open().await;
    for number in 1..=10_u8 {
        let run = created(&*store, number.into()).await.id();
        let link = share(number, number.into());
        let (made, settled) = tokio::join!(store.put_share(&link), settle(&*store, run));
        assert!(made.expect("written"));
        let read = store.share(&link.token_hash).await.expect("read");
        assert_eq!(read.expect("there").last_seq, Some(settled.last_seq));
    }
    store.close().await;
}
