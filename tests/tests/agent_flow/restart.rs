//! The agent's process is killed: the next one hands over what was seen, says so, and probes nothing again.

use crate::bench::{Agent, assert_whole, context, plan, spool};
use crate::portal::{Portal, TOKEN};
use model::EventBody;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tests::relay::Relay;
use tests::{eventually, folder, tools};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(20);

/// A target that accepts, counts and says nothing.
async fn silent_target() -> (SocketAddr, Arc<AtomicUsize>) {
    let target = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = target.local_addr().expect("its number");
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = target.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            kept.push(stream);
        }
    });
    (endpoint, connections)
}

fn process(portal: SocketAddr, dir: &Path, target: SocketAddr) -> Child {
    let token = dir.join("token");
    std::fs::write(&token, TOKEN).expect("written");
    Command::new(tools::program("linecheck-agent"))
        .args([
            "run",
            "--portal",
            &format!("http://{portal}"),
            "--token-file",
        ])
        .arg(token)
        .arg("--data-dir")
        .arg(dir.join("agent"))
        .args(["--allow", &target.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the agent starts")
}

#[tokio::test]
async fn a_killed_agent_hands_over_what_it_saw_and_probes_nothing_again() {
    let (target, connections) = silent_target().await;
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let link = Relay::to(address).await;
    let mut first = process(link.address, dir.path(), target);
    let mut run = plan("127.0.0.1", target.port(), false);
    run.options.tcp_attempts = 100;
    run.options.tcp_spacing_ms = 50;
    let lease = portal.queue(run, None);
    portal
        .until("the first event", lease, |log| !log.events.is_empty())
        .await;
    link.cut();
    let stored = portal.log(lease).events;
    // Some of what it saw is on its disk alone when it dies.
    let home = dir.path().join("agent");
    eventually("more is on disk", PATIENCE, async || {
        // The heading is a line, too.
        let lines = |path| std::fs::read_to_string(path).map_or(0, |text| text.lines().count());
        let spooled: usize = spool(&home).iter().map(lines).sum();
        (spooled > stored.len() + 4).then_some(())
    })
    .await;
    first.start_kill().expect("killed");
    first.wait().await.expect("gone");
    // A torn last line, as a write that was cut short leaves it.
    let path = spool(&home).pop().expect("a spool file");
    let mut text = std::fs::read(&path).expect("read");
    text.extend_from_slice(b"{\"at\":\"2026-");
    std::fs::write(&path, &text).expect("written");
    // Connections are taken in their order: with ours, all of the agent's are counted.
    let before = connections.load(Ordering::Relaxed);
    let _ours = TcpStream::connect(target).await.expect("connects");
    eventually("ours is counted", PATIENCE, async || {
        (connections.load(Ordering::Relaxed) > before).then_some(())
    })
    .await;
    let connected = connections.load(Ordering::Relaxed);

    link.mend();
    let mut second = process(link.address, dir.path(), target);
    let log = portal.complete(lease).await;
    assert_whole(&log);
    assert_eq!(
        log.events[..stored.len()],
        stored[..],
        "what was stored stays"
    );
    assert_eq!(
        log.events.last().map(|event| &event.body),
        Some(&EventBody::AgentRestarted)
    );
    assert!(
        log.events.len() > stored.len() + 1,
        "what was on disk alone came too"
    );
    // A run after it shows that the agent works; the old one was not taken up again.
    let mut other = plan("127.0.0.1", target.port(), false);
    other.options.tcp_attempts = 1;
    other.options.prelogin_timeout_ms = 1;
    let next = portal.complete(portal.queue(other, None)).await;
    assert_whole(&next);
    assert_eq!(connections.load(Ordering::Relaxed), connected + 1);
    // Its file goes once the portal has said that it has the last event.
    eventually("nothing is left on disk", PATIENCE, async || {
        spool(&home).is_empty().then_some(())
    })
    .await;
    second.start_kill().expect("killed");
    second.wait().await.expect("gone");
}

#[tokio::test]
async fn a_stopped_agent_leaves_its_runs_to_the_next_one() {
    let (target, _) = silent_target().await;
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(None, &[target]));
    let lease = portal.queue(plan("127.0.0.1", target.port(), false), None);
    portal
        .until("the first event", lease, |log| !log.events.is_empty())
        .await;
    agent.stop().await;
    assert_eq!(spool(dir.path()).len(), 1);
    let agent = Agent::start(address, dir.path(), context(None, &[target]));
    let log = portal.complete(lease).await;
    assert_whole(&log);
    assert_eq!(
        log.events.last().map(|event| &event.body),
        Some(&EventBody::AgentRestarted)
    );
    agent.stop().await;
}

#[tokio::test]
async fn two_agents_do_not_share_a_folder() {
    let dir = folder();
    let (portal, address) = Portal::start().await;
    let agent = Agent::start(address, dir.path(), context(None, &[]));
    eventually("the first one is there", PATIENCE, async || {
        (portal.heartbeats() > 0).then_some(())
    })
    .await;
    let config = crate::bench::config(address, dir.path(), context(None, &[]));
    let second = agent::worker::run(config, Default::default()).await;
    assert!(matches!(second, Err(agent::Error::InUse(_))), "{second:?}");
    agent.stop().await;
}
