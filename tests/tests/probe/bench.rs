//! What the tests run with: a lab or a peer on loopback, a context that may reach it and nothing else, and
//! plans with short limits.

use crate::story::{Recording, Story};
use lab::{Lab, Scenario};
use model::{DriverSettings, Options, Plan, PlanLogin, RunId, Target};
use probe::{Context, NameSources, Policy, Secret, Unlimited};
use rustls::RootCertStore;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Limits that a busy host keeps where something is to succeed, in a plan that ends soon.
pub(crate) fn options() -> Options {
    Options {
        tcp_attempts: 3,
        tcp_spacing_ms: 5,
        tcp_timeout_ms: 10_000,
        dns_timeout_ms: 10_000,
        retry_delays_ms: vec![5, 10, 15],
        deadline_ms: 60_000,
        // What goes on beside the path has tests of its own, and would be counted here.
        tls_versions: false,
        route_trace: false,
        driver: DriverSettings::default(),
        ..Options::default()
    }
}

/// Limits for a peer that is not going to answer.
pub(crate) fn short() -> Options {
    Options {
        tcp_timeout_ms: 300,
        prelogin_timeout_ms: 300,
        tls_timeout_ms: 300,
        login_timeout_ms: 300,
        query_timeout_ms: 300,
        ..options()
    }
}

pub(crate) fn plan(host: &str, port: u16, login: bool, options: Options) -> Plan {
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
        options,
    }
}

/// Names from a table; everything else does not exist.
pub(crate) fn names(table: &'static [(&'static str, &'static [IpAddr])]) -> NameSources {
    NameSources {
        system: Arc::new(move |host| {
            table
                .iter()
                .find(|(name, _)| *name == host)
                .map(|(_, addresses)| addresses.to_vec())
                .ok_or_else(|| std::io::Error::other("Name or service not known"))
        }),
        ..NameSources::none()
    }
}

pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// May reach these endpoints only; `localhost` is 127.0.0.1 and ::1.
pub(crate) fn context(
    endpoints: impl IntoIterator<Item = SocketAddr>,
    roots: RootCertStore,
) -> Context {
    Context {
        policy: endpoints
            .into_iter()
            .fold(Policy::default(), Policy::exempt),
        trust: Arc::new(roots),
        names: names(&[("localhost", &[V4, V6]), ("db.example", &[V4])]),
        budget: Arc::new(Unlimited),
        ..Context::offline()
    }
}

/// A lab with these scenarios, in a hundredth of real time.
pub(crate) async fn lab(scenarios: &[Scenario]) -> Lab {
    lab_at(0.01, scenarios).await
}

pub(crate) async fn lab_at(scale: f64, scenarios: &[Scenario]) -> Lab {
    let config = lab::Config {
        scale,
        scenarios: scenarios.iter().map(|scenario| (*scenario, 0)).collect(),
        ..lab::Config::default()
    };
    Lab::start(config).await.expect("the lab starts")
}

pub(crate) fn lab_context(lab: &Lab) -> Context {
    let mut roots = RootCertStore::empty();
    roots.add(lab.ca()).expect("a CA");
    context(lab.endpoints(), roots)
}

/// Runs against a scenario of a lab of its own; the lab is returned for its counters.
pub(crate) async fn meet(scenario: Scenario, login: bool, options: Options) -> (Story, Lab) {
    let lab = lab(&[scenario]).await;
    let port = lab.port(scenario).expect("the scenario is available here");
    let plan = plan("localhost", port, login, options);
    let story = make(&plan, &lab_context(&lab)).await;
    (story, lab)
}

pub(crate) fn secret(plan: &Plan) -> Option<Secret> {
    (plan.login != PlanLogin::None).then(|| Secret::new(lab::PASSWORD.to_owned()))
}

pub(crate) async fn make(plan: &Plan, context: &Context) -> Story {
    let sink = Recording::default();
    probe::run(plan, secret(plan), context, &sink, CancellationToken::new()).await;
    sink.story()
}
