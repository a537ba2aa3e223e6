//! What holding connections costs an agent: fifty of the idle ladder, a third of them asked a query now and then, and a
//! heartbeat beside them.

use crate::rest::ticks;
use crate::table::Table;
use lab::Scenario;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::process::resident;
use tests::tools;

/// In three lanes: 51 connections.
const RUNGS: u64 = 17;
/// Until all are open and what happens only at the start is over.
const SETTLE: Duration = Duration::from_secs(20);
const WATCH: Duration = Duration::from_secs(60);
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) async fn measure(table: &mut Table) {
    let folder = tests::folder();
    let config = lab::Config {
        scenarios: vec![(Scenario::Healthy, 0)],
        ..lab::Config::default()
    };
    let lab = lab::Lab::start(config).await.expect("the lab starts");
    let port = lab.port(Scenario::Healthy).expect("it is offered here");
    let roots = folder.path().join("ca.pem");
    std::fs::write(&roots, lab.ca_pem()).expect("written");
    let mut agent = start(port, &roots);
    tokio::time::sleep(SETTLE).await;
    let (before, begun) = (ticks(agent.id()), Instant::now());
    tokio::time::sleep(WATCH).await;
    let (after, lasted) = (ticks(agent.id()), begun.elapsed().as_secs_f64());
    let name = "agent that holds 51 idle connections and a heartbeat";
    let logins = lab.counter(Scenario::Healthy).logins;
    assert!(logins > RUNGS * 3, "all are open: {logins} logins");
    let queries = lab.counter(Scenario::Healthy).requests;
    assert!(queries >= WATCH.as_secs(), "it beats: {queries} queries");
    match (before, after, resident(agent.id())) {
        (Some(before), Some(after), Some(bytes)) => {
            let memory = bytes as f64 / f64::from(1 << 20);
            table.most(&format!("{name}, memory"), 40.0, "MiB", memory);
            let share = (after - before) as f64 / TICKS_PER_SECOND / lasted * 100.0;
            table.most(&format!("{name}, share of a core"), 2.0, "%", share);
        }
        _ => table.note(name, "this system does not tell"),
    }
    agent.kill().expect("it can be killed");
    agent.wait().expect("it is gone");
}

/// A run with no portal whose ladder outlasts the measuring.
fn start(port: u16, roots: &std::path::Path) -> Child {
    let rungs: Vec<_> = (0..RUNGS).map(|rung| format!("{}s", 120 + rung)).collect();
    Command::new(tools::program("linecheck-agent"))
        .args(["check", "--server", &format!("tcp:localhost,{port}")])
        .args(["--user", lab::USER, "--password-env", "PASSWORD"])
        .args(["--allow", "127.0.0.1:1-65535", "--allow", "[::1]:1-65535"])
        .args(["--no-files", "--json", "--no-further-checks"])
        .args(["--idle-ladder", &rungs.join(","), "--heartbeat", "5min"])
        .arg("--trust")
        .arg(roots)
        .env("PASSWORD", lab::PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts")
}
