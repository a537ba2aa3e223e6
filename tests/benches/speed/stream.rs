//! From an event being handed in to a viewer having it.
//!
//! The clock starts before the agent's call, so storing it durably is part of the figure: it is an upper bound
//! of "stored to received".

use crate::table::{Table, ms, percentile};
use std::time::{Duration, Instant};
use tests::ground::Ground;
use tests::hand::made_up;

const RATE: Duration = Duration::from_millis(10);
const EVENTS: u64 = 1_000;

pub(crate) async fn measure(table: &mut Table) {
    let ground = Ground::start();
    let hand = ground.hand().await;
    let client = ground.portal.client();
    let run = ground.run(hand.id, "tcp:192.0.2.1,1433").await;
    let claim = hand.claim().await;
    let events = made_up(EVENTS);

    let mut stream = client.events(run, 0);
    let viewer = tokio::spawn(async move {
        let mut received = Vec::new();
        while let Ok(Some(event)) = stream.next().await {
            if event.elapsed_us.is_some() {
                received.push(Instant::now());
            }
        }
        received
    });
    let mut sent = Vec::new();
    let mut due = tokio::time::interval(RATE);
    for (event, n) in events.chunks(1).zip(1..) {
        due.tick().await;
        sent.push(Instant::now());
        hand.post(&claim, n, event).await.expect("it is stored");
    }
    let received = viewer.await.expect("the viewer");
    assert_eq!(received.len(), sent.len(), "every event was received");
    let mut times: Vec<f64> = sent
        .iter()
        .zip(&received)
        .map(|(sent, received)| ms(received.duration_since(*sent)))
        .collect();
    let name = "event handed in → received by a viewer, 100 a second";
    table.most(
        &format!("{name}, p50"),
        20.0,
        "ms",
        percentile(&mut times, 50),
    );
    table.most(
        &format!("{name}, p99"),
        100.0,
        "ms",
        percentile(&mut times, 99),
    );
    ground.portal.stop();
}
