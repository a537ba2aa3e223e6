//! Many callers at once, in small numbers: `cargo xtask bench flood` has the large ones, and the figures.

use std::time::Duration;
use tests::flood::{Healthy, Seen, Slow, Stalled, Viewers, bad_requests};
use tests::ground::Ground;
use tests::hand::made_up;

/// Longer than anything here takes; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_sees_every_event_once_beside_readers_that_stopped() {
    let ground = Ground::start();
    let hand = ground.hand().await;
    let run = ground.run(hand.id, "tcp:192.0.2.1,1433").await;
    let claim = hand.claim().await;
    let events = made_up(3_000);
    let viewers = Viewers::open(ground.portal.address, run, 40).await;
    let stalled = Stalled::open(ground.portal.address, run, 10).await;
    for (batch, index) in events.chunks(500).zip(0..) {
        let first = index * 500 + 1;
        hand.post(&claim, first, batch).await.expect("stored");
    }
    let view = ground.portal.client().run(run).await.expect("the run");
    assert!(view.state.is_settled());
    let seen = viewers.finish(LONG).await;
    let wanted = Seen {
        last: view.last_seq,
        wrong: 0,
        ended: true,
    };
    assert_eq!(seen, vec![wanted; 40]);
    assert_eq!(stalled.count(), 10);
    // They hold nothing up, not even the end.
    drop(stalled);
    ground.portal.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_mean_ill_are_told_so_and_others_are_answered() {
    let ground = Ground::start();
    let address = ground.portal.address;
    let slow = Slow::open(address, 20, Duration::from_millis(10));
    let healthy = Healthy::start(address);
    let answers = bad_requests(address, 400, 16).await;
    assert!(!healthy.stop().await.is_empty());
    slow.close().await;
    assert_eq!(answers.values().sum::<usize>(), 400);
    // Nobody was let in, and nothing broke; some are cut before they can be told.
    assert!(
        answers
            .keys()
            .all(|status| *status == 0 || (400..500).contains(status)),
        "{answers:?}"
    );
    for (status, least) in [
        (400, 40),
        (401, 40),
        (403, 40),
        (404, 40),
        (413, 1),
        (422, 40),
    ] {
        let count = answers.get(&status).copied().unwrap_or_default();
        assert!(count >= least, "{status}: {answers:?}");
    }
    ground.portal.stop();
}
