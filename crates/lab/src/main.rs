//! `linecheck-lab`: practice targets by hand.

use anyhow::{Context, bail};
use clap::Parser;
use lab::{Config, Lab, Practice, Scenario};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A SQL endpoint that breaks on purpose.
///
/// Starts one scenario, or all, on loopback: the same port on 127.0.0.1 and ::1. Prints what it listens on and where the
/// certificate of its authority (CA) is, and runs until it is interrupted.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// What to start; --list names them
    #[arg(value_name = "SCENARIO", required_unless_present_any = ["list", "all"], conflicts_with = "all")]
    scenario: Option<Scenario>,

    /// Start every scenario, each on a free port
    #[arg(long)]
    all: bool,

    /// Name every scenario with what it does, and stop
    #[arg(long)]
    list: bool,

    /// Port of the scenario; 0 = a free one. A second port, where a scenario routes to one, is always a free one
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "all")]
    port: u16,

    /// Multiply every delay of a scenario, from 0 to 1000; 0.1 = ten times as fast
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    scale: f64,

    /// Where to write the lab's CA certificate as PEM [default: a new file in the temporary folder, removed at the end]
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  linecheck-lab --list
  linecheck-lab healthy --port 14330 --ca-out ca.pem
  linecheck-lab slow --scale 0.5
  linecheck-lab --all

The practice credentials are printed with each target. They are public and open nothing else. The CA is made anew at
every start; trust it for an experiment, never for a host. RUST_LOG=lab=debug shows what happens on each connection.";

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.list {
        for scenario in Scenario::ALL {
            println!("{:<25} {}", scenario.as_str(), scenario.explains());
        }
        return Ok(());
    }
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut config = Config {
        scale: arguments.scale,
        ..Config::default()
    };
    if let Some(scenario) = arguments.scenario {
        config.scenarios = vec![(scenario, arguments.port)];
    }
    let lab = Lab::start(config).await?;
    let ca = CaFile::write(arguments.ca_out, lab.ca_pem())?;
    for practice in lab.practice() {
        print(&lab, practice);
    }
    println!("\nCA certificate: {}", ca.path().display());
    if !arguments.all
        && lab
            .practice()
            .iter()
            .any(|practice| practice.port.is_none())
    {
        bail!("the scenario is not available on this host");
    }
    interrupted().await?;
    lab.shutdown().await;
    Ok(())
}

fn print(lab: &Lab, practice: &Practice) {
    println!("\n{}: {}", practice.scenario, practice.explains);
    let Some(server) = practice.server() else {
        println!(
            "  unavailable: {}",
            practice.unavailable.as_deref().unwrap_or("no reason known")
        );
        return;
    };
    println!("  server      {server}");
    let verb = if practice.scenario == Scenario::Refused {
        "keeps"
    } else {
        "listens on"
    };
    let addresses: Vec<String> = lab
        .endpoints()
        .iter()
        .filter(|address| Some(address.port()) == practice.port)
        .map(ToString::to_string)
        .collect();
    println!("  {verb:<11} {}", addresses.join(", "));
    if let (Some(user), Some(password)) = (practice.user, practice.password) {
        println!("  credentials {user} / {password}");
    }
}

/// The CA's file. One that nobody asked for by name goes away with it.
enum CaFile {
    Named(PathBuf),
    Temporary(PathBuf),
}

impl CaFile {
    fn write(named: Option<PathBuf>, pem: &str) -> anyhow::Result<Self> {
        let (file, path) = match named {
            Some(path) => (Self::Named(path.clone()), path),
            None => {
                let name = format!("linecheck-lab-{}-ca.pem", std::process::id());
                let path = std::env::temp_dir().join(name);
                (Self::Temporary(path.clone()), path)
            }
        };
        let opened = match &file {
            Self::Named(path) => File::create(path),
            Self::Temporary(path) => File::create_new(path),
        };
        opened
            .and_then(|mut opened| opened.write_all(pem.as_bytes()))
            .with_context(|| format!("cannot write the CA certificate to {}", path.display()))?;
        Ok(file)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // Nobody is left to be told, and a certificate is no secret.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
