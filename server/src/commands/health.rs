//! `health`: asks the portal on this host whether it can work. For containers, which bring no other program.

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use reqwest::Url;
use std::io::Write as _;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(4);

/// Ask the portal on this host whether it can work; exit code 0 when it can
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where it is [default: this host, at the port of --listen, with TLS or without]
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// The address that the portal listens on
    #[arg(
        long,
        value_name = "ADDR",
        env = "LINECHECK_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: String,
}

/// Asks.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let candidates = match arguments.url {
        Some(url) => vec![url],
        None => on_this_host(&arguments.listen)?,
    };
    let mut last = None;
    for url in candidates {
        match ask(url).await {
            Ok(answer) => return answer,
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("there is nowhere to ask")?.into())
}

fn on_this_host(listen: &str) -> anyhow::Result<Vec<Url>> {
    let port = listen
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse::<u16>().ok())
        .with_context(|| format!("{listen} has no port"))?;
    ["http", "https"]
        .iter()
        .map(|scheme| Ok(format!("{scheme}://127.0.0.1:{port}").parse()?))
        .collect()
}

/// Whether it can work; outside, that nobody answered.
async fn ask(url: Url) -> Result<anyhow::Result<()>, reqwest::Error> {
    // To this host itself there is nobody in between, and no certificate names 127.0.0.1.
    let is_here = url.host_str() == Some("127.0.0.1");
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .tls_danger_accept_invalid_certs(is_here)
        .build()?;
    let mut ready = url;
    ready.set_path("/readyz");
    let status = client.get(ready).send().await?.status();
    Ok(said(status))
}

fn said(status: reqwest::StatusCode) -> anyhow::Result<()> {
    ensure!(
        status.is_success(),
        "the portal cannot work: it answered {status}"
    );
    if writeln!(std::io::stdout(), "ready").is_err() {
        bail!("nobody reads the answer");
    }
    Ok(())
}
