//! The portal's own agent: the same worker as on any host, calling the same API over loopback.
//!
//! What sets it apart is only what it is given in process: its token, and, with practice targets, leave to
//! reach the lab's exact addresses and the lab's root.

use super::admit;
use crate::config::Config;
use crate::start::StartError;
use crate::store::Store;
use agent::{Identity, worker};
use model::AgentId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const NAME: &str = "This portal";

/// The built-in agent, admitted and ready to start once the portal serves.
pub(crate) struct Prepared {
    id: AgentId,
    config: agent::Config,
}

/// The built-in agent, at work.
pub(crate) struct BuiltIn {
    stop: CancellationToken,
    working: JoinHandle<()>,
}

/// Admits the built-in agent under a new token; it keeps its id and its key.
pub(crate) async fn prepare(
    config: &Config,
    store: &dyn Store,
    lab: Option<&lab::Lab>,
    address: SocketAddr,
) -> Result<Prepared, StartError> {
    let data_dir = config.data_dir.join("agent");
    let identity = Identity::load_or_create(&data_dir)
        .map_err(|error| StartError::Agent(error.to_string()))?;
    let known = store.agents().await?;
    let id = known
        .iter()
        .find(|agent| agent.built_in)
        .map_or_else(|| AgentId(Uuid::now_v7()), |agent| agent.id);
    let public_key = identity.public_key().to_base64();
    let fingerprint = identity.fingerprint();
    let key = (public_key.as_str(), fingerprint.as_str());
    let admitted = admit(store, id, NAME, true, key, config.clock.now()).await?;
    let mut agent = agent::Config::new(format!("http://{address}"), admitted.token, data_dir);
    agent.timing.heartbeat = config.timing.heartbeat;
    config
        .sources
        .give(&mut agent.context)
        .map_err(|error| StartError::Agent(error.to_string()))?;
    if let Some(lab) = lab {
        give(&mut agent, lab)?;
    }
    Ok(Prepared { id, config: agent })
}

/// The lab's addresses and root. No plan can add either.
fn give(agent: &mut agent::Config, lab: &lab::Lab) -> Result<(), StartError> {
    for endpoint in lab.endpoints() {
        agent.context.policy = agent.context.policy.clone().exempt(endpoint);
        agent.no_lock_out.push(endpoint);
    }
    let mut roots = rustls::RootCertStore::clone(&agent.context.trust);
    roots
        .add(lab.ca())
        .map_err(|error| StartError::Agent(format!("the lab's root cannot be used: {error}")))?;
    agent.context.trust = Arc::new(roots);
    Ok(())
}

impl Prepared {
    pub(crate) fn id(&self) -> AgentId {
        self.id
    }

    /// Sets it to work.
    pub(crate) fn start(self) -> BuiltIn {
        let stop = CancellationToken::new();
        let working = tokio::spawn({
            let stop = stop.clone();
            async move {
                if let Err(error) = worker::run(self.config, stop).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the built-in agent ended"
                    );
                }
            }
        });
        BuiltIn { stop, working }
    }
}

impl BuiltIn {
    /// Ends it; what it has seen stays in its spool.
    pub(crate) async fn end(self, within: Duration) {
        self.stop.cancel();
        let abort = self.working.abort_handle();
        if tokio::time::timeout(within, self.working).await.is_err() {
            abort.abort();
            tracing::warn!("the built-in agent did not end in time and was cut off");
        }
    }
}
