//! Ground for drills and measures: a portal without an agent, a lab, and an agent of the test's own that can be
//! killed, slowed down or cut off.

use crate::hand::Hand;
use crate::portal::Portal;
use crate::relay::Relay;
use agent::Identity;
use lab::Scenario;
use model::api::NewRun;
use model::{AgentId, RunId};
use probe::{Context, NameSources, Policy, Unlimited};
use rustls::RootCertStore;
use server::agents::Admitted;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A portal that waits for agents.
pub struct Ground {
    /// The portal.
    pub portal: Portal,
    /// Its data directory.
    pub data: TempDir,
}

impl Ground {
    /// With a tenth of the usual waits.
    #[must_use]
    pub fn start() -> Self {
        let data = crate::folder();
        let portal = Portal::start(Self::config(data.path()));
        Self { portal, data }
    }

    /// What it is started with.
    #[must_use]
    pub fn config(data: &Path) -> server::Config {
        let mut config = crate::portal::config(data);
        config.practice = false;
        config.agent = false;
        config
    }

    /// An agent that is played by hand.
    pub async fn hand(&self) -> Hand {
        let admitted = self
            .admit(
                &Identity::load_or_create(&self.data.path().join("hand")).expect("a key"),
                "hand",
            )
            .await;
        Hand::new(&self.portal.url, admitted.id, &admitted.token)
    }

    /// Admits an agent.
    pub async fn admit(&self, identity: &Identity, name: &str) -> Admitted {
        let key = identity.public_key().to_base64();
        self.portal.admit(name, &key, &identity.fingerprint()).await
    }

    /// Starts a run without credentials.
    pub async fn run(&self, agent: AgentId, server: &str) -> RunId {
        start_run(&self.portal.client(), agent, server).await
    }
}

/// Starts a run without credentials.
///
/// # Panics
/// When the portal refuses.
pub async fn start_run(client: &client::Portal, agent: AgentId, server: &str) -> RunId {
    let body = serde_json::json!({"server": server, "agents": [agent]});
    let run: NewRun = serde_json::from_value(body).expect("a request");
    client.create(&run).await.expect("a run").runs[0].id
}

/// A lab with some scenarios, and the context of an agent that may reach them and nothing else.
pub struct Lab {
    lab: lab::Lab,
    slowed: Vec<SocketAddr>,
}

impl Lab {
    /// In real time.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(scenarios: &[Scenario]) -> Self {
        let config = lab::Config {
            scenarios: scenarios.iter().map(|one| (*one, 0)).collect(),
            ..lab::Config::default()
        };
        Self {
            lab: lab::Lab::start(config).await.expect("the lab starts"),
            slowed: Vec::new(),
        }
    }

    /// The port of a scenario.
    ///
    /// # Panics
    /// When this host cannot offer it.
    #[must_use]
    pub fn port(&self, scenario: Scenario) -> u16 {
        self.lab.port(scenario).expect("it is offered here")
    }

    /// How many tables there are in a scenario's database.
    pub async fn tables(&self, scenario: Scenario) -> usize {
        self.lab.tables(scenario).await
    }

    /// What a scenario has that plays a server of a link.
    #[must_use]
    pub fn catalog(&self, scenario: Scenario) -> Vec<String> {
        self.lab.catalog(scenario)
    }

    /// What clients have done to a scenario so far.
    #[must_use]
    pub fn counter(&self, scenario: Scenario) -> lab::Counter {
        self.lab.counter(scenario)
    }

    /// The same scenario behind a link that holds every answer back.
    pub async fn slowed(&mut self, scenario: Scenario, by: Duration) -> Relay {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port(scenario)));
        let relay = Relay::slow(to, by).await;
        self.slowed.push(relay.address);
        relay
    }

    /// For whoever probes it: `localhost` is 127.0.0.1, and only the lab may be reached.
    ///
    /// # Panics
    /// Never: its CA is one.
    #[must_use]
    pub fn context(&self) -> Context {
        let mut trust = RootCertStore::empty();
        trust.add(self.lab.ca()).expect("a CA");
        let endpoints = self.lab.endpoints();
        let policy = endpoints
            .into_iter()
            .chain(self.slowed.iter().copied())
            .fold(Policy::default(), Policy::exempt);
        Context {
            policy,
            trust: Arc::new(trust),
            names: NameSources {
                system: Arc::new(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])),
                ..NameSources::none()
            },
            budget: Arc::new(Unlimited),
            ..Context::offline()
        }
    }
}

/// The real worker of an agent, on a runtime of its own that can be ended without warning.
pub struct Worker {
    /// Who it is.
    pub id: AgentId,
    token: String,
    data_dir: PathBuf,
    portal: String,
    context: Context,
    alive: Option<Runtime>,
}

impl Worker {
    /// Admits it and starts it; it calls the portal at `via`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(ground: &Ground, lab: &Lab, via: SocketAddr) -> Self {
        let data_dir = ground.data.path().join("worker");
        let identity = Identity::load_or_create(&data_dir).expect("a key");
        let admitted = ground.admit(&identity, "worker").await;
        let mut worker = Self {
            id: admitted.id,
            token: admitted.token,
            data_dir,
            portal: format!("http://{via}"),
            context: lab.context(),
            alive: None,
        };
        worker.revive();
        worker
    }

    /// Starts it again over the same files.
    ///
    /// # Panics
    /// When it still runs.
    pub fn revive(&mut self) {
        assert!(self.alive.is_none(), "it still runs");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = agent::Config {
            context: self.context.clone(),
            timing: timing(),
            ..agent::Config::new(
                self.portal.clone(),
                self.token.clone(),
                self.data_dir.clone(),
            )
        };
        runtime.spawn(async move {
            let result = agent::worker::run(config, CancellationToken::new()).await;
            result.expect("the worker ends well");
        });
        self.alive = Some(runtime);
    }

    /// Ends all it does where it stands, as when its process is killed: nothing is finished, nothing tidied up.
    pub fn kill(&mut self) {
        let Some(runtime) = self.alive.take() else {
            return;
        };
        // Waited for on a thread that may wait, so that its files are free when this returns.
        let ended = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
        assert!(ended.join().is_ok() || std::thread::panicking());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A tenth of an agent's usual waits.
fn timing() -> agent::Timing {
    let usual = agent::Timing::default();
    agent::Timing {
        heartbeat: usual.heartbeat / 10,
        poll_longest: usual.poll_longest / 10,
        retry_first: usual.retry_first / 10,
        retry_longest: usual.retry_longest / 10,
        cancel_grace: usual.cancel_grace / 10,
        clean_again: usual.clean_again / 10,
        ..usual
    }
}
