//! A cancel reaches the agent by its open poll, and closes the target's sockets.

use crate::bench::{Agent, assert_whole, context, plan};
use crate::portal::Portal;
use model::EventBody;
use std::time::{Duration, Instant};
use tests::folder;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_cancel_closes_sockets_within_two_seconds() {
    let target = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = target.local_addr().expect("its number");
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(None, &[endpoint]));
    let mut run = plan("127.0.0.1", endpoint.port(), false);
    run.options.tcp_attempts = 1;
    let lease = portal.queue(run, None);
    // PRELOGIN comes, and is never answered.
    let mut stream = loop {
        let (mut stream, _) = target.accept().await.expect("a connection");
        let mut byte = [0; 1];
        if stream.read(&mut byte).await.is_ok_and(|read| read == 1) {
            break stream;
        }
    };
    portal
        .until("the first event", lease, |log| !log.events.is_empty())
        .await;
    let asked = Instant::now();
    portal.cancel(lease);
    let mut rest = Vec::new();
    // An end, or a reset: closed in either case.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    let log = portal.complete(lease).await;
    assert!(
        asked.elapsed() < Duration::from_secs(4),
        "{:?}",
        asked.elapsed()
    );
    assert_whole(&log);
    assert!(matches!(
        log.events.last().map(|event| &event.body),
        Some(EventBody::RunFinished { cancelled: true })
    ));
    agent.stop().await;
}
