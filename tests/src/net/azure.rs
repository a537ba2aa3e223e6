//! A region of Azure SQL as one host sees it, in namespaces: the names, the addresses and the ports are the real ones,
//! and every packet stays between three namespaces of ours.
//!
//! ```text
//!   client 10.77.1.2 ─── router ─── server 10.77.2.2, and every gateway of East US
//!                          │           1433, 3342, 11000–11999 ─▶ the lab's scenario
//!                      breaks here     other ports ─▶ the lab's own, where it routes to
//! ```

use super::{Host, Net};
use crate::judged::{self, Judged};
use crate::peer::{Act, Peer};
use lab::{Lab, Limits, Scenario};
use model::Plan;
use probe::{Context, NameSources, Policy};
use rustls::RootCertStore;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The server that is asked for; the lab's certificate is for it.
pub const HOST: &str = "contoso.database.windows.net";
/// A node that gateways send clients to, and that no name server knows.
pub const NODE: &str = "tr1.eastus1-a.worker.database.windows.net";
/// The region of its gateways.
pub const REGION: &str = "East US";
/// All gateways of that region.
pub const GATEWAYS: [Ipv4Addr; 8] = [
    gateway(160),
    gateway(161),
    gateway(162),
    gateway(163),
    gateway(164),
    gateway(165),
    gateway(166),
    gateway(169),
];
/// An address that no list knows, and that the server has too.
pub const UNLISTED: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

const fn gateway(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(20, 62, 132, last)
}

/// The network, and the lab in it.
pub struct Azure {
    /// Where runs are made from.
    pub client: Arc<Host>,
    /// Where the way is broken.
    pub router: Arc<Host>,
    /// What has the addresses.
    pub server: Arc<Host>,
    lab: Lab,
    net: Net,
}

impl Azure {
    /// A region where everybody answers as one of these scenarios: the first, until another is chosen.
    ///
    /// # Panics
    /// When it cannot be made; ask [`super::unable`] before.
    pub async fn start(scenarios: &[Scenario]) -> Self {
        // Another test may have done so.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let net = Net::of(&["client", "server"]);
        let (client, router, server) = (net.host("client"), net.router(), net.host("server"));
        let own = server.address().to_string();
        for address in GATEWAYS.into_iter().chain([UNLISTED]) {
            let address = format!("{address}/32");
            server.ip(&["addr", "add", &address, "dev", "eth0"]);
            router.ip(&["route", "add", &address, "via", &own]);
        }
        // What comes for these addresses may be handed to loopback, where the lab is.
        server.set("net.ipv4.conf.all.route_localnet", "1");
        // The fault is what answers, not how often a router is willing to.
        router.set("net.ipv4.icmp_ratelimit", "0");
        let config = lab::Config {
            scale: 0.1,
            scenarios: scenarios.iter().map(|one| (*one, 0)).collect(),
            host: HOST.to_owned(),
            limits: Limits {
                before_login: Duration::from_secs(3_600),
                ..Limits::default()
            },
            ..lab::Config::default()
        };
        let lab = server
            .run(async move { Lab::start(config).await.expect("the lab starts") })
            .await;
        let azure = Self {
            client,
            router,
            server,
            lab,
            net,
        };
        azure.serve(scenarios[0]);
        azure
    }

    /// Port 1433 of every address is this scenario from now on.
    ///
    /// # Panics
    /// When this host cannot offer it.
    pub fn serve(&self, scenario: Scenario) {
        self.forward(self.lab.port(scenario).expect("it is offered here"));
    }

    /// Port 1433 of every address is a peer that follows this script from now on, for as long as it is kept.
    pub async fn serve_script(&self, script: impl Fn(usize) -> Vec<Act> + Send + 'static) -> Peer {
        let peer = self.server.run(Peer::start(script)).await;
        self.forward(peer.address.port());
        peer
    }

    fn forward(&self, port: u16) {
        self.server.rules(&format!(
            "table ip lab {{}}
            delete table ip lab
            table ip lab {{ chain before {{ type nat hook prerouting priority -100;
                iifname \"eth0\" tcp dport {{ 1433, 3342, 11000-11999 }} dnat to 127.0.0.1:{port}
                iifname \"eth0\" meta l4proto tcp dnat to 127.0.0.1
            }}
            }}"
        ));
    }

    /// What the router does to packets that it passes on, until it is told otherwise.
    pub fn on_the_way(&self, rules: &str) {
        self.router.rules(&format!(
            "table inet fault {{}}
            delete table inet fault
            table inet fault {{ chain way {{ type filter hook forward priority 0;
                {rules}
            }}
            }}"
        ));
    }

    /// The address where the client finds the router, and name servers on it.
    #[must_use]
    pub fn router_address(&self) -> Ipv4Addr {
        self.net.router_of(&self.client)
    }

    /// An agent's context: the policy as it is, the lab's root, and every name but the node's at these addresses.
    ///
    /// # Panics
    /// Never: the lab's CA is one.
    #[must_use]
    pub fn context(&self, addresses: &[Ipv4Addr]) -> Context {
        let mut roots = RootCertStore::empty();
        roots.add(self.lab.ca()).expect("a CA");
        let addresses: Vec<IpAddr> = addresses.iter().map(|one| (*one).into()).collect();
        // A node's port is in the range of nodes; the lab takes a free one.
        let nodes = self.lab.endpoints().into_iter().map(|one| one.port());
        let policy = nodes
            .flat_map(|port| addresses.iter().map(move |ip| SocketAddr::new(*ip, port)))
            .fold(Policy::default(), Policy::exempt);
        Context {
            policy,
            trust: Arc::new(roots),
            names: NameSources {
                system: Arc::new(move |name| {
                    let unknown = || std::io::Error::other("Name or service not known");
                    (name != NODE)
                        .then(|| addresses.clone())
                        .ok_or_else(unknown)
                }),
                ..NameSources::none()
            },
            ..Context::offline()
        }
    }

    /// Makes a run from the client, and judges it.
    pub async fn run(&self, plan: Plan, context: Context) -> Judged {
        self.client
            .run(async move { judged::make(&plan, judged::secret(&plan), &context).await })
            .await
    }
}
