//! An agent that the portal removed stops at once: its runs end, what they saw stays on its disk.

use crate::bench::{Agent, context, plan, spool};
use crate::portal::Portal;
use model::{AgentEvent, EventBody};
use std::time::{Duration, Instant};
use tests::folder;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_removed_agent_ends_its_runs_keeps_its_spool_and_says_why() {
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
    let removed = Instant::now();
    portal.remove_agent();
    let _ = stream.read_to_end(&mut Vec::new()).await;
    let ended = agent.ended().await;
    assert!(removed.elapsed() < Duration::from_secs(5));
    let Err(error @ agent::Error::Removed) = ended else {
        panic!("it ended otherwise: {ended:?}");
    };
    assert!(error.to_string().contains("enroll --replace"), "{error}");
    let files = spool(dir.path());
    let [file] = files.as_slice() else {
        panic!("one lease is spooled: {files:?}");
    };
    let text = std::fs::read_to_string(file).expect("the spool");
    let last: AgentEvent =
        serde_json::from_str(text.lines().last().expect("a line")).expect("an event");
    assert_eq!(last.body, EventBody::RunFinished { cancelled: true });
}

#[tokio::test]
async fn a_401_that_is_not_the_portal_s_is_waited_out() {
    use axum::http::StatusCode;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let between = axum::Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { (StatusCode::UNAUTHORIZED, "sign in to this network first") }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    tokio::spawn(async move { axum::serve(listener, between).await });
    let dir = folder();
    let agent = Agent::start(address, dir.path(), context(None, &[]));
    tests::eventually("it asks again", Duration::from_secs(20), async || {
        (asked.load(Ordering::Relaxed) > 10).then_some(())
    })
    .await;
    agent.stop().await;
}
