//! `run`: works for the portal that this host's agent is enrolled with, until it is told to stop.

use super::identity::IdentityFrom;
use super::trace::TraceArguments;
use super::{SourceArguments, asked_to_stop, data_dir, read_ca, trust};
use agent::{Config, enrolment, worker};
use anyhow::Context as _;
use clap::Args;
use probe::Allow;
use std::io::Write as _;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Ends the agent when its portal has removed it. Service managers should not start it again then.
const REMOVED: u8 = 77;

const EXIT_CODES: &str = "Exit codes:
  0   told to stop
  1   cannot work: the log says why
  77  removed from the portal; starting it again does not help";

/// Asks a portal for runs and makes them, until it is told to stop
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Where the portal is, when the agent was not enrolled
    #[arg(
        long,
        env = "LINECHECK_PORTAL",
        value_name = "URL",
        requires = "token_file"
    )]
    portal: Option<String>,
    /// File that holds the agent's token, when the agent was not enrolled
    #[arg(
        long,
        env = "LINECHECK_TOKEN_FILE",
        value_name = "FILE",
        requires = "portal"
    )]
    token_file: Option<PathBuf>,
    /// The agent's own folder: key, token, spool [default: as for enroll]
    #[arg(long, env = "LINECHECK_AGENT_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Certificates (PEM) that may sign the portal's, beside the usual roots [default: those given to enroll]
    #[arg(long, env = "LINECHECK_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Roots (PEM) that may sign a server's certificate, beside this host's own
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Lets runs connect to more than the built-in rules do: ADDRESS[/PREFIX][:PORT[-PORT]]; may be repeated
    #[arg(long, value_name = "RULE")]
    allow: Vec<Allow>,
    #[command(flatten)]
    identity: IdentityFrom,
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    trace: TraceArguments,
}

/// Works.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
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
    match worker::run(config, stop).await {
        Ok(()) => Ok(0),
        Err(error @ agent::Error::Removed) => {
            let _ = writeln!(std::io::stderr(), "linecheck-agent: {error}");
            Ok(REMOVED)
        }
        Err(error) => Err(error.into()),
    }
}

fn config(arguments: Arguments) -> anyhow::Result<Config> {
    let dir = data_dir(arguments.data_dir)?;
    let mut config = match (arguments.portal, arguments.token_file) {
        (Some(portal), Some(file)) => {
            let token = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read the token from {}", file.display()))?;
            Config::new(portal, token.trim().to_owned(), dir)
        }
        _ => {
            let enrolment = enrolment::load(&dir)?.with_context(|| {
                format!(
                    "no agent is enrolled in {}: run `linecheck-agent enroll` first",
                    dir.display()
                )
            })?;
            let mut config = Config::new(enrolment.portal, enrolment.token, dir);
            config.portal_ca = enrolment.ca.map(String::into_bytes);
            config
        }
    };
    if let Some(file) = &arguments.ca {
        config.portal_ca = Some(read_ca(file)?.into_bytes());
    }
    trust(&mut config.context, arguments.trust.as_deref())?;
    arguments.identity.apply(&mut config.context);
    arguments.sources.give(&mut config.context)?;
    for rule in arguments.allow {
        config.context.policy = config.context.policy.allow(rule);
    }
    arguments.trace.set(&mut config.context.trace);
    Ok(config)
}
