//! The commands of the README: `cargo xtask run`, `test`, `lint`, and their parts `page`, `tidy`, `dist`, `bench`.
//!
//! It drives cargo and the tools of the host and knows nothing of what the product does: measuring and testing
//! stand in the crate `tests`, so that `cargo xtask run` need not build them.

mod bench;
mod dist;
mod install;
mod lint;
mod page;
mod parts;
mod run;
mod test;
mod tidy;
mod tools;
mod windows;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs and tests Linecheck.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the page and the portal and start the portal with its practice targets
    Run(run::Arguments),
    /// Build the page into frontend/dist
    Page {
        /// Fast to build and large, with debug information
        #[arg(long)]
        dev: bool,
    },
    /// Every test, those in a real browser included
    Test(test::Arguments),
    /// Formatting, clippy, tidy, and what must build for WebAssembly
    Lint,
    /// The rules of the house: who may use whom, file sizes, module docs
    Tidy,
    /// The agent as one file: static for Linux, and for Windows
    Dist(dist::Arguments),
    /// Figures: speed, size, and the kill drills in full
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    match act(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Page { dev } => {
            tools::rustup_target()?;
            page::build(!dev)
        }
        Command::Test(arguments) => test::test(&arguments),
        Command::Lint => lint::lint(),
        Command::Tidy => tidy::tidy(),
        Command::Dist(arguments) => dist::dist(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
    }
}
