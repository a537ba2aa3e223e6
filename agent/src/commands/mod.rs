//! One file for each command, and what they share.

pub(crate) mod check;
pub(crate) mod decode;
pub(crate) mod enroll;
mod identity;
mod plan;
pub(crate) mod run;
mod secret;
mod trace;
pub(crate) mod watch;

use crate::terminal::{self, Style};
use agent::check::{RunLog, Written};
use agent::{External, Sources};
use anyhow::Context as _;
use model::Outcome;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What `check` and `watch` end with when there is no answer: nothing was run, or it stayed inconclusive.
pub(crate) const COULD_NOT_RUN: u8 = 2;

/// Stands under the help of `check` and `watch`.
const EXIT_CODES: &str = "Exit codes:
  0  no problem found
  1  a problem was found
  2  no answer: bad arguments, a run that could not be made or followed,
     that was cancelled or interrupted, or that nothing explains
     (inconclusive)";

/// Says why it ended, and with which code it ends. What a portal said is made harmless.
pub(crate) fn failed(error: &anyhow::Error, code: u8) -> ExitCode {
    let text = bundle::escape::plain(&format!("{error:#}"));
    let _ = writeln!(std::io::stderr(), "linecheck-agent: {text}");
    ExitCode::from(code)
}

/// The exit code of an outcome.
fn code_of(outcome: Option<Outcome>) -> u8 {
    match outcome {
        Some(Outcome::Ok) => 0,
        Some(Outcome::Problem) => 1,
        _ => COULD_NOT_RUN,
    }
}

/// Prints a run's answer on standard output.
fn answer(log: &RunLog, json: bool, files: Option<&Written>) -> anyhow::Result<u8> {
    let run = log
        .view()
        .context("the run's log does not say what was run")?;
    let code = code_of(run.outcome);
    let text = if json {
        terminal::document(&run, code, files)?
    } else {
        terminal::verdict(&run, log.events(), Style::of_stdout())
            .trim_end()
            .to_owned()
    };
    // Whoever stopped reading still gets the exit code.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(code)
}

/// Reads a PEM file of certificates.
fn read_ca(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The context's roots, and those of a PEM file.
fn trust(context: &mut probe::Context, path: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let unusable = || format!("{} holds no certificate in PEM form", path.display());
    let mut roots = RootCertStore::clone(&context.trust);
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path)
        .with_context(|| format!("cannot read {}", path.display()))?
    {
        roots
            .add(certificate.with_context(unusable)?)
            .with_context(unusable)?;
    }
    anyhow::ensure!(roots.len() > before, unusable());
    context.trust = Arc::new(roots);
    Ok(())
}

/// What an agent asks and knows beside what it may reach.
#[derive(clap::Args, Debug)]
pub(crate) struct SourceArguments {
    /// Table of gateways (JSON) in place of the one that came with the program
    #[arg(long, env = "LINECHECK_GATEWAYS", value_name = "FILE")]
    gateways: Option<PathBuf>,
    /// Resolver outside that is asked for names under a public cloud's suffix: ADDRESS[:PORT], or off [default:
    /// 208.67.222.222]
    #[arg(long, env = "LINECHECK_EXTERNAL_RESOLVER", value_name = "ADDRESS")]
    external_resolver: Option<External>,
}

impl SourceArguments {
    /// Puts them into the context.
    fn give(&self, context: &mut probe::Context) -> anyhow::Result<()> {
        let sources = Sources {
            gateways: self.gateways.clone(),
            external_resolver: self.external_resolver,
            ..Sources::default()
        };
        Ok(sources.give(context)?)
    }
}

/// This host's name, or a word for it.
fn host_name() -> String {
    let name = hostname::get().map(|name| name.to_string_lossy().trim().to_owned());
    name.ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this host".to_owned())
}

/// The folder of an enrolled agent where none is named.
fn data_dir(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    named
        .or_else(|| Some(state_home()?.join("linecheck-agent")))
        .context("this host has no usual place for an agent's folder: name one with --data-dir")
}

/// Where programs keep what they must remember.
fn state_home() -> Option<PathBuf> {
    dirs::state_dir().or_else(dirs::data_local_dir)
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

/// Our own words about what goes wrong inside, where somebody asked for them (RUST_LOG).
fn log_if_asked() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_default_env() {
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
}
