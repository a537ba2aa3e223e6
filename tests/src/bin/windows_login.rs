//! One run that signs in by Kerberos, at a server of its own, in the environment that it was started in: the library
//! reads its configuration from there, so each case is a process.
//!
//! It prints `port N`, waits for a line, makes the run, and prints its events, one JSON a line.

use lab::{Lab, Scenario};
use model::{Options, Plan, PlanLogin, RunId, Target};
use probe::{Context, Policy};
use rustls::RootCertStore;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tests::heard::Heard;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = lab::Config {
        scenarios: vec![(Scenario::WindowsLogin, 0)],
        ..lab::Config::default()
    };
    let lab = Lab::start(config).await?;
    let port = lab.port(Scenario::WindowsLogin);
    println!("port {}", port.unwrap_or_default());
    std::io::stdin().read_line(&mut String::new())?;

    let mut trust = RootCertStore::empty();
    trust.add(lab.ca())?;
    let mut context = Context {
        policy: lab
            .endpoints()
            .into_iter()
            .fold(Policy::default(), Policy::exempt),
        trust: Arc::new(trust),
        ..Context::offline()
    };
    context.names.system = Arc::new(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()]));
    let plan = Plan {
        run: RunId(Uuid::new_v4()),
        target: Target {
            server: "tcp:localhost".to_owned(),
            host: "localhost".to_owned(),
            port,
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::Integrated,
        options: Options {
            connection_attempts: 2,
            attempt_delay_ms: 0,
            tls_versions: false,
            route_trace: false,
            ..Options::default()
        },
    };
    let heard = Heard::default();
    probe::run(&plan, None, &context, &heard, CancellationToken::new()).await;
    for event in heard.events() {
        println!("{}", serde_json::to_string(&event)?);
    }
    Ok(())
}
