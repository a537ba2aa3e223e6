//! What an agent is told to reach and may not: not one packet leaves its host, whatever form the address has and
//! whoever names it. The same counters count what may be reached, and what a plain program sends to the same addresses.

use model::{FailureCode, RunView, StepKind, StepState};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;
use tds::prelogin::Encryption;
use tds::token::{Body, EnvChange};
use tests::net::{Answer, Counters, Host, Kind, NameServer, Site};
use tests::peer::{Act, Peer, prelogin_reply, tokens};
use tests::process::Process;
use tokio::net::TcpListener;

/// Long enough for a packet to leave; nobody answers.
const MOMENT: Duration = Duration::from_millis(20);

/// Addresses, and where packets for them would go.
const ADDRESSES: [(&str, &str); 20] = [
    ("169.254.169.254", "169.254.169.254"),
    ("168.63.129.16", "168.63.129.16"),
    ("fd00:ec2::254", "fd00:ec2::254"),
    ("::ffff:169.254.169.254", "169.254.169.254"),
    ("64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe"),
    ("127.0.0.1", "127.0.0.1"),
    ("127.9.9.9", "127.9.9.9"),
    ("0.0.0.0", "127.0.0.1"),
    ("::", "::1"),
    ("::1", "::1"),
    ("::ffff:127.0.0.1", "127.0.0.1"),
    ("64:ff9b::7f00:1", "64:ff9b::7f00:1"),
    ("64:ff9b:1::7f00:1", "64:ff9b:1::7f00:1"),
    ("2002:7f00:1::", "2002:7f00:1::"),
    ("169.254.7.7", "169.254.7.7"),
    ("fe80::7", "fe80::7"),
    ("224.0.0.251", "224.0.0.251"),
    ("239.1.2.3", "239.1.2.3"),
    ("ff02::fb", "ff02::fb"),
    ("255.255.255.255", "255.255.255.255"),
];

/// The same as a resolver of the system may read them.
const SPELLINGS: [&str; 6] = [
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0x7f000001",
    "127.1",
    "0xa9fea9fe",
];

/// By name: in the hosts file, by address record, by alias; and this host itself.
const NAMES: [&str; 6] = [
    "written.corp.example",
    "written6.corp.example",
    "asked.corp.example",
    "asked6.corp.example",
    "alias.corp.example",
    "localhost",
];

/// Where a server sends its clients.
const REDIRECTS: [&str; 9] = [
    "127.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "0x7f.1",
    "written.corp.example",
    "alias.corp.example",
    "localhost",
];

/// First port of the servers that redirect; all are ports that may be reached.
const GATEWAYS: u16 = 11_000;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A server in clear text that sends everybody on.
async fn gateway(host: &Host, port: u16, to: &'static str) -> Peer {
    let listen = SocketAddr::new(host.address().into(), port);
    host.run(async move {
        let listener = TcpListener::bind(listen).await.expect("the port");
        Peer::serve(listener, move |_| {
            vec![
                Act::Hear,
                Act::Say(prelogin_reply(Encryption::NOT_SUPPORTED)),
                Act::Hear,
                Act::Say(tokens(&[Body::EnvChange(EnvChange::routing(to, 1433))])),
            ]
        })
    })
    .await
}

/// What was refused in a run: hop by hop. Nothing else may have been tried there.
fn refused_hops(view: &RunView) -> BTreeSet<u32> {
    let mut hops = BTreeSet::new();
    for step in &view.steps {
        if step.kind == StepKind::TcpConnect && step.code == Some(FailureCode::PolicyRefused) {
            assert_eq!(step.state, StepState::Skipped);
            assert!(step.attempts.is_empty(), "{step:?}");
            hops.insert(step.hop);
        }
    }
    hops
}

/// Sends to an address, as a program without a policy does.
fn send(to: IpAddr) {
    // The kernel opens no connection to a group; a datagram leaves.
    let any: IpAddr = match to {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let _ = TcpStream::connect_timeout(&SocketAddr::new(to, 1433), MOMENT);
    let socket = UdpSocket::bind((any, 0)).expect("a socket");
    socket.set_broadcast(true).expect("broadcasts");
    let scoped = match to {
        // Link-local addresses need a link: the first one that is not loopback.
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_multicast() => {
            std::net::SocketAddrV6::new(v6, 1433, 0, 2).into()
        }
        _ => SocketAddr::new(to, 1433),
    };
    let _ = socket.send_to(b"?", scoped);
}

#[tokio::test(flavor = "multi_thread")]
async fn not_one_packet_goes_where_the_policy_forbids() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_policy", &reason);
    }
    let site = Site::of(&["agent-a"]);
    let host = site.net.host("agent-a");
    let table = vec![
        ("asked.corp.example", Answer::Address(ip("169.254.169.254"))),
        ("asked6.corp.example", Answer::Address(ip("::1"))),
        ("alias.corp.example", Answer::Alias("behind.corp.example")),
        ("behind.corp.example", Answer::Address(ip("127.0.0.1"))),
        ("behind.corp.example", Answer::Address(ip("fd00:ec2::254"))),
    ];
    let _names = NameServer::start(&site.net.router(), table).await;
    host.resolver(site.net.router_of(&host));
    host.hosts(&[
        (site.portal.address().into(), tests::net::PORTAL_NAME),
        (ip("169.254.169.254"), "written.corp.example"),
        (ip("::ffff:127.0.0.1"), "written6.corp.example"),
    ]);
    let portal = Process::of(site.serve(&site.paper()), &site.path("portal.log"));
    let operator = site.operator().await;
    site.enrol(&operator, &host).await;
    let agent = site.work(&host, &[]);
    let view = site.connected(&operator, &host).await;
    let mut gateways = Vec::new();
    for (to, port) in REDIRECTS.into_iter().zip(GATEWAYS..) {
        gateways.push(gateway(&site.lab, port, to).await);
    }

    let lab = Kind::To(site.lab.address().into());
    let forbidden: BTreeSet<Kind> = ADDRESSES
        .iter()
        .map(|(_, goes_to)| Kind::To(ip(goes_to)))
        .chain([Kind::Loopback, Kind::Multicast4, Kind::Multicast6])
        .collect();
    let kinds: Vec<Kind> = forbidden.iter().copied().chain([lab]).collect();
    let counters = Counters::start(&host, &kinds);

    let own_port = format!("tcp:{},{}", site.portal.address(), site.address().port());
    let direct: Vec<String> = ADDRESSES
        .iter()
        .map(|(address, _)| *address)
        .chain(NAMES)
        .map(|name| format!("tcp:{name},1433"))
        .chain([own_port])
        .collect();
    let mut runs = Vec::new();
    for server in direct {
        let body = site.request(view.id, &server, json!({"tcp_attempts": 1}));
        runs.push((site.start(&operator, body).await, server, 0));
    }
    // Some the portal refuses to understand; then no agent is even asked.
    for spelling in SPELLINGS {
        let server = format!("tcp:{spelling},1433");
        let body = site.request(view.id, &server, json!({"tcp_attempts": 1}));
        match site.ask(&operator, body).await {
            Ok(run) => runs.push((run, server, 0)),
            Err(error) => {
                println!("{spelling}: refused by the portal");
                assert_eq!(error.code(), Some("bad_address"), "{spelling}");
            }
        }
    }
    for (to, port) in REDIRECTS.into_iter().zip(GATEWAYS..) {
        let server = site.lab.address().to_string();
        let options = json!({"tcp_attempts": 1, "allow_clear_text": true});
        let mut body = site.request(view.id, &format!("tcp:{server},{port}"), options);
        let purpose = seal::Purpose {
            user: lab::USER.to_owned(),
            host: server,
            port: Some(port),
            trust_server_certificate: false,
            allow_clear_text: true,
        };
        body["auth"] = tests::net::sealed_auth(&view, lab::PASSWORD, purpose);
        runs.push((
            site.start(&operator, body).await,
            format!("redirect to {to}"),
            1,
        ));
    }
    for (run, what, hop) in runs {
        let view = site
            .until(&operator, run, |view| view.state.is_settled())
            .await;
        assert_eq!(
            refused_hops(&view),
            BTreeSet::from([hop]),
            "{what}: {view:?}"
        );
        let verdict = view.verdict.map(|verdict| verdict.code);
        assert_eq!(verdict.as_deref(), Some("policy_refused"), "{what}");
    }
    let counted = counters.read();
    for kind in &forbidden {
        assert_eq!(counted[kind], 0, "{kind:?} got packets of the agent");
    }
    assert!(
        counted[&lab] > 0,
        "what may be reached is counted: {counted:?}"
    );

    // The counters can fail: a program without a policy, on the same host, to the same addresses.
    host.inside(|| ADDRESSES.iter().for_each(|(_, goes_to)| send(ip(goes_to))));
    let counted = counters.read();
    println!("without a policy: {counted:?}");
    for kind in &forbidden {
        assert!(counted[kind] > 0, "{kind:?} is not counted");
    }
    agent.kill();
    portal.kill();
}
