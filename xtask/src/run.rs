//! `cargo xtask run`: from a clean clone to a portal that can be opened.

use crate::{page, tools};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;

/// Options of `run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Port on loopback; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the portal keeps its history [default: data, in the workspace]
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

/// Builds page and portal, optimised, and starts the portal with its built-in agent and the practice targets.
///
/// The portal inherits the terminal: it prints its address, and Ctrl-C reaches it as it reaches us.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    tools::rustup_target()?;
    page::build(true)?;
    tools::succeed(&mut tools::cargo(&[
        "build",
        "--release",
        "--package",
        "server",
    ]))?;
    let data_dir = arguments
        .data_dir
        .clone()
        .unwrap_or_else(|| tools::root().join("data"));
    let portal = tools::target_dir()
        .join("release")
        .join(format!("linecheck{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(&portal);
    command
        .args(["serve", "--practice", "--listen"])
        .arg(format!("127.0.0.1:{}", arguments.port))
        .arg("--data-dir")
        .arg(data_dir);
    hand_over(&mut command).with_context(|| format!("{} could not be started", portal.display()))
}

/// Becomes the portal, so that signals sent to us are its own.
#[cfg(unix)]
fn hand_over(command: &mut std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    ensure!(false, error);
    Ok(())
}

/// Waits for the portal; Ctrl-C reaches every program of the console.
#[cfg(not(unix))]
fn hand_over(command: &mut std::process::Command) -> Result<()> {
    let status = command.status()?;
    ensure!(status.success(), "the portal ended: {status}");
    Ok(())
}
