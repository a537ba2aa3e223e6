//! Between hosts, with the programs as they are shipped: processes are killed, hosts are cut off, a clock is wrong. The
//! design's table of states holds each time, and what is stored is what the agent had on its disk, event by event.
//!
//! Two of each here; `cargo xtask bench drills` does more.

use chrono::{TimeDelta, Utc};
use lab::Scenario;
use model::{AgentEvent, AgentId, EventBody, Interruption, LeaseId, RunEvent, RunId, RunState};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::net::{PASSWORD, Program, Site};
use tests::portal::Portal;
use tests::process::Process;
use tests::{eventually, hand};
use tokio_util::sync::CancellationToken;

/// Connects of a run that lasts: so many, so far apart.
const CONNECTS: u32 = 100;
const APART_MS: u64 = 30;
/// Longest wait for something to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each blow falls.
fn blows() -> u32 {
    std::env::var("LINECHECK_DRILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2)
}

/// A wait of anything up to `most`, said aloud.
fn chance(blow: u32, most: Duration) -> Duration {
    let part = f64::from(u32::from(uuid::Uuid::new_v4().as_bytes()[0])) / 255.0;
    let wait = most.mul_f64(part);
    println!("blow {blow} after {wait:?}");
    wait
}

/// Keeps every spool file of an agent: the agent removes its own name of it when all is stored, not this one.
struct Spools {
    kept: PathBuf,
    watching: tokio::task::JoinHandle<()>,
}

impl Spools {
    fn watch(agent: &Path) -> Self {
        let (spool, kept) = (agent.join("spool"), agent.join("kept"));
        std::fs::create_dir_all(&kept).expect("a folder");
        let to = kept.clone();
        let watching = tokio::task::spawn(async move {
            loop {
                for entry in std::fs::read_dir(&spool).into_iter().flatten().flatten() {
                    // There already, or gone again: either is fine.
                    let _ = std::fs::hard_link(entry.path(), to.join(entry.file_name()));
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Self { kept, watching }
    }

    /// Whether the agent has begun to write this run down.
    fn has(&self, run: RunId) -> bool {
        self.of(run).is_some()
    }

    /// The one lease of a run, and its events.
    fn of(&self, run: RunId) -> Option<(LeaseId, Vec<AgentEvent>)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.kept).expect("the folder").flatten() {
            let text = std::fs::read_to_string(entry.path()).expect("read");
            let mut lines = text.lines();
            let heading: serde_json::Value = serde_json::from_str(lines.next()?).ok()?;
            if heading["run"] == json!(run) {
                let lease = serde_json::from_value(heading["lease"].clone()).expect("a lease");
                let events = lines.map(|line| serde_json::from_str(line).expect("an event"));
                found.push((lease, events.collect()));
            }
        }
        assert!(found.len() <= 1, "a run is leased once");
        found.pop()
    }

    /// Asserts that the portal's log of a run is what the agent wrote down.
    fn assert_equal(&self, run: RunId, log: &[RunEvent]) {
        let (lease, spooled) = self.of(run).expect("its spool file");
        hand::assert_holds(log, &spooled);
        let leases: Vec<_> = log
            .iter()
            .filter_map(|event| match event.body {
                EventBody::RunClaimed { lease } => Some(lease),
                _ => None,
            })
            .collect();
        assert_eq!(leases, [lease], "exactly one lease");
        let begun = |event: &&RunEvent| matches!(event.body, EventBody::RunStarted { .. });
        assert_eq!(log.iter().filter(begun).count(), 1, "probed once");
    }
}

impl Drop for Spools {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// How a run's settlements read, in order.
fn settlements(log: &[RunEvent]) -> Vec<(RunState, Option<Interruption>)> {
    log.iter()
        .filter_map(|event| match event.body {
            EventBody::RunSettled {
                state,
                interruption,
                ..
            } => Some((state, interruption)),
            _ => None,
        })
        .collect()
}

/// A run of some seconds at the lab's port.
fn long_run(site: &Site, agent: AgentId) -> serde_json::Value {
    let server = format!("tcp:{},1433", site.lab.address());
    let options = json!({"tcp_attempts": CONNECTS, "tcp_spacing_ms": APART_MS});
    site.request(agent, &server, options)
}

/// Waits until a run is well under way.
async fn under_way(spools: &Spools, run: RunId) {
    eventually("probing has begun", PATIENCE, async || {
        let (_, events) = spools.has(run).then(|| spools.of(run)).flatten()?;
        let connected =
            |event: &AgentEvent| matches!(event.body, EventBody::AttemptFinished { .. });
        events.iter().any(connected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_mid_run_comes_back_to_the_same_run() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_portal_killed", &reason);
    }
    let site = Site::of(&["agent-a"]);
    let paper = site.paper();
    let log_file = site.path("portal.log");
    let mut portal = Process::of(site.serve(&paper), &log_file);
    let operator = site.operator().await;
    let host = site.net.host("agent-a");
    site.enrol(&operator, &host).await;
    let agent = site.work(&host, &[]);
    let spools = Spools::watch(&site.path("agent-a"));
    let id = site.connected(&operator, &host).await.id;
    let _target = site.target(Scenario::Healthy).await;
    for blow in 1..=blows() {
        let run = site.start(&operator, long_run(&site, id)).await;
        under_way(&spools, run).await;
        // Whatever was acknowledged before the blow was stored: the agent's poster would not go back.
        tokio::time::sleep(chance(blow, Duration::from_millis(2_000))).await;
        let before = site.look(&operator, run).await.expect("the run").last_seq;
        portal.kill();
        portal = Process::of(site.serve(&paper), &log_file);
        let after = site.look(&operator, run).await.expect("the run").last_seq;
        assert!(after >= before, "{before} were stored, {after} are");
        let view = site
            .until(&operator, run, |view| view.state.is_settled())
            .await;
        assert_eq!(view.state, RunState::Completed, "downtime does not count");
        let log = site.log(&operator, run).await;
        spools.assert_equal(run, &log);
        assert_eq!(settlements(&log), [(RunState::Completed, None)]);
    }
    agent.kill();
    portal.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_hands_over_what_it_saw_and_says_that_it_restarted() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_agent_killed", &reason);
    }
    let site = Site::of(&["agent-a"]);
    let portal = Process::of(site.serve(&site.paper()), &site.path("portal.log"));
    let operator = site.operator().await;
    let host = site.net.host("agent-a");
    site.enrol(&operator, &host).await;
    let mut agent = site.work(&host, &[]);
    let spools = Spools::watch(&site.path("agent-a"));
    let id = site.connected(&operator, &host).await.id;
    let _target = site.target(Scenario::Healthy).await;
    for blow in 1..=blows() {
        let run = site.start(&operator, long_run(&site, id)).await;
        under_way(&spools, run).await;
        tokio::time::sleep(chance(blow, Duration::from_millis(1_500))).await;
        agent.kill();
        agent = site.work(&host, &[]);
        let view = site
            .until(&operator, run, |view| view.state.is_settled())
            .await;
        let expected = (RunState::Interrupted, Some(Interruption::AgentRestarted));
        assert_eq!((view.state, view.interruption), expected);
        let log = site.log(&operator, run).await;
        spools.assert_equal(run, &log);
        assert_eq!(settlements(&log), [expected]);
        let last = log.iter().rfind(|event| event.elapsed_us.is_some());
        assert_eq!(
            last.map(|event| &event.body),
            Some(&EventBody::AgentRestarted)
        );
    }
    agent.kill();
    portal.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_cut_off_for_20_s_lose_nothing_and_no_lease() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_agents_cut", &reason);
    }
    let names = ["agent-a", "agent-b"];
    let site = Site::of(&names);
    let portal = Process::of(site.serve(&site.paper()), &site.path("portal.log"));
    let operator = site.operator().await;
    let _target = site.target(Scenario::Healthy).await;
    let mut agents: Vec<(Program, Spools, AgentId)> = Vec::new();
    for name in names {
        let host = site.net.host(name);
        site.enrol(&operator, &host).await;
        let agent = site.work(&host, &[]);
        let spools = Spools::watch(&site.path(name));
        let id = site.connected(&operator, &host).await.id;
        agents.push((agent, spools, id));
    }
    // Both at once count as two.
    for _ in 0..blows().div_ceil(2) {
        let mut runs = Vec::new();
        for (_, spools, id) in &agents {
            let run = site.start(&operator, long_run(&site, *id)).await;
            under_way(spools, run).await;
            runs.push(run);
        }
        // The way to the portal only: the target stays in reach.
        for name in names {
            site.net.host(name).cut_from(site.portal.address());
        }
        // Nothing announces that time has passed.
        tokio::time::sleep(Duration::from_secs(20)).await;
        for name in names {
            site.net.host(name).mend();
        }
        for (run, (_, spools, _)) in runs.into_iter().zip(&agents) {
            let settled = |view: &model::RunView| view.state.is_settled();
            let view = site.until(&operator, run, settled).await;
            assert_eq!(view.state, RunState::Completed);
            let log = site.log(&operator, run).await;
            spools.assert_equal(run, &log);
            let completed = [(RunState::Completed, None)];
            assert_eq!(settlements(&log), completed, "the lease held");
        }
    }
    agents.into_iter().for_each(|(agent, _, _)| agent.kill());
    portal.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_cut_off_for_longer_than_a_lease_completes_its_run_after_all() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_agent_lost", &reason);
    }
    let site = Site::of(&["agent-a"]);
    let paper = site.paper();
    // A lease of 3 s: the portal and the agent inside this process, with waits a tenth as long.
    let mut config = tests::portal::config(&site.path("portal"));
    config.practice = false;
    config.agent = false;
    config.access = server::config::Access {
        password_hash: Some(server::access::Password::hash(PASSWORD).expect("a hash")),
        tls: server::config::Tls::Own {
            cert: paper.cert.clone(),
            key: paper.key.clone(),
        },
        public_url: Some(site.url().parse().expect("an address")),
        ..server::config::Access::default()
    };
    let portal = site
        .portal
        .inside(|| Portal::start_on(site.address(), config));
    let operator = site.operator().await;
    let host = site.net.host("agent-a");
    site.enrol(&operator, &host).await;
    let enrolment = agent::enrolment::load(&site.path("agent-a"))
        .expect("read")
        .expect("an enrolment");
    let usual = agent::Timing::default();
    let worker = agent::Config {
        portal_ca: enrolment.ca.map(String::into_bytes),
        timing: agent::Timing {
            heartbeat: usual.heartbeat / 10,
            poll_longest: usual.poll_longest / 10,
            retry_first: usual.retry_first / 10,
            retry_longest: usual.retry_longest / 10,
            ..usual
        },
        ..agent::Config::new(
            format!("https://{}", site.address()),
            enrolment.token,
            site.path("agent-a"),
        )
    };
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let working = host
        .runtime()
        .spawn(async move { agent::worker::run(worker, stopped).await });
    let spools = Spools::watch(&site.path("agent-a"));
    let id = site.connected(&operator, &host).await.id;
    let _target = site.target(Scenario::Healthy).await;
    for blow in 1..=blows() {
        let run = site.start(&operator, long_run(&site, id)).await;
        under_way(&spools, run).await;
        tokio::time::sleep(chance(blow, Duration::from_millis(1_000))).await;
        host.cut_from(site.portal.address());
        let lost = site
            .until(&operator, run, |view| view.state.is_settled())
            .await;
        let expected = (RunState::Interrupted, Some(Interruption::AgentLost));
        assert_eq!((lost.state, lost.interruption), expected);
        host.mend();
        let view = site
            .until(&operator, run, |view| view.state == RunState::Completed)
            .await;
        assert_eq!(view.interruption, None);
        assert!(view.verdict.is_some(), "judged anew");
        let log = site.log(&operator, run).await;
        spools.assert_equal(run, &log);
        assert_eq!(settlements(&log), [expected, (RunState::Completed, None)]);
    }
    stop.cancel();
    working.await.expect("it ends").expect("well");
    portal.stop();
}

/// The library that gives a program another clock.
pub(crate) fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|file| file.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_whose_clocks_are_hours_off_sign_in_and_their_times_are_the_portal_s() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_clock", &reason);
    }
    let Some(library) = faketime() else {
        return tests::skip("net_clock", "faketime is missing");
    };
    let wrong = BTreeMap::from([("agent-a", "+2h"), ("agent-b", "-2h")]);
    let names: Vec<&str> = wrong.keys().copied().collect();
    let site = Site::of(&names);
    let portal = Process::of(site.serve(&site.paper()), &site.path("portal.log"));
    let operator = site.operator().await;
    let _target = site.target(Scenario::Healthy).await;
    let mut agents = Vec::new();
    for (name, off) in wrong {
        let host = site.net.host(name);
        site.enrol(&operator, &host).await;
        let clock = [
            format!("LD_PRELOAD={}", library.display()),
            format!("FAKETIME={off}"),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ];
        let agent = site.work(&host, &clock);
        let spools = Spools::watch(&site.path(name));
        let view = site.connected(&operator, &host).await;
        let server = site.lab.address().to_string();
        let mut body = site.request(
            view.id,
            &format!("tcp:{server},1433"),
            json!({"tcp_attempts": 2, "trust_server_certificate": true}),
        );
        let purpose = seal::Purpose {
            user: lab::USER.to_owned(),
            host: server,
            port: Some(1433),
            trust_server_certificate: true,
            allow_clear_text: false,
        };
        body["auth"] = tests::net::sealed_auth(&view, lab::PASSWORD, purpose);
        let begun = Utc::now();
        let run = site.start(&operator, body).await;
        let view = site
            .until(&operator, run, |view| view.state.is_settled())
            .await;
        assert_eq!(view.state, RunState::Completed);
        let log = site.log(&operator, run).await;
        let codes: Vec<_> = view.findings.iter().map(|one| one.code.as_str()).collect();
        assert!(!codes.contains(&"secret_refused"), "{off}: {codes:?}");
        assert!(codes.contains(&"clock_wrong"), "{off}: {codes:?}");
        let signed_in = view.steps.iter().any(|step| {
            step.kind == model::StepKind::TdsLogin && step.state == model::StepState::Ok
        });
        assert!(signed_in, "{off}: {codes:?}");
        let (from, to) = (
            begun - TimeDelta::seconds(5),
            Utc::now() + TimeDelta::seconds(5),
        );
        for event in &log {
            assert!(event.at >= from && event.at <= to, "{off}: {event:?}");
        }
        spools.assert_equal(run, &log);
        agents.push(agent);
    }
    agents.into_iter().for_each(Program::kill);
    portal.kill();
}
