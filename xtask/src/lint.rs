//! `cargo xtask lint`: what can be said without running anything. Needs no page.

use crate::{parts::Parts, tidy, tools};
use anyhow::Result;

/// Crates that the page shares with the portal: each must build for WebAssembly.
const SHARED: [&str; 6] = ["model", "target", "rules", "tds", "seal", "bundle"];

/// Does every part, even after a failure, so that one call shows all there is to mend.
pub(crate) fn lint() -> Result<()> {
    let mut parts = Parts::default();
    parts.part("toolchain", || {
        tools::rustup_components()?;
        tools::rustup_target()
    })?;
    parts.go_on("fmt", || {
        tools::succeed(&mut tools::cargo(&["fmt", "--all", "--check"]))
    });
    parts.go_on("tidy", tidy::tidy);
    parts.go_on("clippy", || clippy(&["--workspace", "--all-targets"]));
    parts.go_on("clippy, page", || {
        clippy(&["--package", "frontend", "--target", tools::WASM])
    });
    parts.go_on("wasm32", wasm);
    parts.finish()
}

fn clippy(what: &[&str]) -> Result<()> {
    let mut command = tools::cargo(&["clippy", "--quiet"]);
    tools::succeed(command.args(what).args(["--", "--deny", "warnings"]))
}

/// Checks the shared crates for WebAssembly, `bundle` without its writing half.
fn wasm() -> Result<()> {
    let mut command = tools::cargo(&["check", "--quiet", "--target", tools::WASM]);
    for name in SHARED {
        command.args(["--package", name]);
    }
    tools::succeed(command.args(["--no-default-features", "--features", "bundle/read"]))
}
