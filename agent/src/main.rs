//! The agent's program: reads its arguments, does one command, says by its exit code how that went.

mod commands;
mod terminal;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Finds out why connections to Azure SQL or SQL Server fail, from this host.
#[derive(Debug, Parser)]
#[command(name = "linecheck-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<commands::check::Arguments>),
    Decode(commands::decode::Arguments),
    Watch(commands::watch::Arguments),
    Enroll(commands::enroll::Arguments),
    Run(Box<commands::run::Arguments>),
}

// Two are enough for what mostly waits, however many cores the host has: each more costs memory at rest.
#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    // Another provider would mean that a dependency brought a second one: say so rather than go on.
    let provider = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if provider.is_err() {
        return commands::failed(
            &anyhow::anyhow!("a cryptography provider is installed already"),
            commands::COULD_NOT_RUN,
        );
    }
    let (ended, otherwise) = match command {
        Command::Check(arguments) => (
            commands::check::check(*arguments).await,
            commands::COULD_NOT_RUN,
        ),
        Command::Decode(arguments) => (
            commands::decode::decode(&arguments),
            commands::COULD_NOT_RUN,
        ),
        Command::Watch(arguments) => (
            commands::watch::watch(arguments).await,
            commands::COULD_NOT_RUN,
        ),
        Command::Enroll(arguments) => (commands::enroll::enroll(arguments).await, 1),
        Command::Run(arguments) => (commands::run::run(*arguments).await, 1),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => commands::failed(&error, otherwise),
    }
}
