//! Starting a portal and ending it.
//!
//! ```text
//!   start: directory ─▶ store ─▶ practice targets ─▶ deadlines anew ─▶ serving ─▶ built-in agent
//!   end:   streams and polls end ─▶ built-in agent ends ─▶ connections drain ─▶ store is closed
//! ```

use crate::access::{self, Gate, Refusal};
use crate::agents::{self, Admitted, BuiltIn, Presence};
use crate::app::{App, READ_AT_ONCE};
use crate::artifacts::Folder;
use crate::clock::Ids;
use crate::config::{Config, Tls};
use crate::http::{self, Certificate, Serving, TlsError, Unlisted};
use crate::lock::{self, Lock};
use crate::metrics::{Measured, Metrics};
use crate::runs::{self, Deadlines, Folds, RunError, Sweeper, Wake};
use crate::shares::Shares;
use crate::store::{self, Store, StoreError};
use futures::future::{join_all, try_join_all};
use model::AgentId;
use model::api::{Practice, PracticeAuth};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;

/// Why a portal could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It would be reached in a way that it must not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its routes.
    #[error(transparent)]
    Routes(#[from] Unlisted),
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
    serving: Vec<JoinHandle<()>>,
    watching: Vec<JoinHandle<()>>,
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
    let gate = Gate::new(&config.access, address, config.timing.login)?;
    let tls = match &config.access.tls {
        Tls::Own { cert, key } => Some(Certificate::read(cert, key)?),
        Tls::None | Tls::Proxy => None,
    };
    lock::make_private(&config.data_dir).map_err(io_error("the data directory cannot be made"))?;
    let lock = lock::take(&config.data_dir)
        .map_err(io_error("the data directory cannot be used"))?
        .ok_or(StartError::Taken)?;
    let metrics = Arc::new(Metrics::default());
    let store = store::open(&config.data_dir, config.database.as_ref()).await?;
    let store: Arc<dyn Store> = Arc::new(Measured::new(store, Arc::clone(&metrics)));
    let lab = start_lab(&config).await?;
    let inner = inner(&config, address).await?;
    let prepared = if config.agent {
        let at = inner.as_ref().map_or(Ok(address), TcpListener::local_addr);
        let at = at.map_err(io_error("the address listened on cannot be read"))?;
        Some(agents::prepare(&config, store.as_ref(), lab.as_ref(), at).await?)
    } else {
        None
    };
    let files = Folder::open(&config.data_dir);
    let files = files.map_err(io_error("the folder of files cannot be used"))?;
    let app = Arc::new(App {
        store,
        files: Arc::new(files),
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
        shares: Shares::default(),
        presence: Presence::default(),
        enrolments: agents::Enrolments::default(),
        built_in: prepared.as_ref().map(agents::Prepared::id),
        practice: lab.as_ref().map(offered).unwrap_or_default(),
        gate,
        reading: Semaphore::new(READ_AT_ONCE),
        closing: CancellationToken::new(),
        lost: CancellationToken::new(),
    });
    let router = http::router(&app)?;
    restore(&app).await?;
    let watching = watch(&app, tls.clone());
    let drain = CancellationToken::new();
    let mut limits = config.limits;
    if config.access.tls == Tls::Proxy {
        limits.per_address = usize::MAX;
    }
    let outer = Serving {
        router,
        tls,
        limits,
        timing: config.timing,
    };
    let mut serving = Vec::new();
    if let Some(listener) = inner {
        let inner = Serving {
            router: http::agents_router(&app),
            tls: None,
            ..outer.clone()
        };
        serving.push(tokio::spawn(http::serve(inner, listener, drain.clone())));
    }
    serving.push(tokio::spawn(http::serve(outer, listener, drain.clone())));
    let agent = prepared.map(agents::Prepared::start);
    tracing::info!(portal.address = %address, "the portal listens");
    Ok(Portal {
        address,
        app,
        drain,
        serving,
        watching,
        agent,
        lab,
        _lock: lock,
    })
}

/// Where the portal's own agent calls, when others would have to come over TLS: a plain listener on loopback that
/// knows what agents call and nothing else.
async fn inner(config: &Config, address: SocketAddr) -> Result<Option<TcpListener>, StartError> {
    let reaches = address.ip().is_loopback() && !matches!(config.access.tls, Tls::Own { .. });
    if !config.agent || reaches {
        return Ok(None);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    listener
        .map(Some)
        .map_err(io_error("the portal's own agent cannot be listened to"))
}

/// What goes on beside the answering, until the portal goes away.
fn watch(app: &Arc<App>, tls: Option<Certificate>) -> Vec<JoinHandle<()>> {
    let deadlines = Arc::clone(app);
    let logins = Arc::clone(app);
    let sweeping = Arc::clone(app);
    let mut watching = vec![
        tokio::spawn(async move { runs::watch_deadlines(&deadlines).await }),
        tokio::spawn(async move { access::watch(&logins).await }),
        tokio::spawn(async move { runs::keep_swept(&sweeping).await }),
    ];
    if let Some(certificate) = tls {
        let every = app.timing.certificate;
        watching.push(tokio::spawn(certificate.watch(every, app.closing.clone())));
    }
    watching
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
    /// Where it listens, as an address for browsers.
    #[must_use]
    pub fn url(&self) -> String {
        let is_secure = self.app.gate.reach.is_secure && !self.app.gate.reach.is_behind_proxy();
        let scheme = if is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where others find it: what links are made with.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.app.gate.reach.public_url
    }

    /// Ready when the database is another portal's now: nothing more can be kept, so the portal is to end.
    pub fn lost(&self) -> impl Future<Output = ()> + use<> {
        self.app.lost.clone().cancelled_owned()
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
        let aborts: Vec<_> = self.serving.iter().map(JoinHandle::abort_handle).collect();
        match tokio::time::timeout(timing.drain, try_join_all(self.serving)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(error = %error, "serving ended badly"),
            Err(_) => {
                aborts.iter().for_each(AbortHandle::abort);
                tracing::warn!("some connections did not end in time and were cut");
            }
        }
        let _ = join_all(self.watching).await;
        if let Some(lab) = self.lab {
            lab.shutdown().await;
        }
        self.app.store.close().await;
    }
}
