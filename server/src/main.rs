//! The program `linecheck`: one file for each of its commands.

mod commands;

use clap::{Parser, Subcommand};
use commands::{backup, hash_password, health, retain, serve};
use server::config::Flags;
use std::process::ExitCode;

/// Finds out why a connection to Azure SQL or SQL Server fails, drops or stalls.
#[derive(Parser)]
#[command(version, name = "linecheck")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal; open its address in a browser
    Serve(Box<Flags>),
    /// Hash an operator password for --password-hash-file: asked for twice on a terminal, else read from standard
    /// input
    HashPassword,
    Backup(backup::Arguments),
    Retain(retain::Arguments),
    Health(health::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(flags) => serve::run(&flags).await,
        Command::HashPassword => hash_password::run(),
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Retain(arguments) => retain::run(arguments).await,
        Command::Health(arguments) => health::run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linecheck: {error:#}");
            ExitCode::FAILURE
        }
    }
}
