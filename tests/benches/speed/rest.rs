//! An agent that waits for work: its memory, and its share of a core.

use crate::table::Table;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::process::{Process, resident};
use tests::{eventually, tools};

/// Until what happens only at the start is over.
const SETTLE: Duration = Duration::from_secs(10);
/// A tick of the kernel's counter is 10 ms: long enough that one is a sixth of what is allowed.
const WATCH: Duration = Duration::from_secs(60);
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) async fn measure(table: &mut Table) {
    let folder = tests::folder();
    let log = folder.path().join("log");
    let data = folder.path().join("agent");
    let portal = Process::start(&folder.path().join("portal"), &log, &["--no-agent"]);
    enrol(&portal.url, &data).await;
    let mut agent = start(&data, &log);
    let api = client::Portal::new(&portal.url).expect("a client");
    eventually("the agent is there", Duration::from_secs(20), async || {
        let agents = api.agents().await.ok()?;
        let there = |one: &model::api::AgentView| one.state == model::api::AgentState::Connected;
        agents.iter().any(there).then_some(())
    })
    .await;
    tokio::time::sleep(SETTLE).await;
    let (before, start) = (ticks(agent.id()), Instant::now());
    tokio::time::sleep(WATCH).await;
    let (after, lasted) = (ticks(agent.id()), start.elapsed().as_secs_f64());
    match (before, after, resident(agent.id())) {
        (Some(before), Some(after), Some(bytes)) => {
            let memory = bytes as f64 / f64::from(1 << 20);
            table.most("agent at rest, memory", 15.0, "MiB", memory);
            let share = (after - before) as f64 / TICKS_PER_SECOND / lasted * 100.0;
            table.most("agent at rest, share of a core", 0.1, "%", share);
        }
        _ => table.note("agent at rest", "this system does not tell"),
    }
    agent.kill().expect("it can be killed");
    agent.wait().expect("it is gone");
    portal.terminate();
}

async fn enrol(portal: &str, data: &Path) {
    let answer = reqwest::Client::new()
        .post(format!("{portal}/api/agents/enrolments"))
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .expect("an answer");
    let enrolment: serde_json::Value = answer.json().await.expect("an enrolment");
    let token = enrolment["token"].as_str().expect("a token");
    let enrolled = Command::new(tools::program("linecheck-agent"))
        .args(["enroll", "--portal", portal, "--token", token, "--data-dir"])
        .arg(data)
        .stdout(Stdio::null())
        .status()
        .expect("it starts");
    assert!(enrolled.success(), "the agent is enrolled");
}

fn start(data: &Path, log: &Path) -> Child {
    let log = File::options().append(true).open(log).expect("the log");
    Command::new(tools::program("linecheck-agent"))
        .args(["run", "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it starts")
}

/// Time on a processor, its own and the kernel's for it, where the system tells (Linux).
pub(crate) fn ticks(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may hold anything; the fields after it do not. The first is the third.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
