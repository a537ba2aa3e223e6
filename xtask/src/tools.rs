//! Other programs: cargo, rustup and what a host has on its PATH.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs us, in the workspace's folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Runs a command to its end; fails when it does, naming it.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let words = words(command);
    eprintln!("> {words}");
    let status = command
        .status()
        .with_context(|| format!("`{words}` could not be started"))?;
    ensure!(status.success(), "`{words}` failed: {status}");
    Ok(())
}

/// A command as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy(),
    ];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    words.join(" ")
}

/// Where a program stands on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Adds the WebAssembly target to the toolchain, unless it is there.
pub(crate) fn rustup_target() -> Result<()> {
    rustup_add(WASM)
}

/// Adds a target to the toolchain, unless it is there.
pub(crate) fn rustup_add(target: &str) -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    ensure!(
        find("rustup").is_some(),
        "the toolchain lacks {target}, and rustup is not there to add it"
    );
    succeed(
        Command::new("rustup")
            .current_dir(root())
            .args(["target", "add", target]),
    )
}

/// Adds clippy and rustfmt to the toolchain, unless they are there.
pub(crate) fn rustup_components() -> Result<()> {
    let bin = sysroot()?.join("bin");
    if bin.join("cargo-clippy").is_file() && bin.join("rustfmt").is_file() {
        return Ok(());
    }
    succeed(Command::new("rustup").current_dir(root()).args([
        "component",
        "add",
        "clippy",
        "rustfmt",
    ]))
}

fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc")
        .current_dir(root())
        .args(["--print", "sysroot"])
        .output()
        .context("rustc could not be started")?;
    ensure!(output.status.success(), "rustc does not tell its sysroot");
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}
