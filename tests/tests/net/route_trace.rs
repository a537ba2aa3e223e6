//! The way to an address that does not answer, followed by a program without any privilege, and the routes that a host says
//! it has.

use model::{
    AgentEvent, EventBody, FailureCode, Observation, Options, Plan, PlanLogin, Route, RouteHop,
    RunId, StepId, StepKind, Target,
};
use probe::Context;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tests::net::{Host, Net};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a run said.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<AgentEvent>>>);

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.0.lock().expect("not poisoned").push(event);
    }
}

impl Heard {
    /// The facts of the steps of a kind.
    fn facts(&self, kind: StepKind) -> Vec<Observation> {
        let events = self.0.lock().expect("not poisoned");
        let mut kinds: BTreeMap<StepId, StepKind> = BTreeMap::new();
        let mut facts = Vec::new();
        for event in events.iter() {
            match &event.body {
                EventBody::StepStarted {
                    step, step_kind, ..
                } => {
                    kinds.insert(*step, *step_kind);
                }
                EventBody::Observed {
                    step, observation, ..
                } if kinds.get(step) == Some(&kind) => facts.push(observation.clone()),
                _ => {}
            }
        }
        facts
    }

    fn hops(&self) -> Vec<(u8, Option<String>, String)> {
        self.facts(StepKind::RouteTrace)
            .into_iter()
            .filter_map(|fact| match fact {
                Observation::RouteHop(RouteHop {
                    ttl, from, answer, ..
                }) => Some((ttl, from, answer)),
                _ => None,
            })
            .collect()
    }

    fn routes(&self) -> Vec<Route> {
        self.facts(StepKind::TcpConnect)
            .into_iter()
            .filter_map(|fact| match fact {
                Observation::Route(route) => Some(route),
                _ => None,
            })
            .collect()
    }

    fn codes(&self) -> Vec<FailureCode> {
        let events = self.0.lock().expect("not poisoned");
        let codes = events.iter().filter_map(|event| match &event.body {
            EventBody::StepFinished { code, .. } => code.clone(),
            _ => None,
        });
        codes.collect()
    }
}

/// A run from a host to an address.
async fn run(from: &Host, to: IpAddr) -> Heard {
    let plan = Plan {
        run: RunId(Uuid::new_v4()),
        target: Target {
            server: format!("tcp:{to},1433"),
            host: to.to_string(),
            port: Some(1433),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::None,
        options: Options {
            tcp_timeout_ms: 1_500,
            ..Options::default()
        },
    };
    let heard = Heard::default();
    let sink = heard.clone();
    from.run(async move {
        let context = Context::offline();
        probe::run(&plan, None, &context, &sink, CancellationToken::new()).await;
    })
    .await;
    heard
}

#[tokio::test]
async fn the_way_shows_who_stands_on_it() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_route_trace", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));

    // Nobody listens: the end of the way is the second hop.
    let heard = run(&a, b.address().into()).await;
    let router = net.router_of(&a).to_string();
    let end = b.address().to_string();
    let expected = [
        (1, Some(router.clone()), "time_exceeded".to_owned()),
        (2, Some(end), "refused".to_owned()),
    ];
    assert_eq!(heard.hops(), expected);
    let route = heard.routes().pop().expect("a route");
    assert_eq!(route.gateway, Some(router.clone()));
    assert_eq!(route.interface.as_deref(), Some("eth0"));
    assert_eq!(route.source, Some(a.address().to_string()));

    // Dropped at its end: the router answers, nobody after it.
    b.cut();
    let heard = run(&a, b.address().into()).await;
    let hops = heard.hops();
    assert_eq!(hops[0], (1, Some(router), "time_exceeded".to_owned()));
    assert_eq!(hops.len(), 10);
    assert!(
        hops[1..]
            .iter()
            .all(|(_, from, answer)| from.is_none() && answer == "silent")
    );

    // By IPv6 the same.
    b.mend();
    let heard = run(&a, b.address6().into()).await;
    let answers: Vec<_> = heard
        .hops()
        .into_iter()
        .map(|(_, _, answer)| answer)
        .collect();
    assert_eq!(answers, ["time_exceeded", "refused"]);

    // Without a route nothing leaves, and that is said.
    a.unplug();
    let heard = run(&a, b.address().into()).await;
    assert!(heard.codes().contains(&FailureCode::TcpUnreachable));
    let route = heard.routes().pop().expect("a route");
    assert_eq!((route.interface, route.source), (None, None));
}
