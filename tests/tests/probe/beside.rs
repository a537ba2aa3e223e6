//! What goes on beside the path: the gateways of a region, the resolver outside, versions of TLS, sign-in hosts, a sample
//! of redirect ports, revocation; and how little any of it has to do with the path itself.

use crate::bench::{V4, context, lab, lab_context, make, options, plan, short};
use crate::name_servers::NameServer;
use crate::story::Story;
use lab::{Lab, Scenario};
use model::{
    DnsSource, Encryption, FailureCode, GatewayRegion, Observation, Options, Phase, Plan,
    RegionSource, StepKind, StepState, TlsOffer,
};
use probe::Context;
use rustls::RootCertStore;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::facts::Gateways;
use tds::ssrp::Instance;
use tests::peer::{Act, Peer};
use tests::tls_host::{self, authority};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// A server of Azure SQL by its name; where it is, the test says.
const AZURE: &str = "contoso.database.windows.net";

fn azure(port: u16, options: Options) -> Plan {
    let mut plan = plan(AZURE, port, false, options);
    plan.target.kind = "sql_database".to_owned();
    plan
}

/// Every name is 127.0.0.1.
fn here(mut context: Context) -> Context {
    context.names.system = Arc::new(|_| Ok(vec![V4]));
    context
}

fn table(context: &mut Context, gateways: &[Ipv4Addr]) {
    let exact: Vec<String> = gateways.iter().map(|one| format!("\"{one}\"")).collect();
    let text = format!(
        r#"{{"as_of":"2027-01-31","regions":[
            {{"name":"West Europe","cloud":"public","ranges":["127.0.0.0/24"],"exact":[{}],"retired":[]}}]}}"#,
        exact.join(",")
    );
    let table = Gateways::parse(&text).expect("a table");
    context.gateways = Arc::new(Cow::Owned(table));
}

fn region(story: &Story) -> Option<GatewayRegion> {
    story.facts().find_map(|fact| match fact {
        Observation::GatewayRegion(region) => Some(region.clone()),
        _ => None,
    })
}

fn offers(story: &Story) -> Vec<TlsOffer> {
    let mut offers: Vec<TlsOffer> = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::TlsOffer(offer) => Some(offer.clone()),
            _ => None,
        })
        .collect();
    offers.sort_by_key(|offer| offer.version.clone());
    offers
}

fn accepted(story: &Story) -> Vec<String> {
    let mut found = offers(story);
    found.retain(|offer| offer.accepted && offer.cipher.is_some());
    found.into_iter().map(|offer| offer.version).collect()
}

#[tokio::test]
async fn every_gateway_of_the_region_is_connected_to_so_often() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let port = peer.address.port();
    // Nobody listens at the second; the third may not be reached.
    let [own, dead, forbidden] = [1, 2, 3].map(|last| Ipv4Addr::new(127, 0, 0, last));
    let dead_endpoint = SocketAddr::new(dead.into(), port);
    let mut context = here(context(
        [peer.address, dead_endpoint],
        RootCertStore::empty(),
    ));
    table(&mut context, &[own, dead, forbidden]);
    let story = make(&azure(port, short()), &context).await;
    let told = region(&story).expect("a region");
    assert_eq!(told.region, "West Europe");
    assert_eq!(
        (told.by, told.told_by.as_str()),
        (RegionSource::Address, "127.0.0.1")
    );
    assert_eq!(
        (told.gateways.len(), told.as_of.as_str()),
        (3, "2027-01-31")
    );
    let mut codes = story.codes(StepKind::GatewayConnect);
    codes.sort();
    assert_eq!(codes, ["ok", "policy_refused", "tcp_refused"]);
    for step in story.of(StepKind::GatewayConnect) {
        let tried = step.code != Some(FailureCode::PolicyRefused);
        assert_eq!(step.attempts.len(), if tried { 3 } else { 0 });
    }
}

#[tokio::test]
async fn an_address_that_the_table_does_not_know_is_unknown() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let context = here(context([peer.address], RootCertStore::empty()));
    let story = make(&azure(peer.address.port(), short()), &context).await;
    assert_eq!(story.code(StepKind::GatewayConnect), "not_available");
    assert_eq!(region(&story), None);
    let said = story.of(StepKind::GatewayConnect)[0].detail.clone();
    assert!(said.is_some_and(|said| said.contains("unknown, not wrong")));
}

#[tokio::test]
async fn only_kinds_with_gateways_and_only_when_asked() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let port = peer.address.port();
    let mut context = here(context([peer.address], RootCertStore::empty()));
    table(&mut context, &[Ipv4Addr::LOCALHOST]);
    for kind in [
        "sql_server",
        "managed_instance_vnet_local",
        "fabric_warehouse",
        "custom_domain",
    ] {
        let mut plan = plan("db.example", port, false, short());
        plan.target.kind = kind.to_owned();
        let story = make(&plan, &context).await;
        assert!(story.of(StepKind::GatewayConnect).is_empty(), "{kind}");
    }
    let off = Options {
        gateways: false,
        ..short()
    };
    let story = make(&azure(port, off), &context).await;
    assert!(story.of(StepKind::GatewayConnect).is_empty());
}

#[tokio::test]
async fn a_region_is_told_by_an_alias_too() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let port = peer.address.port();
    let mut context = here(context([peer.address], RootCertStore::empty()));
    table(&mut context, &[Ipv4Addr::LOCALHOST]);
    // 127.1.0.0/16 is in no range; the name server's alias names the region.
    let other = Ipv4Addr::new(127, 1, 0, 1);
    context.names.system = Arc::new(move |_| Ok(vec![IpAddr::V4(other)]));
    let server = NameServer::start().await;
    context.names.resolvers = vec![server.address];
    let mut plan = plan(
        "alias.westeurope1-a.control.database.windows.net",
        port,
        false,
        short(),
    );
    plan.target.kind = "sql_database".to_owned();
    let story = make(&plan, &context).await;
    let told = region(&story).expect("a region");
    assert_eq!(told.by, RegionSource::Alias);
    assert_eq!(
        told.told_by,
        "real.westeurope1-a.control.database.windows.net"
    );
    assert_eq!(story.code(StepKind::GatewayConnect), "ok");
}

#[tokio::test]
async fn a_resolver_outside_hears_only_names_of_a_public_cloud() {
    let server = NameServer::start().await;
    let mut context = here(context([], RootCertStore::empty()));
    context.names.external = Some(server.address);
    let outside = |story: &Story| {
        story.facts().any(|fact| {
            let wanted = DnsSource::External {
                server: server.address.to_string(),
            };
            matches!(fact, Observation::DnsAnswer { source, addresses, .. }
                if *source == wanted && *addresses == ["127.0.0.1"])
        })
    };
    for (host, asked, expected) in [
        (AZURE, true, true),
        (AZURE, false, false),
        ("db.corp.example", true, false),
        ("database.windows.net", true, false),
        ("contoso", true, false),
        ("localhost", true, false),
        ("127.0.0.1", true, false),
    ] {
        let options = Options {
            external_resolver: asked,
            gateways: false,
            ..short()
        };
        let story = make(&plan(host, 1433, false, options), &context).await;
        assert_eq!(outside(&story), expected, "{host} {asked}");
    }
    // What it says is compared, never connected to.
    context.names.system = Arc::new(|_| Err(std::io::Error::other("Name or service not known")));
    let story = make(&azure(1433, short()), &context).await;
    assert!(outside(&story));
    assert!(story.of(StepKind::TcpConnect).is_empty());
}

async fn meet(scenario: Scenario, options: Options) -> (Story, Lab) {
    let lab = lab(&[scenario]).await;
    let port = lab.port(scenario).expect("it is offered here");
    let story = make(&plan("localhost", port, true, options), &lab_context(&lab)).await;
    (story, lab)
}

fn all_versions(encryption: Encryption) -> Options {
    Options {
        tls_versions: true,
        encryption,
        ..options()
    }
}

#[tokio::test]
async fn each_version_of_tls_is_offered_and_only_the_servers_own_accepted() {
    for (scenario, encryption, versions) in [
        (Scenario::Healthy, Encryption::Auto, vec!["TLSv1.2"]),
        (Scenario::Tls13Only, Encryption::Tls13, vec!["TLSv1.3"]),
        (Scenario::Strict, Encryption::Strict, vec!["strict"]),
        (Scenario::EncryptionNotSupported, Encryption::Auto, vec![]),
        (Scenario::SilentAfterConnect, Encryption::Strict, vec![]),
    ] {
        let slow = scenario == Scenario::SilentAfterConnect;
        let options = Options {
            tls_timeout_ms: if slow { 300 } else { 10_000 },
            prelogin_timeout_ms: if slow { 300 } else { 10_000 },
            ..all_versions(encryption)
        };
        let (story, _lab) = meet(scenario, options).await;
        assert_eq!(accepted(&story), versions, "{scenario}");
        assert_eq!(offers(&story).len(), 5, "{scenario}");
        assert_eq!(story.of(StepKind::TlsVersions).len(), 1, "{scenario}");
        for offer in offers(&story) {
            assert_eq!(offer.accepted, offer.code.is_none(), "{offer:?}");
        }
    }
}

#[tokio::test]
async fn logins_over_each_version_that_is_spoken() {
    for (scenario, encryption, protocol) in [
        (Scenario::Healthy, Encryption::Auto, "TLSv1.2"),
        (Scenario::Healthy, Encryption::Tls12, "TLSv1.2"),
        (Scenario::Tls13Only, Encryption::Tls13, "TLSv1.3"),
        (Scenario::Strict, Encryption::Strict, "TLSv1.3"),
    ] {
        let (story, lab) = meet(
            scenario,
            Options {
                encryption,
                ..options()
            },
        )
        .await;
        assert!(
            story.codes(StepKind::TdsLogin).contains(&"ok".to_owned()),
            "{scenario}"
        );
        assert_eq!(story.code(StepKind::SqlQuery), "ok", "{scenario}");
        assert!(lab.counter(scenario).accepted >= 2, "{scenario}");
        for fact in story.facts() {
            if let Observation::TlsSession {
                protocol: spoken,
                cipher,
                ..
            } = fact
            {
                assert_eq!(spoken, protocol);
                assert!(cipher.starts_with("TLS_"), "{cipher}");
            }
        }
    }
    // And what the two do not have in common comes to nothing.
    for (scenario, encryption) in [
        (Scenario::Tls13Only, Encryption::Auto),
        (Scenario::Healthy, Encryption::Tls13),
        (Scenario::Healthy, Encryption::Strict),
    ] {
        let options = Options {
            encryption,
            ..short()
        };
        let (story, lab) = meet(scenario, options).await;
        assert_eq!(story.code(StepKind::TdsLogin), "not_reached", "{scenario}");
        assert_eq!(lab.counter(scenario).logins, 0);
    }
}

#[tokio::test]
async fn strict_comes_first_and_the_login_says_eight() {
    let (story, _lab) = meet(
        Scenario::Strict,
        Options {
            encryption: Encryption::Strict,
            ..options()
        },
    )
    .await;
    for step in story.of(StepKind::TdsPrelogin) {
        assert_eq!(step.state, StepState::Ok);
    }
    let acks: Vec<_> = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::LoginAck { tds_version, .. } => Some(tds_version.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(acks, ["0x08000000"]);
    let tls_first = story.closings().filter(|end| {
        let phases: Vec<Phase> = end.phases.iter().map(|time| time.phase).collect();
        phases.starts_with(&[Phase::Tcp, Phase::Tls, Phase::Prelogin])
    });
    assert!(tls_first.count() >= 2);
}

#[tokio::test]
async fn a_version_that_is_not_built_in_is_asked_about_and_not_logged_in_with() {
    for encryption in [Encryption::Tls10, Encryption::Tls11] {
        let options = Options {
            encryption,
            ..options()
        };
        assert!(!options.tls_versions);
        let (story, lab) = meet(Scenario::Healthy, options).await;
        assert_eq!(story.code(StepKind::TdsLogin), "not_built_in");
        assert_eq!(accepted(&story), ["TLSv1.2"]);
        assert_eq!(lab.counter(Scenario::Healthy).logins, 0);
    }
}

#[tokio::test]
async fn sign_in_hosts_are_reached_each_for_itself() {
    let ca = authority();
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).expect("a root");
    let (good, _good) = tls_host::serve(&["login.microsoftonline.com"], &ca).await;
    let (wrong, _wrong) = tls_host::serve(&["elsewhere.example"], &ca).await;
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let refused = nobody.local_addr().expect("an address");
    drop(nobody);
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let mut context = here(context([peer.address], roots));
    for (host, at) in [
        ("login.microsoftonline.com", good),
        ("login.windows.net", wrong),
        ("secure.aadcdn.microsoftonline-p.com", refused),
    ] {
        context.stand_ins.insert(host.to_owned(), at);
    }
    let asked = Options {
        sign_in_hosts: true,
        gateways: false,
        ..short()
    };
    let story = make(&azure(peer.address.port(), asked), &context).await;
    let ends: Vec<_> = story
        .of(StepKind::SignInHost)
        .iter()
        .map(|step| {
            let phases = step.facts.iter().find_map(|fact| match fact {
                Observation::SignInHost(host) => Some((host.host.clone(), host.phases.len())),
                _ => None,
            });
            let code = step.code.as_ref().map(ToString::to_string);
            (phases.expect("a fact"), code)
        })
        .collect();
    let expected = [
        ("login.microsoftonline.com", 3, None),
        ("login.windows.net", 2, Some("tls_name_mismatch")),
        (
            "secure.aadcdn.microsoftonline-p.com",
            1,
            Some("tcp_refused"),
        ),
    ]
    .map(|(host, phases, code)| ((host.to_owned(), phases), code.map(str::to_owned)));
    assert_eq!(ends, expected);

    // Nobody asked: nothing is recorded. Without stand-ins, 127.0.0.1 is refused by policy.
    let story = make(&azure(peer.address.port(), short()), &context).await;
    assert!(story.of(StepKind::SignInHost).is_empty());
    context.stand_ins.clear();
    let asked = Options {
        sign_in_hosts: true,
        ..short()
    };
    let story = make(&azure(peer.address.port(), asked), &context).await;
    assert_eq!(story.code(StepKind::SignInHost), "policy_refused");
}

#[tokio::test]
async fn named_instances_are_found_by_sql_browser() {
    let config = lab::Config {
        scale: 0.01,
        scenarios: vec![(Scenario::Healthy, 0), (Scenario::LoginRejected, 0)],
        browser: true,
        ..lab::Config::default()
    };
    let lab = Lab::start(config).await.expect("the lab starts");
    let port = lab.browser().expect("a port");
    let mut context = lab_context(&lab);
    context.browser_port = port;
    for address in [V4, crate::bench::V6] {
        context.policy = context.policy.exempt(SocketAddr::new(address, port));
    }
    let by_name = |name: &str| {
        let mut plan = plan("localhost", 0, true, options());
        plan.target.port = None;
        plan.target.instance = Some(name.to_owned());
        plan
    };
    let story = make(&by_name("HEALTHY"), &context).await;
    assert_eq!(story.code(StepKind::InstanceLookup), "ok");
    assert!(story.codes(StepKind::TdsLogin).contains(&"ok".to_owned()));
    assert_eq!(story.code(StepKind::SqlQuery), "ok");

    let story = make(&by_name("nobody"), &context).await;
    assert_eq!(story.code(StepKind::InstanceLookup), "instance_not_found");
    assert_eq!(story.code(StepKind::TcpConnect), "not_reached");
    let listed = story
        .facts()
        .any(|fact| matches!(fact, Observation::Instances { instances } if instances.len() == 2));
    assert!(listed);

    // By the policy of its own accord nothing on loopback is asked.
    context.policy = probe::Policy::default();
    let story = make(&by_name("healthy"), &context).await;
    assert_eq!(story.code(StepKind::InstanceLookup), "policy_refused");
}

#[tokio::test]
async fn a_browser_that_lies_or_is_silent() {
    let of = |tcp| {
        let instance = Instance {
            name: "here".to_owned(),
            tcp,
            ..Instance::default()
        };
        tds::ssrp::encode(&[instance]).expect("fits")
    };
    let answers = [
        (Vec::new(), "browser_no_reply"),
        (b"\x05\xFF\xFFshort".to_vec(), "browser_malformed"),
        (of(Some(22)), "policy_refused"),
        (of(None), "instance_not_found"),
    ];
    for (answer, code) in answers {
        let browser = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = browser.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let mut question = [0; 64];
            while let Ok((_, from)) = browser.recv_from(&mut question).await {
                if !answer.is_empty() {
                    browser.send_to(&answer, from).await.expect("sent");
                }
            }
        });
        let _serving = AbortOnDropHandle::new(serving);
        let mut context = context([address], RootCertStore::empty());
        context.browser_port = address.port();
        let mut plan = plan("db.example", 0, false, options());
        plan.target.port = None;
        plan.target.instance = Some("here".to_owned());
        let story = make(&plan, &context).await;
        assert_eq!(story.code(StepKind::InstanceLookup), code);
    }
}

#[tokio::test]
async fn a_route_stands_at_each_address_and_abilities_at_the_host() {
    let (story, _lab) = meet(Scenario::Healthy, options()).await;
    for step in story.of(StepKind::TcpConnect) {
        let route = step.facts.iter().find_map(|fact| match fact {
            Observation::Route(route) => Some(route.clone()),
            _ => None,
        });
        let route = route.expect("a route");
        assert_eq!(route.source.as_deref(), Some(route.destination.as_str()));
        assert!(route.gateway.is_none());
    }
    let able = story.facts().any(|fact| {
        matches!(fact, Observation::Host { tls_versions, tls_suites, .. }
            if *tls_versions == ["TLSv1.2", "TLSv1.3"] && tls_suites.iter().all(|name| name.starts_with("TLS_")))
    });
    assert!(able);
}

#[tokio::test]
async fn what_goes_on_beside_does_not_hold_up_the_path() {
    // The table's gateways never answer; the path is through long before they are given up.
    let lab = lab(&[Scenario::Healthy, Scenario::Blackhole]).await;
    let Some(silent) = lab.port(Scenario::Blackhole) else {
        eprintln!("skipped: this host offers no silent port");
        return;
    };
    let mut context = here(lab_context(&lab));
    table(&mut context, &[Ipv4Addr::LOCALHOST]);
    let limits = Options {
        tcp_timeout_ms: 2_000,
        route_trace: true,
        ..options()
    };
    let started = Instant::now();
    let story = make(&azure(silent, limits), &context).await;
    assert_eq!(story.code(StepKind::GatewayConnect), "tcp_timeout");
    assert_eq!(story.code(StepKind::TcpConnect), "tcp_timeout");
    assert_eq!(story.of(StepKind::RouteTrace).len(), 1);
    // Far from the sum of its parts; the figure itself is measured elsewhere.
    assert!(started.elapsed() < Duration::from_secs(20));
}
