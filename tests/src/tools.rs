//! Programs that tests start: our own, built when they are missing, and those of the host.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where a program of the host stands on the PATH.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// One of our own programs, `linecheck` most of all, built in the profile of this test.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(build_programs)
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Builds portal and agent once; with nothing to do that takes a moment. `cargo xtask test` has built it and says so.
fn build_programs() -> PathBuf {
    let folder = profile_folder();
    if std::env::var_os("LINECHECK_PROGRAMS_BUILT").is_some() {
        return folder;
    }
    // The selection has the features of `cargo test --package tests`, so that nothing is built twice.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(workspace())
        .args([
            "build",
            "--quiet",
            "--package",
            "tests",
            "--package",
            "server",
            "--package",
            "agent",
        ])
        .args(["--bin", "linecheck", "--bin", "linecheck-agent"]);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    command.env("CARGO_TARGET_DIR", target());
    let status = command.status().expect("cargo starts");
    assert!(status.success(), "portal and agent do not build");
    folder
}

/// The folder of this test's profile: tests stand in `deps` below it.
fn profile_folder() -> PathBuf {
    let this = std::env::current_exe().expect("this program's path");
    let deps = this.parent().expect("its folder");
    let folder = if deps.ends_with("deps") {
        deps.parent().expect("the profile's folder")
    } else {
        deps
    };
    folder.to_path_buf()
}

/// The folder of the workspace.
///
/// # Panics
/// Never: the crate `tests` stands in it.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

/// Where cargo puts what it builds; pictures and the like go below it too.
///
/// # Panics
/// When this program stands nowhere.
#[must_use]
pub fn target() -> PathBuf {
    let folder = profile_folder();
    folder.parent().map_or(folder.clone(), Path::to_path_buf)
}

/// axe-core's script, where `cargo xtask test --install` put it.
#[must_use]
pub fn axe() -> Option<String> {
    let named = std::env::var_os("LINECHECK_AXE").map(PathBuf::from);
    let usual = || target().join("tools/axe-core/package/axe.min.js");
    std::fs::read_to_string(named.unwrap_or_else(usual)).ok()
}
