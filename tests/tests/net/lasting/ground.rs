//! An agent's host, a server's, and what stands between: the network of one drill, and the ways to break it.

use super::drill::{Drill, Program};
use super::gate::Gate;
use super::heard::Heard;
use lab::{Lab, Scenario};
use model::{Finding, Options, Plan, StepKind};
use probe::trace::Trace;
use probe::{Context, NameSources, Policy};
use rustls::RootCertStore;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::net::{Host, Net, Program as Running};
use tests::{judged, tools};
use tokio_util::sync::CancellationToken;

/// Longest wait for something to happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// The network of one drill.
pub(super) struct Ground {
    net: Net,
    pub(super) agent: Arc<Host>,
    server: Arc<Host>,
    pub(super) gate: Gate,
    lab: Lab,
    plan: Plan,
    scale: u64,
    trace: bool,
    folder: TempDir,
}

impl Ground {
    /// Makes it, whole.
    pub(super) async fn of(drill: &Drill) -> Self {
        let net = Net::of(&["agent", "server"]);
        let (agent, server) = (net.host("agent"), net.host("server"));
        // The fault is what answers, not how often a router is willing to.
        net.router().set("net.ipv4.icmp_ratelimit", "0");
        let address = server.address();
        let (host, idle) = (drill.host, drill.gate_idle);
        let limits = lab::Limits {
            idle: drill.session_idle,
            ..lab::Limits::default()
        };
        let (lab, gate) = server
            .run(async move {
                let config = lab::Config {
                    scenarios: vec![(Scenario::Healthy, 0), (Scenario::Failover, 0)],
                    host: host.to_owned(),
                    limits,
                    ..lab::Config::default()
                };
                let lab = Lab::start(config).await.expect("the lab starts");
                let to = behind(&lab, Scenario::Healthy);
                let listen = SocketAddr::new(address.into(), 1433);
                let gate = Gate::open(listen, to, idle).await;
                (lab, gate)
            })
            .await;
        let options = Options {
            tcp_attempts: 1,
            query: false,
            gateways: false,
            external_resolver: false,
            tls_versions: false,
            route_trace: false,
            network_trace: drill.trace,
            lasting: (drill.lasting)(),
            ..(drill.options)()
        };
        let server_string = format!("tcp:{host},1433");
        Self {
            net,
            agent,
            server,
            gate,
            lab,
            plan: judged::plan(&server_string, options, drill.login),
            scale: drill.scale,
            trace: drill.trace,
            folder: tests::folder(),
        }
    }

    /// Where nothing has been said yet.
    pub(super) fn heard(&self) -> Heard {
        Heard::of(&self.plan, self.scale)
    }

    /// One run from the agent's host.
    pub(super) fn run(&self, heard: Heard) -> impl Future<Output = ()> {
        let (plan, agent) = (self.plan.clone(), Arc::clone(&self.agent));
        let address = self.server.address();
        let target = SocketAddr::new(address.into(), 1433);
        let mut roots = RootCertStore::empty();
        roots.add(self.lab.ca()).expect("a CA");
        let context = Context {
            policy: Policy::default().exempt(target),
            trust: Arc::new(roots),
            names: NameSources {
                system: Arc::new(move |_| Ok(vec![address.into()])),
                ..NameSources::none()
            },
            trace: Trace {
                allowed: self.trace,
                ..Trace::default()
            },
            ..Context::offline()
        };
        async move {
            let secret = judged::secret(&plan);
            let work = async move {
                probe::run(&plan, secret, &context, &heard, CancellationToken::new()).await;
            };
            agent.run(work).await;
        }
    }

    /// Until so many connections are held in a step of this kind.
    pub(super) async fn held(&self, heard: &Heard, kind: StepKind, count: usize) {
        until("connections are held", || heard.opened(kind) >= count).await;
    }

    /// Until the server has read so many queries.
    pub(super) async fn asked(&self, queries: u64) {
        let seen = || self.lab.counter(Scenario::Healthy).requests;
        until("queries are asked", || seen() >= queries).await;
    }

    /// New connections meet a database that moves: twice 40613, then it is there.
    pub(super) fn move_database(&self) {
        self.gate.lead_to(behind(&self.lab, Scenario::Failover));
    }

    /// The same run by the program as it is shipped, and what it finds.
    pub(super) async fn check(&self, program: &Program) -> Vec<Finding> {
        let folder = tests::folder();
        let roots = folder.path().join("ca.pem");
        std::fs::write(&roots, self.lab.ca_pem()).expect("written");
        let address = self.server.address();
        let host = &self.plan.target.host;
        self.agent.hosts(&[(address.into(), host)]);
        let mut command = self.agent.command("env");
        command
            .env("PASSWORD", lab::PASSWORD)
            .args((program.before)(self))
            .arg(tools::program("linecheck-agent"))
            .args(["check", "--server", &self.plan.target.server])
            .args(["--user", lab::USER, "--password-env", "PASSWORD"])
            .args(["--allow", &format!("{address}:1433"), "--trust"])
            .arg(&roots)
            .args(["--no-files", "--no-further-checks", "--json"])
            .args(program.arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.expect("no panic").expect("it starts");
        let words = || String::from_utf8_lossy(&output.stderr).into_owned();
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
                panic!("{error}: {}", words());
            });
        serde_json::from_value(document["findings"].clone()).expect("findings")
    }

    /// The file that says how wrong the agent's clock is.
    pub(super) fn clock(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// The agent's clock is so far off from now on: `+7200` seconds.
    pub(super) fn set_clock(&self, off: &str) {
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{off}\n")).expect("written");
        std::fs::rename(next, self.clock()).expect("in its place");
    }

    /// Translates addresses, and forgets a connection that carries nothing for so many seconds; what it then does with
    /// its packets.
    pub(super) fn translate(&self, seconds: u32, then: &str) {
        let router = self.net.router();
        router.rules(&format!(
            "table ip middle {{
                chain out {{ type nat hook postrouting priority 100;
                    oifname \"to2\" masquerade
                }}
                chain between {{ type filter hook forward priority 0;
                    ct state invalid {then}
                }}
            }}"
        ));
        let timer = seconds.to_string();
        router.set("net.netfilter.nf_conntrack_tcp_timeout_established", &timer);
        router.set("net.netfilter.nf_conntrack_tcp_loose", "0");
    }

    /// Forgets a connection that carries no data for so many seconds, whatever else it carries; what it then does.
    pub(super) fn count_data_only(&self, seconds: u32, then: &str) {
        self.net.router().rules(&format!(
            "table ip middle {{
                set live {{
                    type ipv4_addr . inet_service; flags dynamic, timeout; timeout {seconds}s;
                }}
                chain between {{ type filter hook forward priority 0;
                    iifname \"to1\" tcp flags & (syn | ack) == syn update @live {{ ip saddr . tcp sport }} accept
                    iifname \"to1\" tcp flags & rst == 0 ip saddr . tcp sport != @live {then}
                    iifname \"to1\" ip length > 60 update @live {{ ip saddr . tcp sport }}
                }}
            }}"
        ));
    }

    /// Translates to one address with so many ports; ended connections hold theirs for a second.
    pub(super) fn few_ports(&self, ports: u16) {
        let router = self.net.router();
        let last = 39_999 + ports;
        router.rules(&format!(
            "table ip middle {{
                chain out {{ type nat hook postrouting priority 100;
                    oifname \"to2\" meta l4proto tcp masquerade to :40000-{last}
                }}
            }}"
        ));
        for state in [
            "time_wait",
            "close",
            "close_wait",
            "fin_wait",
            "last_ack",
            "syn_sent",
        ] {
            let name = format!("net.netfilter.nf_conntrack_tcp_timeout_{state}");
            router.set(&name, "1");
        }
    }

    /// The way to one host (`1` the agent's, `2` the server's) carries no packet larger than this. `says`: who is too
    /// large is told so.
    pub(super) fn narrow(&self, host: u8, mtu: u16, says: bool) {
        let router = self.net.router();
        let (net, link) = (format!("10.77.{host}.0/24"), format!("to{host}"));
        let route = ["route", "change", &net, "dev", &link, "mtu", "lock"];
        router.ip(&[&route[..], &[&mtu.to_string()]].concat());
        if !says {
            router.rules(
                "table inet silent { chain out { type filter hook output priority 0;
                    icmp type destination-unreachable drop
                }
                }",
            );
        }
    }

    /// Does this with every packet between the two from now on.
    pub(super) fn between(&self, what: &str) {
        self.net.router().rules(&format!(
            "table inet storm {{
                chain between {{ type filter hook forward priority -10;
                    meta l4proto tcp {what}
                }}
            }}"
        ));
    }

    /// Nothing is done to packets any more.
    pub(super) fn calm(&self) {
        self.net.router().rules("delete table inet storm");
    }

    /// The agent does not get to its work until then: whatever runs in its process, it is not the run.
    pub(super) fn starve(&self, lasts: Duration) {
        let until = Instant::now() + lasts;
        let runtime = self.agent.runtime();
        // More than there are threads: what comes late ends at once.
        for _ in 0..4 {
            runtime.spawn(async move {
                let left = until.saturating_duration_since(Instant::now());
                std::thread::sleep(left);
            });
        }
    }

    /// Programs that do nothing but compute, on the first core, until they are dropped.
    pub(super) fn keep_busy(&self) -> Vec<Running> {
        let busy = || {
            let mut command = self.agent.command("taskset");
            command.args(["-c", "0", "sh", "-c", "while :; do :; done"]);
            Running::start(command, &self.folder.path().join("busy.log"))
        };
        std::iter::repeat_with(busy).take(3).collect()
    }
}

/// Asks again and again; for what nobody announces.
pub(super) async fn until(what: &str, mut ready: impl FnMut() -> bool + Send) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn behind(lab: &Lab, scenario: Scenario) -> SocketAddr {
    let port = lab.port(scenario).expect("it is offered here");
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
