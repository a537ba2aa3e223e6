//! An agent's files: with the portal before the run settles, or by the next process when this one is ended.

#![cfg(target_os = "linux")]

use crate::bench::{Agent, config, context, spool};
use model::api::NewRun;
use model::{Options, RunId, RunState};
use server::{Config, Timing};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tests::relay::Relay;
use tests::{eventually, folder};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(20);

/// Whether packets can be recorded here.
fn may_record() -> bool {
    let sets = rustix::thread::capabilities(None).expect("the capabilities");
    sets.effective
        .contains(rustix::thread::CapabilitySet::NET_RAW)
}

async fn serve(dir: &Path) -> server::Portal {
    let config = Config {
        agent: false,
        timing: Timing {
            drain: Duration::from_millis(500),
            ..Timing::default()
        },
        ..Config::new(dir)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    server::start(config, listener).await.expect("started")
}

/// A target that takes connections and says nothing, so that the run lasts for as long as it waits.
async fn silent() -> SocketAddr {
    let target = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = target.local_addr().expect("its number");
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = target.accept().await {
            kept.push(stream);
        }
    });
    endpoint
}

struct Bench {
    portal: client::Portal,
    server: server::Portal,
    link: Relay,
    target: SocketAddr,
    admitted: server::agents::Admitted,
    dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let dir = folder();
        let server = serve(&dir.path().join("portal")).await;
        let admitted = server.admit("far", "a-key", "a-fingerprint").await;
        Self {
            portal: client::Portal::new(&server.url()).expect("an address"),
            link: Relay::to(server.address).await,
            server,
            target: silent().await,
            admitted: admitted.expect("admitted"),
            dir,
        }
    }

    fn home(&self) -> std::path::PathBuf {
        self.dir.path().join("agent")
    }

    fn agent(&self) -> Agent {
        let mut config = config(
            self.link.address,
            &self.home(),
            context(None, &[self.target]),
        );
        config.token.clone_from(&self.admitted.token);
        Agent::start_with(config)
    }

    async fn ask(&self, prelogin_timeout_ms: u64) -> RunId {
        let asked = NewRun {
            server: format!("tcp:localhost,{}", self.target.port()),
            options: Options {
                network_trace: true,
                tcp_attempts: 2,
                tcp_spacing_ms: 5,
                prelogin_timeout_ms,
                ..Options::default()
            },
            agents: vec![self.admitted.id],
            ..serde_json::from_value(serde_json::json!({"server": "x"})).expect("a new run")
        };
        let created = self.portal.create(&asked).await.expect("created");
        created.runs[0].id
    }

    async fn until_completed(&self, run: RunId) {
        eventually("the run is completed", PATIENCE, async || {
            let view = self.portal.run(run).await.ok()?;
            (view.state == RunState::Completed).then_some(())
        })
        .await;
    }

    async fn bundled(&self, run: RunId) -> bundle::Bundle {
        use futures::StreamExt as _;
        let mut zip = Vec::new();
        let mut pieces = std::pin::pin!(self.portal.zip(run).await.expect("an archive"));
        while let Some(piece) = pieces.next().await {
            zip.extend(piece.expect("a piece"));
        }
        bundle::open(&zip, &bundle::Limits::default()).expect("taken")
    }
}

#[tokio::test]
async fn a_trace_is_with_the_portal_when_its_run_settles() {
    if !may_record() {
        return tests::skip("agent_flow_trace", "this process may not record packets");
    }
    let bench = Bench::new().await;
    let agent = bench.agent();
    let run = bench.ask(20).await;
    bench.until_completed(run).await;
    let view = bench.portal.run(run).await.expect("the run");
    assert_eq!(view.artifacts.len(), 1);
    let name = &view.artifacts[0].name;
    let bundle = bench.bundled(run).await;
    assert_eq!(bundle.files[name].len() as u64, view.artifacts[0].bytes);
    eventually("nothing is left in the spool", PATIENCE, async || {
        spool(&bench.home()).is_empty().then_some(())
    })
    .await;
    agent.stop().await;
    bench.server.shutdown().await;
}

#[tokio::test]
async fn what_one_process_recorded_the_next_one_hands_over() {
    if !may_record() {
        return tests::skip("agent_flow_trace", "this process may not record packets");
    }
    let bench = Bench::new().await;
    let first = bench.agent();
    let run = bench.ask(1_000).await;
    eventually("it runs", PATIENCE, async || {
        let view = bench.portal.run(run).await.ok()?;
        (view.state == RunState::Running).then_some(())
    })
    .await;
    bench.link.cut();
    eventually("the last event is on the disk", PATIENCE, async || {
        let log = spool(&bench.home())
            .into_iter()
            .find(|path| path.extension().is_some_and(|end| end == "jsonl"))?;
        let text = std::fs::read_to_string(log).ok()?;
        text.contains("run_finished").then_some(())
    })
    .await;
    first.stop().await;
    assert_eq!(spool(&bench.home()).len(), 2, "the log, and the file");
    // What a process that was killed while it wrote leaves behind.
    let lost = bench.home().join("spool").join(format!("{run}.x.part"));
    std::fs::write(&lost, "half").expect("written");
    assert!(
        bench
            .portal
            .run(run)
            .await
            .expect("the run")
            .artifacts
            .is_empty()
    );

    bench.link.mend();
    let second = bench.agent();
    bench.until_completed(run).await;
    let view = bench.portal.run(run).await.expect("the run");
    assert_eq!(view.artifacts.len(), 1);
    assert_eq!(bench.bundled(run).await.run.artifacts, view.artifacts);
    eventually("nothing is left in the spool", PATIENCE, async || {
        spool(&bench.home()).is_empty().then_some(())
    })
    .await;
    second.stop().await;
    bench.server.shutdown().await;
}
