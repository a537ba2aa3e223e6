//! The ports that redirects go to, behind a firewall that lets all, some or none of them through; and what is made of it.

use model::{EventBody, FailureCode, Options, Plan, PlanLogin, RunId, StepId, StepKind, Target};
use probe::Context;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tests::heard::Heard;
use tests::net::{Host, Net};
use tests::peer::{Act, Peer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The server's own, then those of a run whose id is nothing but zeros.
const PORTS: [u16; 6] = [1433, 11_000, 11_200, 11_400, 11_600, 11_800];

/// How the sample ended, and how many of its connects were silent.
fn sample(heard: &Heard) -> (Option<FailureCode>, usize) {
    let events = heard.events();
    let ours = |step: &StepId| {
        events.iter().any(|event| {
            matches!(&event.body, EventBody::StepStarted { step: begun, step_kind, .. }
                if begun == step && *step_kind == StepKind::RedirectSample)
        })
    };
    let end = events.iter().find_map(|event| match &event.body {
        EventBody::StepFinished { step, code, .. } if ours(step) => Some(code.clone()),
        _ => None,
    });
    let silent = events.iter().filter(|event| {
        matches!(&event.body, EventBody::AttemptFinished { step, attempt }
            if ours(step) && attempt.code == Some(FailureCode::TcpTimeout))
    });
    (end.expect("a sample"), silent.count())
}

async fn run(from: &Host, to: &Host) -> Heard {
    let address: IpAddr = to.address().into();
    let plan = Plan {
        run: RunId(Uuid::nil()),
        target: Target {
            server: "tcp:contoso.database.windows.net,1433".to_owned(),
            host: "contoso.database.windows.net".to_owned(),
            port: Some(1433),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_database".to_owned(),
        },
        login: PlanLogin::None,
        options: Options {
            redirect_sample: true,
            gateways: false,
            tls_versions: false,
            route_trace: false,
            external_resolver: false,
            tcp_timeout_ms: 1_500,
            prelogin_timeout_ms: 200,
            ..Options::default()
        },
    };
    let heard = Heard::default();
    let sink = heard.clone();
    from.run(async move {
        let mut context = Context::offline();
        context.names.system = Arc::new(move |_| Ok(vec![address]));
        probe::run(&plan, None, &context, &sink, CancellationToken::new()).await;
    })
    .await;
    heard
}

fn drop_ports(host: &Host, ports: &str) {
    host.rules(&format!(
        "table inet wall {{
            chain in {{ type filter hook input priority 0;
                tcp dport {ports} drop
            }}
        }}"
    ));
}

#[tokio::test]
async fn a_firewall_lets_all_some_or_none_of_the_range_through() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_redirect_sample", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let address = b.address();
    let _listening = b
        .run(async move {
            let mut peers = Vec::new();
            for port in PORTS {
                let at = SocketAddr::from((address, port));
                let listener = TcpListener::bind(at).await.expect("the port");
                peers.push(Peer::serve(listener, |_| vec![Act::Hold]));
            }
            peers
        })
        .await;
    assert_eq!(sample(&run(&a, &b).await), (None, 0));
    drop_ports(&b, "11400-11999");
    assert_eq!(sample(&run(&a, &b).await), (None, 3));
    drop_ports(&b, "11000-11999");
    let blocked = (Some(FailureCode::TcpTimeout), 5);
    assert_eq!(sample(&run(&a, &b).await), blocked);
}
