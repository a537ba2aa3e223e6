//! How many connections the way lets through, and what it loses: with ports that run out, on this host or where addresses
//! are translated, and with a link that drops SYNs.

use model::lasting::{Capacity, Lasting, PathSurvey};
use model::{AgentId, EventBody, Options, Plan, PlanLogin, RunEvent, RunId, Target};
use probe::Context;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tests::heard::Heard;
use tests::net::{Host, Net};
use tests::peer::{Act, Peer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn plan(lasting: Lasting) -> Plan {
    Plan {
        run: RunId(Uuid::nil()),
        target: Target {
            server: "tcp:sql.example.net,1433".to_owned(),
            host: "sql.example.net".to_owned(),
            port: Some(1433),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::None,
        options: Options {
            gateways: false,
            tls_versions: false,
            route_trace: false,
            external_resolver: false,
            tcp_attempts: 1,
            tcp_timeout_ms: 2_500,
            prelogin_timeout_ms: 100,
            lasting,
            ..Options::default()
        },
    }
}

/// What the rules find in a run from there.
async fn findings(from: &Host, to: &Host, lasting: Lasting) -> Vec<String> {
    let address: IpAddr = to.address().into();
    let plan = plan(lasting);
    let (heard, made) = (Heard::default(), plan.clone());
    let sink = heard.clone();
    from.run(async move {
        let mut context = Context::offline();
        context.names.system = Arc::new(move |_| Ok(vec![address]));
        probe::run(&made, None, &context, &sink, CancellationToken::new()).await;
    })
    .await;
    let created = EventBody::RunCreated {
        plan: Box::new(plan),
        agent: AgentId(Uuid::nil()),
        agent_name: "here".to_owned(),
    };
    let first = RunEvent {
        seq: 1,
        at: chrono::Utc::now(),
        elapsed_us: None,
        body: created,
    };
    let mut state = rules::State::default();
    state.apply(&first);
    for (event, seq) in heard.events().into_iter().zip(2..) {
        state.apply(&RunEvent {
            seq,
            at: event.at,
            elapsed_us: Some(event.elapsed_us),
            body: event.body,
        });
    }
    let found = rules::judge(&state).findings;
    found.into_iter().map(|finding| finding.code).collect()
}

fn ramp() -> Lasting {
    Lasting {
        capacity: Some(Capacity {
            connections: 30,
            per_second: 100,
            hold_ms: 10,
        }),
        ..Lasting::default()
    }
}

fn syns() -> Lasting {
    Lasting {
        path: Some(PathSurvey {
            sizes: Vec::new(),
            syns: 20,
            answer_timeout_ms: 8_000,
        }),
        ..Lasting::default()
    }
}

fn has(found: &[String], code: &str) -> bool {
    found.iter().any(|one| one == code)
}

#[tokio::test]
async fn limits_and_losses_are_told_apart() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_capacity", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let at = SocketAddr::from((b.address(), 1433));
    let _listening = b
        .run(async move {
            let listener = TcpListener::bind(at).await.expect("the port");
            Peer::serve(listener, |_| vec![Act::Hold])
        })
        .await;

    // Nothing is in the way: nothing is found, twice.
    for lasting in [ramp(), syns()] {
        let found = findings(&a, &b, lasting).await;
        for code in ["connections_limited", "local_ports_exhausted", "syns_lost"] {
            assert!(!has(&found, code), "{found:?}");
        }
    }

    // Every third SYN is lost, on its first way only.
    b.rules(
        "table inet loss {
            chain in { type filter hook input priority 0;
                tcp dport 1433 tcp flags & (syn | ack) == syn numgen inc mod 3 == 0 drop
            }
        }",
    );
    let found = findings(&a, &b, syns()).await;
    assert!(has(&found, "syns_lost"), "{found:?}");
    b.rules("delete table inet loss");

    // Addresses are translated to one with few ports.
    a.rules(
        "table inet translation {
            chain out { type nat hook postrouting priority 100;
                tcp dport 1433 masquerade to :40000-40014
            }
        }",
    );
    let found = findings(&a, &b, ramp()).await;
    assert!(has(&found, "connections_limited"), "{found:?}");
    a.rules("delete table inet translation");

    // This host hands out few ports.
    a.inside(|| {
        let file = "/proc/sys/net/ipv4/ip_local_port_range";
        std::fs::write(file, "50000 50014").expect("a range");
    });
    let found = findings(&a, &b, ramp()).await;
    assert!(has(&found, "local_ports_exhausted"), "{found:?}");
}
