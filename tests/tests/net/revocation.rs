//! Addresses in a certificate that are not public: a listener that hears every address of the host at port 80 hears
//! nobody. It does hear who is sent to a public one.

use model::{
    Encryption, EventBody, FailureCode, Observation, Options, Plan, PlanLogin, RunId, Target,
};
use probe::{Context, Policy};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tests::heard::Heard;
use tests::net::{Host, Net};
use tests::revocation::{Chain, Say, Web};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Of the host, and none of them public.
const FORBIDDEN: [&str; 12] = [
    "10.9.9.9",
    "172.16.9.9",
    "192.168.9.9",
    "100.64.9.9",
    "127.0.0.1",
    "169.254.7.7",
    "169.254.169.254",
    "168.63.129.16",
    "::1",
    "fd12:3456::9",
    "fd00:ec2::254",
    "fe80::7",
];
/// Of the host too, and public by its number.
const PUBLIC: &str = "203.0.113.7";

/// How the steps about revocation ended, and with which status of HTTP.
fn ends(heard: &Heard) -> Vec<(Option<FailureCode>, Option<u16>)> {
    let events = heard.events();
    let mut ends = Vec::new();
    for event in events.iter() {
        let EventBody::Observed {
            step, observation, ..
        } = &event.body
        else {
            continue;
        };
        let Observation::RevocationAnswer(answer) = observation else {
            continue;
        };
        let code = events.iter().find_map(|event| match &event.body {
            EventBody::StepFinished {
                step: ended, code, ..
            } if ended == step => Some(code.clone()),
            _ => None,
        });
        ends.push((code.expect("it ended"), answer.http_status));
    }
    ends
}

/// A run on the host whose server's certificate sends its readers to that name; it has that address.
async fn ask(host: &Host, url: String, address: IpAddr) -> Heard {
    let heard = Heard::default();
    let sink = heard.clone();
    host.run(async move {
        let chain = Chain::naming(std::slice::from_ref(&url), std::slice::from_ref(&url));
        let any = (Ipv4Addr::LOCALHOST, 0);
        let listener = TcpListener::bind(any).await.expect("a port");
        let server = listener.local_addr().expect("an address");
        let _serving = chain.serve(listener);
        let mut context = Context {
            policy: Policy::default().exempt(server),
            trust: Arc::new(chain.roots()),
            ..Context::offline()
        };
        context.names.system = Arc::new(move |name| match name {
            "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            _ => Ok(vec![address]),
        });
        let plan = Plan {
            run: RunId(Uuid::new_v4()),
            target: Target {
                server: format!("tcp:localhost,{}", server.port()),
                host: "localhost".to_owned(),
                port: Some(server.port()),
                instance: None,
                database: "master".to_owned(),
                kind: "sql_server".to_owned(),
            },
            login: PlanLogin::None,
            options: Options {
                revocation: true,
                encryption: Encryption::Strict,
                tls_versions: false,
                route_trace: false,
                prelogin_timeout_ms: 100,
                ..Options::default()
            },
        };
        probe::run(&plan, None, &context, &sink, CancellationToken::new()).await;
    })
    .await;
    heard
}

fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_public() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_revocation", &reason);
    }
    let net = Net::of(&["agent"]);
    let host = net.host("agent");
    let addresses: Vec<IpAddr> = FORBIDDEN
        .iter()
        .chain(&[PUBLIC])
        .map(|text| text.parse().expect("an address"))
        .collect();
    for address in &addresses {
        if !address.is_loopback() {
            host.also(*address);
        }
    }
    let web = host
        .run(async {
            let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 80));
            let listener = TcpListener::bind(everywhere).await.expect("port 80");
            Web::serve(listener, |_| {
                let head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
                Say::Bytes(head.into())
            })
        })
        .await;
    let (public, forbidden) = addresses.split_last().expect("addresses");
    for address in forbidden {
        let mut hosts = vec![literal(*address), "named.example".to_owned()];
        if let IpAddr::V4(v4) = address {
            let [a, b, c, d] = v4.octets();
            hosts.push(literal(v4.to_ipv6_mapped().into()));
            hosts.push(format!("[64:ff9b::{a:02x}{b:02x}:{c:02x}{d:02x}]"));
        }
        for name in hosts {
            let heard = ask(&host, format!("http://{name}/x"), *address).await;
            let refused = (Some(FailureCode::PolicyRefused), None);
            assert_eq!(ends(&heard), [refused.clone(), refused], "{name}");
        }
    }
    assert_eq!(web.came(), 0);
    // It can hear; and where it sends whoever asks, nobody goes.
    let heard = ask(&host, "http://named.example/x".to_owned(), *public).await;
    let sent_on = (Some(FailureCode::HttpStatus), Some(302));
    assert_eq!(ends(&heard), [sent_on.clone(), sent_on]);
    assert_eq!(web.came(), 2);
}
