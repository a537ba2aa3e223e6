//! The agent's program: reads its arguments, sets the process up, works until it is told to stop.

use agent::{Config, worker};
use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use probe::Allow;
use std::io::Write as _;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Makes Linecheck's runs on this host.
#[derive(Debug, Parser)]
#[command(name = "linecheck-agent", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Asks a portal for runs and makes them, until it is told to stop.
    Run(Run),
}

#[derive(Debug, Args)]
struct Run {
    /// Where the portal is, for example https://portal.example.net
    #[arg(long, env = "LINECHECK_PORTAL", value_name = "URL")]
    portal: String,
    /// File that holds the agent's token, readable by its owner only
    #[arg(long, env = "LINECHECK_TOKEN_FILE", value_name = "FILE")]
    token_file: PathBuf,
    /// The agent's own folder: key, spool, what it remembers
    #[arg(long, env = "LINECHECK_AGENT_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// Lets runs connect to more than the built-in rules do: ADDRESS[/PREFIX][:PORT[-PORT]]; may be repeated
    #[arg(long, value_name = "RULE")]
    allow: Vec<Allow>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Command::Run(arguments) = Cli::parse().command;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    // Another provider would mean that a dependency brought a second one: say so rather than go on.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a cryptography provider is installed already"))?;
    let config = config(arguments)?;
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            asked_to_stop().await;
            stop.cancel();
        }
    });
    writeln!(std::io::stdout(), "works for {}", config.portal)?;
    worker::run(config, stop).await?;
    Ok(())
}

fn config(arguments: Run) -> anyhow::Result<Config> {
    let token = std::fs::read_to_string(&arguments.token_file).with_context(|| {
        format!(
            "cannot read the token from {}",
            arguments.token_file.display()
        )
    })?;
    let mut config = Config::new(
        arguments.portal,
        token.trim().to_owned(),
        arguments.data_dir,
    );
    for rule in arguments.allow {
        config.context.policy = config.context.policy.allow(rule);
    }
    Ok(config)
}

/// Returns at Ctrl-C or, on Unix, at SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler nothing tells us to stop; the process then ends the hard way, which loses nothing.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
