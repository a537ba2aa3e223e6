//! What the tests run with: an agent in this process, a lab it may reach, plans with short limits, and what must
//! hold for every log.

use crate::portal::{Log, TOKEN};
use agent::{Config, Identity, Limits, Timing};
use lab::{Lab, Scenario};
use model::{EventBody, Options, Plan, PlanLogin, RunId, StepState, Target};
use probe::{Context, NameSources, Policy, Unlimited};
use rustls::RootCertStore;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) fn timing() -> Timing {
    Timing {
        heartbeat: Duration::from_millis(100),
        poll_longest: Duration::from_secs(10),
        retry_first: Duration::from_millis(5),
        retry_longest: Duration::from_millis(50),
        ..Timing::default()
    }
}

pub(crate) async fn lab(scenario: Scenario) -> Lab {
    let config = lab::Config {
        scale: 0.01,
        scenarios: vec![(scenario, 0)],
        ..lab::Config::default()
    };
    Lab::start(config).await.expect("the lab starts")
}

/// May reach the lab, or `endpoints`, and nothing else; `localhost` is 127.0.0.1.
pub(crate) fn context(lab: Option<&Lab>, endpoints: &[SocketAddr]) -> Context {
    let mut roots = RootCertStore::empty();
    let mut policy = endpoints
        .iter()
        .copied()
        .fold(Policy::default(), Policy::exempt);
    if let Some(lab) = lab {
        roots.add(lab.ca()).expect("a CA");
        policy = lab.endpoints().into_iter().fold(policy, Policy::exempt);
    }
    Context {
        policy,
        trust: Arc::new(roots),
        names: NameSources {
            system: Arc::new(|_| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])),
            ..NameSources::none()
        },
        budget: Arc::new(Unlimited),
        ..Context::offline()
    }
}

pub(crate) fn options() -> Options {
    Options {
        tcp_attempts: 2,
        tcp_spacing_ms: 5,
        retry_delays_ms: vec![5],
        deadline_ms: 60_000,
        // What goes on beside the path has tests of its own, and would be counted here.
        tls_versions: false,
        route_trace: false,
        ..Options::default()
    }
}

pub(crate) fn plan(host: &str, port: u16, login: bool) -> Plan {
    Plan {
        run: RunId(Uuid::new_v4()),
        target: Target {
            server: format!("tcp:{host},{port}"),
            host: host.to_owned(),
            port: Some(port),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: if login {
            PlanLogin::Sql {
                user: lab::USER.to_owned(),
            }
        } else {
            PlanLogin::None
        },
        options: options(),
    }
}

/// An agent that works until it is stopped or the test ends.
pub(crate) struct Agent {
    stop: CancellationToken,
    work: JoinHandle<Result<(), agent::Error>>,
}

impl Agent {
    pub(crate) fn start(portal: SocketAddr, dir: &Path, context: Context) -> Self {
        Self::start_with(config(portal, dir, context))
    }

    pub(crate) fn start_with(config: Config) -> Self {
        let stop = CancellationToken::new();
        let work = tokio::spawn(agent::worker::run(config, stop.clone()));
        Self { stop, work }
    }

    /// Ends by itself.
    pub(crate) async fn ended(self) -> Result<(), agent::Error> {
        self.work.await.expect("no panic")
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.work.await.expect("no panic").expect("no error");
    }
}

pub(crate) fn config(portal: SocketAddr, dir: &Path, context: Context) -> Config {
    Config {
        portal: format!("http://{portal}"),
        token: TOKEN.to_owned(),
        portal_ca: None,
        data_dir: dir.to_owned(),
        context,
        no_lock_out: Vec::new(),
        timing: timing(),
        limits: Limits::default(),
        clock: agent::Clock::default(),
    }
}

pub(crate) fn identity(dir: &Path) -> Identity {
    Identity::load_or_create(dir).expect("a key")
}

/// The spool files of an agent.
pub(crate) fn spool(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir.join("spool")) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

/// What must hold for every complete log: nothing lost, doubled or out of order.
pub(crate) fn assert_whole(log: &Log) {
    let bodies: Vec<&EventBody> = log.events.iter().map(|event| &event.body).collect();
    assert!(
        matches!(bodies.first(), Some(EventBody::RunStarted { .. })),
        "{bodies:?}"
    );
    let last_words = bodies.iter().filter(|body| body.is_last()).count();
    assert_eq!(last_words, 1, "one last word");
    assert!(bodies.last().is_some_and(|body| body.is_last()));
    let clocks: Vec<u64> = log.events.iter().map(|event| event.elapsed_us).collect();
    assert!(clocks.is_sorted(), "the run's clock never goes back");
    let (mut started, mut finished) = (BTreeSet::new(), BTreeSet::new());
    for body in &bodies {
        match body {
            EventBody::StepStarted { step, .. } => assert!(started.insert(*step), "{step} twice"),
            EventBody::StepFinished { step, state, .. } => {
                assert_ne!(*state, StepState::Running);
                assert!(finished.insert(*step), "{step} ended twice");
            }
            body => assert!(body.step().is_none_or(|step| started.contains(&step))),
        }
    }
    if matches!(bodies.last(), Some(EventBody::RunFinished { .. })) {
        assert_eq!(started, finished, "every step ends");
    }
}

/// Codes of the ended steps of a kind, in order.
pub(crate) fn codes(log: &Log, wanted: model::StepKind) -> Vec<String> {
    let of_kind: BTreeSet<_> = log
        .events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::StepStarted {
                step, step_kind, ..
            } if *step_kind == wanted => Some(*step),
            _ => None,
        })
        .collect();
    log.events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::StepFinished { step, code, .. } if of_kind.contains(step) => {
                Some(code.as_ref().map_or("ok".to_owned(), ToString::to_string))
            }
            _ => None,
        })
        .collect()
}
