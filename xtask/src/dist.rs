//! `cargo xtask dist`: the agent as one file that is copied to a host: static for Linux, and for Windows.

use crate::{install, parts::Parts, tools};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `dist`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Install with apt what is missing, then build
    #[arg(long)]
    install: bool,
    /// Only see whether it compiles
    #[arg(long)]
    check: bool,
    /// Only for this system: linux or windows
    #[arg(value_parser = ["linux", "windows"])]
    only: Option<String>,
}

/// A system that the agent is built for elsewhere than on it.
pub(crate) struct System {
    pub(crate) name: &'static str,
    target: &'static str,
    /// The C compiler, and the Debian package that brings it.
    pub(crate) compiler: &'static str,
    package: &'static str,
    file: &'static str,
}

pub(crate) const LINUX: System = System {
    name: "linux",
    target: "x86_64-unknown-linux-musl",
    compiler: "musl-gcc",
    package: "musl-tools",
    file: "linecheck-agent",
};

pub(crate) const WINDOWS: System = System {
    name: "windows",
    target: "x86_64-pc-windows-gnu",
    compiler: "x86_64-w64-mingw32-gcc",
    package: "gcc-mingw-w64-x86-64",
    file: "linecheck-agent.exe",
};

/// Builds both, into `target/dist`; a system whose compiler is missing is named.
pub(crate) fn dist(arguments: &Arguments) -> Result<()> {
    let mut parts = Parts::default();
    for system in [&LINUX, &WINDOWS] {
        if arguments
            .only
            .as_deref()
            .is_some_and(|only| only != system.name)
        {
            continue;
        }
        if arguments.install && !system.is_there() {
            install::packages(&[system.package])?;
        }
        let asked = arguments.only.is_some() || arguments.install;
        if !system.is_there() && !asked {
            println!("{}", system.missing());
            continue;
        }
        parts.go_on(system.name, || match arguments.check {
            true => system.check(),
            false => system.build().map(drop),
        });
    }
    parts.finish()
}

impl System {
    /// Whether this host can compile for it.
    pub(crate) fn is_there(&self) -> bool {
        tools::find(self.compiler).is_some()
    }

    /// What to say where it cannot.
    pub(crate) fn missing(&self) -> String {
        format!(
            "not built for {}: {} is missing; Debian's {} brings it, and so does cargo xtask dist --install",
            self.name, self.compiler, self.package
        )
    }

    /// Checks that the agent compiles for it, without a warning of its own.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(self.is_there(), "{}", self.missing());
        tools::rustup_add(self.target)?;
        let words = [
            "clippy",
            "--quiet",
            "--package",
            "agent",
            "--bins",
            "--target",
            self.target,
            "--",
            "--deny",
            "warnings",
        ];
        tools::succeed(&mut tools::cargo(&words))
    }

    /// Builds the agent in release, and puts it where it is found.
    pub(crate) fn build(&self) -> Result<PathBuf> {
        ensure!(self.is_there(), "{}", self.missing());
        tools::rustup_add(self.target)?;
        let words = ["build", "--release", "--locked", "--package", "agent"];
        tools::succeed(tools::cargo(&words).args([
            "--bin",
            "linecheck-agent",
            "--target",
            self.target,
        ]))?;
        let built = tools::target_dir()
            .join(self.target)
            .join("release")
            .join(self.file);
        if self.name == LINUX.name {
            ensure_static(&built)?;
        }
        let folder = tools::target_dir().join("dist");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(self.file);
        let bytes = std::fs::copy(&built, &file)
            .with_context(|| format!("{} was not built", built.display()))?;
        println!(
            "{}: {:.1} MiB",
            file.display(),
            bytes as f64 / f64::from(1 << 20)
        );
        Ok(file)
    }
}

/// It must run where nothing is installed.
fn ensure_static(file: &Path) -> Result<()> {
    let output = Command::new("ldd")
        .arg(file)
        .output()
        .context("ldd could not be started")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(
        said.contains("statically linked") || said.contains("not a dynamic executable"),
        "{} needs other files: {said}",
        file.display()
    );
    Ok(())
}
