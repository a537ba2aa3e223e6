//! `cargo xtask bench windows`: the agent's Windows program under Wine: its help, and a run with no portal and no
//! network but loopback.
//!
//! Wine before 9 lacks `bcryptprimitives.dll`, which Rust takes random numbers from; Windows has had it since 7. A
//! stand-in beside the program hands the question on.

use crate::dist::WINDOWS;
use crate::{parts::Parts, tools};
use anyhow::{Context, Result, ensure};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What Rust asks of `bcryptprimitives.dll`.
const STAND_IN: &str = "__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);\n\
     __declspec(dllexport) int __stdcall ProcessPrng(void *bytes, unsigned long long length) {\n\
     return SystemFunction036(bytes, (unsigned long)length); }\n";

/// Builds it and runs it; says so where Wine is missing.
pub(crate) fn bench(parts: &mut Parts) -> Result<()> {
    if !WINDOWS.is_there() {
        println!("{}", WINDOWS.missing());
        return Ok(());
    }
    let program = parts.part("windows program", || WINDOWS.build())?;
    let Some(wine) = ["wine", "wine64"].into_iter().find_map(tools::find) else {
        println!("not run: wine is missing; Debian's wine64 and wine bring it");
        return Ok(());
    };
    let folder = tools::target_dir().join("wine");
    std::fs::create_dir_all(&folder)?;
    let program = beside_its_library(&program, &folder)?;
    let said = parts.part("help", || run(&wine, &program, &folder, &["--help"], 0))?;
    ensure!(said.contains("check"), "its help names no check: {said}");
    // Nobody listens there any more.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let server = format!("tcp:127.0.0.1,{port}");
    let out = folder.join("run");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let allow = format!("127.0.0.1:{port}");
    let words = [
        "check", "--json", "--server", &server, "--allow", &allow, "--out", "run",
    ];
    let said = parts.part("offline run", || run(&wine, &program, &folder, &words, 1))?;
    let document: serde_json::Value = serde_json::from_str(&said).context("its answer")?;
    let verdict = document["verdict"]["code"].as_str().unwrap_or("none");
    ensure!(verdict == "tcp_refused", "the verdict was {verdict}");
    let archive = std::fs::read(out.join("AllFiles.zip")).context("its archive")?;
    ensure!(archive.starts_with(b"PK"), "its archive is no zip");
    println!(
        "under Wine: help, and a run to a closed port: {verdict}, {} steps, AllFiles.zip of {} bytes",
        document["steps"].as_array().map_or(0, Vec::len),
        archive.len()
    );
    Ok(())
}

/// A copy of the program with the stand-in beside it; a Wine that has the library of its own prefers that.
fn beside_its_library(program: &Path, folder: &Path) -> Result<PathBuf> {
    let source = folder.join("random.c");
    std::fs::write(&source, STAND_IN)?;
    let library = folder.join("bcryptprimitives.dll");
    tools::succeed(
        Command::new(WINDOWS.compiler)
            .args(["-shared", "-nostdlib", "-Wl,--entry=0", "-o"])
            .args([&library, &source])
            .arg("-ladvapi32"),
    )?;
    let copy = folder.join("linecheck-agent.exe");
    std::fs::copy(program, &copy)?;
    Ok(copy)
}

/// What it says on standard output; it must end with this code.
fn run(wine: &Path, program: &Path, folder: &Path, words: &[&str], code: i32) -> Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(wine)
        .current_dir(folder)
        .env("WINEPREFIX", folder.join("prefix"))
        .env("WINEDEBUG", "-all")
        .arg(program)
        .args(words)
        .output()
        .context("wine could not be started")?;
    ensure!(
        status.code() == Some(code),
        "{words:?} ended with {status}: {}",
        String::from_utf8_lossy(&stderr)
    );
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
