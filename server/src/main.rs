//! The program `linecheck`: reads the settings, starts the portal, ends it on a signal.

use anyhow::Context;
use clap::{Parser, Subcommand};
use server::config::{Flags, Settings};
use server::{Config, StartError, telemetry};
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;

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
    Serve(Flags),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Serve(flags) = Cli::parse().command;
    match serve(&flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linecheck: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings::read(flags)?;
    telemetry::start(&settings.log)?;
    // Another part may have installed it already; there is only this one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let end = end_signal().context("signals cannot be listened to")?;
    let listener = listen(&settings.listen).await?;
    let config = Config {
        practice: settings.practice,
        agent: !settings.no_agent,
        ..Config::new(settings.data_dir)
    };
    let portal = server::start(config, listener).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", portal.url())?;
    out.flush()?;
    drop(out);
    end.await;
    portal.shutdown().await;
    Ok(())
}

/// Listens, unless other hosts could reach it.
async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(address)
        .await
        .with_context(|| format!("{address} is no address to listen on; give HOST:PORT"))?
        .collect();
    if let Some(foreign) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        return Err(StartError::NotLoopback(*foreign).into());
    }
    TcpListener::bind(addresses.as_slice())
        .await
        .with_context(|| format!("{address} cannot be listened on"))
}

/// Ready when the process is asked to end.
#[cfg(unix)]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ready when the process is asked to end.
#[cfg(not(unix))]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
