//! Starting a portal and ending it.
//!
//! ```text
//!   start: directory ─▶ store ─▶ practice targets ─▶ deadlines anew ─▶ serving ─▶ built-in agent
//!   end:   streams and polls end ─▶ built-in agent ends ─▶ connections drain ─▶ store is closed
//! ```

use crate::agents::{self, Admitted, BuiltIn, Presence};
use crate::app::App;
use crate::clock::Ids;
use crate::config::Config;
use crate::http;
use crate::lock::{self, Lock};
use crate::metrics::{Measured, Metrics};
use crate::runs::{self, Deadlines, Folds, RunError, Sweeper, Wake};
use crate::store::{Sqlite, Store, StoreError};
use model::AgentId;
use model::api::{Practice, PracticeAuth};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Why a portal could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It would be reached from other hosts, and there is no login yet.
    #[error(
        "{0} can be reached from other hosts, and this version has no login: it listens on loopback only \
         (127.0.0.1, [::1] or localhost)"
    )]
    NotLoopback(SocketAddr),
    /// Another portal runs on the directory.
    #[error("another portal already runs on this data directory")]
    Taken,
    /// A file or socket.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// How it failed.
        error: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The practice targets.
    #[error("the practice targets cannot be started: {0}")]
    Practice(String),
    /// The built-in agent.
    #[error("the built-in agent cannot be started: {0}")]
    Agent(String),
}

/// A running portal.
pub struct Portal {
    /// Where it listens.
    pub address: SocketAddr,
    app: Arc<App>,
    drain: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
    watching: JoinHandle<()>,
    sweeping: JoinHandle<()>,
    agent: Option<BuiltIn>,
    lab: Option<lab::Lab>,
    _lock: Lock,
}

impl std::fmt::Debug for Portal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portal({})", self.address)
    }
}

/// Starts a portal on a listener.
///
/// # Errors
/// See [`StartError`].
pub async fn start(config: Config, listener: TcpListener) -> Result<Portal, StartError> {
    let address = listener
        .local_addr()
        .map_err(io_error("the address listened on cannot be read"))?;
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    lock::make_private(&config.data_dir).map_err(io_error("the data directory cannot be made"))?;
    let lock = lock::take(&config.data_dir)
        .map_err(io_error("the data directory cannot be used"))?
        .ok_or(StartError::Taken)?;
    let metrics = Arc::new(Metrics::default());
    let store: Arc<dyn Store> =
        Arc::new(Sqlite::open(&config.data_dir.join("linecheck.db")).await?);
    let store: Arc<dyn Store> = Arc::new(Measured::new(store, Arc::clone(&metrics)));
    let lab = start_lab(&config).await?;
    let prepared = if config.agent {
        Some(agents::prepare(&config, store.as_ref(), lab.as_ref(), address).await?)
    } else {
        None
    };
    let app = Arc::new(App {
        store,
        metrics,
        clock: Arc::clone(&config.clock),
        ids: Ids::default(),
        timing: config.timing,
        caps: config.caps,
        wake: Wake::default(),
        deadlines: Deadlines::default(),
        sweeper: Sweeper::default(),
        keep: config.keep,
        folds: Folds::default(),
        presence: Presence::default(),
        enrolments: agents::Enrolments::default(),
        built_in: prepared.as_ref().map(agents::Prepared::id),
        practice: lab.as_ref().map(offered).unwrap_or_default(),
        address,
        closing: CancellationToken::new(),
    });
    restore(&app).await?;
    let watching = tokio::spawn({
        let app = Arc::clone(&app);
        async move { runs::watch_deadlines(&app).await }
    });
    let sweeping = tokio::spawn({
        let app = Arc::clone(&app);
        async move { runs::keep_swept(&app).await }
    });
    let drain = CancellationToken::new();
    let serving = tokio::spawn(http::serve(Arc::clone(&app), listener, drain.clone()));
    let agent = prepared.map(agents::Prepared::start);
    tracing::info!(portal.address = %address, "the portal listens");
    Ok(Portal {
        address,
        app,
        drain,
        serving,
        watching,
        sweeping,
        agent,
        lab,
        _lock: lock,
    })
}

fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> StartError {
    move |error| StartError::Io { what, error }
}

async fn restore(app: &App) -> Result<(), StartError> {
    match runs::restore(app).await {
        Ok(()) => Ok(()),
        Err(RunError::Store(error)) => Err(error.into()),
        Err(other) => Err(StoreError::Corrupt(other.to_string()).into()),
    }
}

async fn start_lab(config: &Config) -> Result<Option<lab::Lab>, StartError> {
    if !config.practice {
        return Ok(None);
    }
    let settings = lab::Config {
        scale: config.lab_scale,
        ..lab::Config::default()
    };
    lab::Lab::start(settings)
        .await
        .map(Some)
        .map_err(|error| StartError::Practice(error.to_string()))
}

fn offered(lab: &lab::Lab) -> Vec<Practice> {
    lab.practice()
        .iter()
        .map(|practice| Practice {
            scenario: practice.scenario.as_str().to_owned(),
            server: practice.server(),
            title: practice.title.to_owned(),
            explains: practice.explains.to_owned(),
            auth: practice
                .user
                .zip(practice.password)
                .map(|(user, password)| PracticeAuth {
                    user: user.to_owned(),
                    password: password.to_owned(),
                }),
            unavailable: practice.unavailable.clone(),
        })
        .collect()
}

impl Portal {
    /// Where a browser finds it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is kept, for whoever started the portal.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.app.store)
    }

    /// Admits an agent under a new token.
    ///
    /// # Errors
    /// The store's.
    pub async fn admit(
        &self,
        name: &str,
        public_key: &str,
        fingerprint: &str,
    ) -> Result<Admitted, StoreError> {
        let now = self.app.now();
        let id = AgentId(self.app.ids.make(now));
        let key = (public_key, fingerprint);
        agents::admit(self.app.store.as_ref(), id, name, false, key, now).await
    }

    /// Ends it: readers are told to come back, the built-in agent ends, connections drain.
    pub async fn shutdown(self) {
        let timing = self.app.timing;
        tracing::info!("the portal goes away");
        self.app.closing.cancel();
        if let Some(agent) = self.agent {
            agent.end(timing.agent_end).await;
        }
        self.drain.cancel();
        let abort = self.serving.abort_handle();
        match tokio::time::timeout(timing.drain, self.serving).await {
            Ok(Ok(Ok(()))) => {}
            Ok(other) => tracing::error!(result = ?other, "serving ended badly"),
            Err(_) => {
                abort.abort();
                tracing::warn!("some connections did not end in time and were cut");
            }
        }
        let _ = self.watching.await;
        let _ = self.sweeping.await;
        if let Some(lab) = self.lab {
            lab.shutdown().await;
        }
        self.app.store.close().await;
    }
}
