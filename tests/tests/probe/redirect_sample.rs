//! A sample of the ports that redirects go to: open, partly open, refused, and not allowed. Ports that are silent need a
//! network of their own: `net`.

use crate::bench::{context, make, plan, short};
use crate::story::Story;
use model::{FailureCode, Observation, Options, Plan, RunId, StepKind};
use rustls::RootCertStore;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tests::peer::{Act, Peer};
use tokio::net::TcpListener;
use uuid::Uuid;

/// Those of a run whose id is nothing but zeros.
const PORTS: [u16; 5] = [11_000, 11_200, 11_400, 11_600, 11_800];

/// An address of this process alone: the ports are not free to choose.
fn own_address() -> Ipv4Addr {
    let [.., a, b] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 101, a, b)
}

/// A run to a server of Azure SQL that is at our own address.
async fn sample(kind: &str, rule: Option<&str>) -> Story {
    let address = own_address();
    let listener = TcpListener::bind((address, 0)).await.expect("a port");
    let peer = Peer::serve(listener, |_| vec![Act::Hold]);
    let mut context = context([peer.address], RootCertStore::empty());
    context.names.system = Arc::new(move |_| Ok(vec![IpAddr::V4(address)]));
    if let Some(ports) = rule {
        let rule = format!("{address}:{ports}").parse().expect("a rule");
        context.policy = context.policy.allow(rule);
    }
    let options = Options {
        redirect_sample: true,
        gateways: false,
        tcp_timeout_ms: 10_000,
        ..short()
    };
    let host = "contoso.database.windows.net";
    let mut plan = Plan {
        run: RunId(Uuid::nil()),
        ..plan(host, peer.address.port(), false, options)
    };
    plan.target.kind = kind.to_owned();
    make(&plan, &context).await
}

async fn listen(ports: &[u16]) -> Vec<TcpListener> {
    let mut listeners = Vec::new();
    for port in ports {
        let at = SocketAddr::from((own_address(), *port));
        listeners.push(TcpListener::bind(at).await.expect("the port"));
    }
    listeners
}

/// Each port's connect: its port, and how it ended.
fn connects(story: &Story) -> Vec<(String, Option<FailureCode>)> {
    let step = story.of(StepKind::RedirectSample)[0];
    let mut all: Vec<_> = step
        .attempts
        .iter()
        .map(|attempt| {
            let detail = attempt.detail.clone().expect("its port");
            (detail, attempt.code.clone())
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

// One after the other: the ports are the same.
#[tokio::test]
async fn ports_that_are_open_and_ports_that_refuse() {
    // Everything is open.
    let open = listen(&PORTS).await;
    let story = sample("sql_database", Some("11000-11999")).await;
    assert_eq!(story.code(StepKind::RedirectSample), "ok");
    let expected: Vec<_> = PORTS.map(|port| (format!("port {port}"), None)).into();
    assert_eq!(connects(&story), expected);
    let timed = story.of(StepKind::RedirectSample)[0]
        .facts
        .iter()
        .filter(|fact| {
            matches!(
                fact,
                Observation::ConnectTimes {
                    established: 1,
                    min_us: Some(_),
                    ..
                }
            )
        })
        .count();
    assert_eq!(timed, PORTS.len());
    drop(open);

    // One is: an RST of the others is seen for what it is.
    let open = listen(&PORTS[2..3]).await;
    let story = sample("sql_database", Some("11000-11999")).await;
    assert_eq!(story.code(StepKind::RedirectSample), "ok");
    for (which, code) in connects(&story) {
        let refused = (which != "port 11400").then_some(FailureCode::TcpRefused);
        assert_eq!(code, refused, "{which}");
    }
    drop(open);

    // None is.
    let story = sample("sql_database", Some("11000-11999")).await;
    assert_eq!(story.code(StepKind::RedirectSample), "tcp_refused");
    let detail = story.of(StepKind::RedirectSample)[0].detail.clone();
    assert!(detail.is_some_and(|text| text.starts_with("every port of the sample")));

    // The policy allows some, or none: those that it forbids get no packet.
    let all = listen(&PORTS).await;
    let story = sample("sql_database", Some("11000-11399")).await;
    assert_eq!(story.code(StepKind::RedirectSample), "ok");
    assert_eq!(connects(&story).len(), 2);
    let story = sample("sql_database", None).await;
    assert_eq!(story.code(StepKind::RedirectSample), "policy_refused");
    assert_eq!(connects(&story), []);
    // Where nobody is ever redirected there is nothing to sample.
    let story = sample("managed_instance_public", Some("11000-11999")).await;
    assert!(story.of(StepKind::RedirectSample).is_empty());
    drop(all);
}
