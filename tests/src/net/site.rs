//! A team's network: a portal with TLS and a password, hosts with agents, an endpoint to reach, and somebody who looks.
//!
//! Everything is as on real hosts: the programs themselves, a private CA, enrolment by token, names in hosts files.

use super::{Host, Net, Program};
use crate::relay::Relay;
use crate::{eventually, tools};
use lab::{Lab, Scenario};

use model::api::{AgentState, AgentView, NewRun};
use model::{AgentId, RunEvent, RunId, RunView};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The operator's.
pub const PASSWORD: &str = "a long password, of the operator's";
/// What the portal's certificate is for.
pub const PORTAL_NAME: &str = "portal.example.net";
/// Longest wait for anything here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A team's network.
pub struct Site {
    /// Everything that is written.
    pub folder: TempDir,
    /// The portal's host.
    pub portal: Arc<Host>,
    /// Where somebody looks at it, logged in or not.
    pub viewer: Arc<Host>,
    /// What is reached.
    pub lab: Arc<Host>,
    /// The network.
    pub net: Net,
}

/// The portal's certificate, its key, and the CA's certificate, as files.
pub struct Paper {
    /// Certificate.
    pub cert: PathBuf,
    /// Key.
    pub key: PathBuf,
    /// The CA's.
    pub ca: PathBuf,
}

impl Paper {
    /// Makes them, with these file names.
    ///
    /// # Panics
    /// When they cannot be made or written.
    #[must_use]
    pub fn write(folder: &Path, address: IpAddr) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let ca_key = KeyPair::generate().expect("a key");
        let ca = CertifiedIssuer::self_signed(params, ca_key).expect("a CA");
        let names = vec![PORTAL_NAME.to_owned(), address.to_string()];
        let params = CertificateParams::new(names).expect("names");
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &ca).expect("a certificate");
        let paper = Self {
            cert: folder.join("portal.pem"),
            key: folder.join("portal.key"),
            ca: folder.join("ca.pem"),
        };
        for (path, text) in [
            (&paper.cert, cert.pem()),
            (&paper.key, key.serialize_pem()),
            (&paper.ca, ca.pem()),
        ] {
            std::fs::write(path, text).expect("written");
        }
        paper
    }
}

impl Site {
    /// The hosts `portal`, `viewer`, `lab`, and those of the agents; nothing runs yet.
    ///
    /// # Panics
    /// When they cannot be made.
    #[must_use]
    pub fn of(agents: &[&str]) -> Self {
        // Another test may have done so.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let names: Vec<&str> = ["portal", "viewer", "lab"]
            .into_iter()
            .chain(agents.iter().copied())
            .collect();
        let net = Net::of(&names);
        let portal = net.host("portal");
        for name in &names {
            net.host(name)
                .hosts(&[(portal.address().into(), PORTAL_NAME)]);
        }
        Self {
            folder: crate::folder(),
            viewer: net.host("viewer"),
            lab: net.host("lab"),
            portal,
            net,
        }
    }

    /// A file or folder of this test.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where everybody finds the portal.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{PORTAL_NAME}:8443")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.portal.address().into(), 8443)
    }

    /// Its certificate and the password's hash, written once.
    ///
    /// # Panics
    /// When they cannot be made.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let hash = server::access::Password::hash(PASSWORD).expect("a hash");
        std::fs::write(self.path("password.hash"), hash).expect("written");
        Paper::write(self.folder.path(), self.portal.address().into())
    }

    /// The command that starts the portal.
    #[must_use]
    pub fn serve(&self, paper: &Paper) -> Command {
        let mut command = self.portal.command(tools::program("linecheck"));
        command
            .args([
                "serve",
                "--no-agent",
                "--listen",
                &self.address().to_string(),
            ])
            .arg("--data-dir")
            .arg(self.path("portal"))
            .arg("--password-hash-file")
            .arg(self.path("password.hash"))
            .arg("--tls-cert")
            .arg(&paper.cert)
            .arg("--tls-key")
            .arg(&paper.key)
            .args(["--public-url", &self.url()]);
        command
    }

    /// Somebody on the viewer's host, logged out.
    ///
    /// # Panics
    /// When the CA cannot be read.
    #[must_use]
    pub fn anybody(&self) -> client::Portal {
        let ca = std::fs::read(self.path("ca.pem")).expect("the CA");
        // By address: the names of hosts files are for programs, not for this process.
        let url = format!("https://{}", self.address());
        client::Portal::with_ca(&url, Some(&ca)).expect("a client")
    }

    /// Somebody on the viewer's host who has logged in.
    ///
    /// # Panics
    /// When that fails.
    pub async fn operator(&self) -> client::Portal {
        let mut portal = self.anybody();
        self.viewer
            .run(async move {
                portal.login(PASSWORD).await.expect("logged in");
                portal
            })
            .await
    }

    /// Makes the agent of a host known, by the program itself.
    ///
    /// # Panics
    /// When that fails.
    pub async fn enrol(&self, operator: &client::Portal, host: &Host) {
        let operator = operator.clone();
        let enrolment = self
            .viewer
            .run(async move { operator.invite().await.expect("an enrolment") })
            .await;
        let mut command = host.command(tools::program("linecheck-agent"));
        let output = command
            .args([
                "enroll",
                "--portal",
                &self.url(),
                "--token",
                &enrolment.token,
            ])
            .args(["--name", host.name(), "--ca"])
            .arg(self.path("ca.pem"))
            .arg("--data-dir")
            .arg(self.path(host.name()))
            .output()
            .expect("the agent's program starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
    }

    /// Starts the agent of a host; `before` stands before its program.
    #[must_use]
    pub fn work(&self, host: &Host, before: &[String]) -> Program {
        let mut command = host.command("env");
        command
            .args(before)
            .arg(tools::program("linecheck-agent"))
            .args(["run", "--data-dir"])
            .arg(self.path(host.name()));
        Program::start(command, &self.path(&format!("{}.log", host.name())))
    }

    /// Waits until the agent of a host is connected; answers who it is.
    ///
    /// # Panics
    /// When it never is.
    pub async fn connected(&self, operator: &client::Portal, host: &Host) -> AgentView {
        eventually("the agent is connected", PATIENCE, async || {
            let operator = operator.clone();
            let agents = self.viewer.run(async move { operator.agents().await.ok() });
            agents
                .await?
                .into_iter()
                .find(|agent| agent.name == host.name() && agent.state == AgentState::Connected)
        })
        .await
    }

    /// A practice target that others reach at the lab's port 1433.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn target(&self, scenario: Scenario) -> (Lab, Relay) {
        let listen = SocketAddr::new(self.lab.address().into(), 1433);
        self.lab
            .run(async move {
                let config = lab::Config {
                    scenarios: vec![(scenario, 0)],
                    ..lab::Config::default()
                };
                let lab = Lab::start(config).await.expect("the lab starts");
                let port = lab.port(scenario).expect("it is offered here");
                let to = SocketAddr::from(([127, 0, 0, 1], port));
                let relay = Relay::between(listen, to, Duration::ZERO).await;
                (lab, relay)
            })
            .await
    }

    /// Starts a run.
    ///
    /// # Panics
    /// When the portal refuses.
    pub async fn start(&self, operator: &client::Portal, body: serde_json::Value) -> RunId {
        self.ask(operator, body).await.expect("a run")
    }

    /// Starts a run, unless the portal refuses.
    ///
    /// # Errors
    /// The portal's.
    ///
    /// # Panics
    /// When the body is no request.
    pub async fn ask(
        &self,
        operator: &client::Portal,
        body: serde_json::Value,
    ) -> Result<RunId, client::Error> {
        let run: NewRun = serde_json::from_value(body).expect("a request");
        let operator = operator.clone();
        let created = self.viewer.run(async move { operator.create(&run).await });
        Ok(created.await?.runs[0].id)
    }

    /// A run as it is now; `None` while the portal is away.
    pub async fn look(&self, operator: &client::Portal, run: RunId) -> Option<RunView> {
        let operator = operator.clone();
        self.viewer
            .run(async move { operator.run(run).await.ok() })
            .await
    }

    /// Waits until a run is as wanted.
    ///
    /// # Panics
    /// When it never is.
    pub async fn until(
        &self,
        operator: &client::Portal,
        run: RunId,
        wanted: impl Fn(&RunView) -> bool,
    ) -> RunView {
        eventually("the run is as wanted", PATIENCE, async || {
            self.look(operator, run).await.filter(|view| wanted(view))
        })
        .await
    }

    /// The whole log of a settled run.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn log(&self, operator: &client::Portal, run: RunId) -> Vec<RunEvent> {
        let mut stream = operator.events(run, 0);
        self.viewer
            .run(async move {
                let mut log = Vec::new();
                while let Some(event) = stream.next().await.expect("an event") {
                    log.push(event);
                }
                log
            })
            .await
    }

    /// A run's request body.
    #[must_use]
    pub fn request(
        &self,
        agent: AgentId,
        server: &str,
        options: serde_json::Value,
    ) -> serde_json::Value {
        serde_json::json!({"server": server, "agents": [agent], "options": options})
    }
}

/// `auth` of a request: a password sealed to an agent as the page does it, good for 15 minutes by this host's clock.
///
/// # Panics
/// When the agent's key is none.
#[must_use]
pub fn sealed_auth(agent: &AgentView, password: &str, purpose: seal::Purpose) -> serde_json::Value {
    let user = purpose.user.clone();
    let until = chrono::Utc::now() + chrono::TimeDelta::minutes(15);
    let contents = seal::Contents::new(password.to_owned(), purpose, until);
    let key = seal::PublicKey::from_base64(&agent.public_key).expect("a key");
    let sealed = seal::seal(&contents, &key).expect("seals");
    serde_json::json!({"kind": "sql", "user": user, "sealed": {agent.id.to_string(): sealed}})
}
