//! `linecheck serve`: reads the settings, starts the portal, ends it on a signal.

use anyhow::{Context, ensure};
use server::access::Refusal;
use server::config::{Access, Flags, Settings};
use server::runs::Keep;
use server::{Config, telemetry};
use std::io::Write;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Runs the portal until the process is asked to end.
pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let settings = Settings::read(flags)?;
    let access = settings.access()?;
    telemetry::start(&settings.log)?;
    // Another part may have installed it already; there is only this one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let end = end_signal().context("signals cannot be listened to")?;
    raise_file_limit();
    let listener = listen(&settings.listen, &access).await?;
    let config = Config {
        database: settings.database()?,
        practice: settings.practice,
        agent: !settings.no_agent,
        sources: settings.sources()?,
        access,
        keep: Keep {
            days: settings.keep_days,
            runs: settings.keep_runs,
        },
        ..Config::new(settings.data_dir)
    };
    let portal = server::start(config, listener).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", portal.url())?;
    if portal.public_url() != portal.url() {
        writeln!(out, "others find it at {}", portal.public_url())?;
    }
    out.flush()?;
    drop(out);
    let is_lost = tokio::select! {
        () = end => false,
        () = portal.lost() => true,
    };
    portal.shutdown().await;
    ensure!(!is_lost, "another portal has taken the database");
    Ok(())
}

/// Listens, unless the portal must not be reached there.
async fn listen(address: &str, access: &Access) -> anyhow::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(address)
        .await
        .with_context(|| format!("{address} is no address to listen on; give HOST:PORT"))?
        .collect();
    for address in &addresses {
        Refusal::check(access, *address)?;
    }
    TcpListener::bind(addresses.as_slice())
        .await
        .with_context(|| format!("{address} cannot be listened on"))
}

/// Every connection is an open file, and systems begin with few: as many as are allowed.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(error = %error, "the number of open files could not be raised");
    }
}

/// Every connection is an open file; here the system sets no limit.
#[cfg(not(unix))]
fn raise_file_limit() {}

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
