//! The lab as a whole: starts every scenario, says where each is, ends them all.

use crate::backlog::{self, Full};
use crate::browser;
use crate::certificates::Certificates;
use crate::config::{Config, Error};
use crate::conversation::Host;
use crate::counter::{Counter, Counting};
use crate::link::{Link, Net};
use crate::listener::{self, Life};
use crate::memory::Memory;
use crate::ports::{self, Bound};
use crate::script::{Door, Script};
use crate::store::Store;
use crate::{PASSWORD, Scenario, USER};
use rustls::pki_types::CertificateDer;
use socket2::Socket;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A running lab. Dropped, it ends at once; [`Lab::shutdown`] also waits for the end.
pub struct Lab {
    practice: Vec<Practice>,
    endpoints: Vec<SocketAddr>,
    counting: HashMap<Scenario, Arc<Counting>>,
    stores: HashMap<Scenario, Store>,
    links: HashMap<Scenario, Arc<Link>>,
    net: Arc<Net>,
    certificates: Arc<Certificates>,
    life: Life,
    silent: Vec<Silent>,
    browser: Option<u16>,
}

/// A scenario as people are offered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Which.
    pub scenario: Scenario,
    /// Its port on loopback; absent when it is unavailable.
    pub port: Option<u16>,
    /// A few words.
    pub title: &'static str,
    /// What it does, in plain words.
    pub explains: &'static str,
    /// Login name that works there.
    pub user: Option<&'static str>,
    /// Password that works there.
    pub password: Option<&'static str>,
    /// Why this host cannot offer it.
    pub unavailable: Option<String>,
}

impl Practice {
    /// What people type: `tcp:localhost,50123`; absent when it is unavailable.
    #[must_use]
    pub fn server(&self) -> Option<String> {
        self.port.map(|port| format!("tcp:localhost,{port}"))
    }
}

/// Ports that are kept, but that nobody serves.
enum Silent {
    Refusing(#[allow(dead_code)] Vec<Socket>),
    Unanswering(#[allow(dead_code)] Full),
}

impl Lab {
    /// Binds every port, makes the certificates and starts to listen. Needs a tokio runtime, and ends with it.
    pub async fn start(config: Config) -> Result<Self, Error> {
        if !(0.0..=1000.0).contains(&config.scale) {
            return Err(Error::Scale(config.scale));
        }
        let mut lab = Self {
            practice: Vec::new(),
            endpoints: Vec::new(),
            counting: HashMap::new(),
            stores: HashMap::new(),
            links: HashMap::new(),
            net: Arc::default(),
            certificates: Arc::new(Certificates::make(&config.host)?),
            life: Life::default(),
            silent: Vec::new(),
            browser: None,
        };
        let mut opened = Vec::new();
        for &(scenario, port) in &config.scenarios {
            opened.push(Opened::bind(scenario, port)?);
        }
        // Filling a backlog takes a while, so they are filled together.
        let filled =
            futures::future::join_all(opened.into_iter().map(|opened| opened.fill())).await;
        for filled in filled {
            lab.add(filled, &config)?;
        }
        if config.browser {
            let instances = lab.practice.iter().map(instance).collect();
            let port = browser::serve(instances, &lab.life).await;
            lab.browser = Some(port.map_err(Error::Browser)?);
        }
        lab.life.tasks.close();
        Ok(lab)
    }

    /// Every scenario that was asked for, in that order, unavailable ones included.
    #[must_use]
    pub fn practice(&self) -> &[Practice] {
        &self.practice
    }

    /// The server string of a scenario; absent when it is unavailable or was not asked for.
    #[must_use]
    pub fn server(&self, scenario: Scenario) -> Option<String> {
        self.of(scenario)?.server()
    }

    /// The port of a scenario; absent when it is unavailable or was not asked for.
    #[must_use]
    pub fn port(&self, scenario: Scenario) -> Option<u16> {
        self.of(scenario)?.port
    }

    /// Every address that belongs to the lab, those that it routes to and those that do not answer included.
    #[must_use]
    pub fn endpoints(&self) -> Vec<SocketAddr> {
        self.endpoints.clone()
    }

    /// The UDP port of its SQL Browser, on the same addresses; absent when none was asked for.
    #[must_use]
    pub fn browser(&self) -> Option<u16> {
        self.browser
    }

    /// The lab's CA. Whoever trusts it should do so for the lab only.
    #[must_use]
    pub fn ca(&self) -> CertificateDer<'static> {
        self.certificates.ca()
    }

    /// The lab's CA as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.certificates.ca_pem()
    }

    /// What clients have done to a scenario so far.
    #[must_use]
    pub fn counter(&self, scenario: Scenario) -> Counter {
        self.counting
            .get(&scenario)
            .map(|counting| counting.read())
            .unwrap_or_default()
    }

    /// How many tables there are in a scenario's database; waits for a transaction that looks at them.
    pub async fn tables(&self, scenario: Scenario) -> usize {
        match self.stores.get(&scenario) {
            Some(store) => store.tables().await,
            None => 0,
        }
    }

    /// What a scenario has that plays a server of a link: `job NAME`, `endpoint NAME`…
    #[must_use]
    pub fn catalog(&self, scenario: Scenario) -> Vec<String> {
        let link = self.links.get(&scenario);
        link.map(|link| link.inventory()).unwrap_or_default()
    }

    /// The batches of a link that a scenario was sent, in their order.
    #[must_use]
    pub fn sent(&self, scenario: Scenario) -> Vec<String> {
        let link = self.links.get(&scenario);
        link.map(|link| link.sent()).unwrap_or_default()
    }

    /// Where the managed instance of a link really listens: its mirroring port.
    #[must_use]
    pub fn instance_port(&self, scenario: Scenario) -> Option<u16> {
        self.links.get(&scenario)?.instance_port()
    }

    /// Closes every connection and port, and returns when all are closed.
    pub async fn shutdown(self) {
        self.life.over.cancel();
        self.life.tasks.wait().await;
    }

    fn of(&self, scenario: Scenario) -> Option<&Practice> {
        self.practice
            .iter()
            .find(|practice| practice.scenario == scenario)
    }

    /// The part of a link that a scenario plays.
    fn link(&mut self, scenario: Scenario) -> Result<Option<Arc<Link>>, Error> {
        let Door::Listening(Script {
            link: Some(part), ..
        }) = scenario.door()
        else {
            return Ok(None);
        };
        let link = Link::new(part, Arc::clone(&self.net))
            .map_err(|source| port_error(scenario, 0, source))?;
        self.endpoints.extend(link.addresses());
        self.links.insert(scenario, Arc::clone(&link));
        Ok(Some(link))
    }

    fn add(&mut self, filled: Filled, config: &Config) -> Result<(), Error> {
        let scenario = filled.scenario;
        let counting = Arc::new(Counting::default());
        let memory = Arc::new(Memory::default());
        let store = Store::default();
        self.stores.insert(scenario, store.clone());
        let room = Arc::new(Semaphore::new(config.limits.connections));
        let link = self.link(scenario)?;
        let front_port = filled.front.port;
        let host: Arc<str> = config.host.as_str().into();
        let second_port = filled.second.as_ref().map(|second| second.port);
        let mut unavailable = None;
        for (ready, route) in [
            (Some(filled.front), second_port),
            (filled.second, Some(front_port)),
        ] {
            let Some(ready) = ready else { continue };
            self.endpoints.extend(&ready.addresses);
            match ready.behind {
                Behind::Listening(script, bound) => {
                    let host = Arc::new(Host {
                        script,
                        scale: config.scale,
                        limits: config.limits,
                        route: route.map(|port| (Arc::clone(&host), port)),
                        certificates: Arc::clone(&self.certificates),
                        memory: Arc::clone(&memory),
                        store: store.clone(),
                        link: link.clone(),
                        counting: Arc::clone(&counting),
                    });
                    listener::listen(bound, &host, &room, &self.life)
                        .map_err(|source| port_error(scenario, ready.port, source))?;
                }
                Behind::Silent(silent) => self.silent.push(silent),
                Behind::Nothing(why) => unavailable = Some(why),
            }
        }
        self.counting.insert(scenario, counting);
        self.practice.push(Practice {
            scenario,
            port: unavailable.is_none().then_some(front_port),
            title: scenario.title(),
            explains: scenario.explains(),
            user: Some(USER),
            password: Some(PASSWORD),
            unavailable,
        });
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.life.over.cancel();
    }
}

/// A scenario as SQL Browser tells it.
fn instance(practice: &Practice) -> tds::ssrp::Instance {
    tds::ssrp::Instance {
        server: "LINECHECK-LAB".to_owned(),
        name: practice.scenario.as_str().to_owned(),
        clustered: Some(false),
        version: Some("16.0.1000.6".to_owned()),
        tcp: practice.port,
        others: Vec::new(),
    }
}

/// A scenario whose ports are bound.
struct Opened {
    scenario: Scenario,
    front: (Door, Bound),
    second: Option<(Door, Bound)>,
}

/// A scenario whose silent ports are silent.
struct Filled {
    scenario: Scenario,
    front: Ready,
    second: Option<Ready>,
}

struct Ready {
    port: u16,
    addresses: Vec<SocketAddr>,
    behind: Behind,
}

enum Behind {
    Listening(Script, Bound),
    Silent(Silent),
    Nothing(String),
}

impl Opened {
    fn bind(scenario: Scenario, port: u16) -> Result<Self, Error> {
        let bind = |door: Door, port| {
            let reuse = matches!(door, Door::Listening(_));
            let bound =
                ports::bind(port, reuse).map_err(|source| port_error(scenario, port, source))?;
            Ok::<_, Error>((door, bound))
        };
        Ok(Self {
            scenario,
            front: bind(scenario.door(), port)?,
            second: scenario
                .second_door()
                .map(|door| bind(door, 0))
                .transpose()?,
        })
    }

    async fn fill(self) -> Filled {
        let second = async {
            match self.second {
                Some(second) => Some(ready(second).await),
                None => None,
            }
        };
        let (front, second) = futures::future::join(ready(self.front), second).await;
        Filled {
            scenario: self.scenario,
            front,
            second,
        }
    }
}

async fn ready((door, bound): (Door, Bound)) -> Ready {
    let port = bound.port;
    let addresses = bound.sockets.iter().map(|(address, _)| *address).collect();
    let behind = match door {
        Door::Listening(script) => Behind::Listening(script, bound),
        Door::Refusing => Behind::Silent(Silent::Refusing(
            bound
                .sockets
                .into_iter()
                .map(|(_, socket)| socket)
                .collect(),
        )),
        Door::Unanswering => match backlog::fill(bound).await {
            Ok(full) => Behind::Silent(Silent::Unanswering(full)),
            Err(why) => Behind::Nothing(why),
        },
    };
    Ready {
        port,
        addresses,
        behind,
    }
}

fn port_error(scenario: Scenario, port: u16, source: std::io::Error) -> Error {
    Error::Port {
        scenario: scenario.as_str(),
        port,
        source,
    }
}
