//! No test sends a packet off this host's loopback: the tests that probe, and the programs themselves, run on a host of
//! their own, whose kernel counts whatever would leave it. It has a route out and resolvers to ask, so a stray packet
//! would go; the last thing that is done shows that the counter counts one.

use lab::Scenario;
use model::api::NewRun;
use probe::{Context, NameSources, Policy};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tests::net::{Counters, HOST, Host, Kind, Net};
use tests::process::Process;
use tests::{judged, tools};

/// Longest wait for a run.
const PATIENCE: Duration = Duration::from_secs(200);
const ONLY: [Kind; 1] = [Kind::Elsewhere];
/// Test programs that probe, each with the name of one of its tests: crates have programs of the same names.
const SUITES: [(&str, &str); 4] = [
    ("probe", "ends::what_the_policy_refuses_gets_no_packet"),
    (
        "scenarios",
        "every_scenario_has_its_verdict_without_and_with_credentials",
    ),
    (
        "check",
        "table::every_practice_target_has_its_verdict_and_its_exit_code",
    ),
    ("agent_flow", "real::"),
];
/// Targets of the portal's own, of each way to end.
const PRACTICE: [Scenario; 6] = [
    Scenario::Healthy,
    Scenario::Redirect,
    Scenario::RedirectBlocked,
    Scenario::Refused,
    Scenario::Blackhole,
    Scenario::TlsUntrusted,
];

/// The newest test program of a name that has this test.
fn suite(name: &str, test: &str) -> Option<PathBuf> {
    let folder = std::env::current_exe().ok()?.parent()?.to_path_buf();
    let mut found: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            let hash = file
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('-'));
            hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    let has = |path: &PathBuf| {
        let listed = Command::new(path).arg("--list").output();
        listed.is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).contains(test))
    };
    found.into_iter().rev().map(|(_, path)| path).find(has)
}

/// Runs whole test programs on that host.
fn suites(host: &Host, counters: &Counters<'_>) {
    for (name, test) in SUITES {
        let Some(program) = suite(name, test) else {
            tests::skip(&format!("net_quiet {name}"), "its tests are not built");
            continue;
        };
        let output = host
            .command(program)
            .env("LINECHECK_PROGRAMS_BUILT", "1")
            .env_remove("LINECHECK_SKIP_FILE")
            .current_dir(tools::workspace().join("tests"))
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout);
        // That they pass is a matter of their own run, where they are not the second to use this host's time.
        let last = said.lines().rfind(|line| line.starts_with("test result"));
        println!("{name}: {}", last.expect("it ran to its end"));
        assert_eq!(counters.read()[&Kind::Elsewhere], 0, "of {name}");
    }
}

/// The portal as a person starts it, and runs of its practice targets with everything on but the sign-in hosts: whoever
/// asks for those asks for hosts of the internet.
async fn portal(host: &Arc<Host>) {
    let folder = tests::folder();
    let mut command = host.command(tools::program("linecheck"));
    command
        .args([
            "serve",
            "--practice",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder.path().join("data"));
    let portal = Process::of(command, &folder.path().join("log"));
    let url = portal.url.clone();
    host.run(async move {
        let api = client::Portal::new(&url).expect("a client");
        let practice = api.practice().await.expect("practice targets");
        let agent = api.agents().await.expect("agents").remove(0);
        let mut runs = Vec::new();
        for scenario in PRACTICE {
            let target = practice
                .iter()
                .find(|one| one.scenario == scenario.as_str());
            let Some(server) = target.and_then(|one| one.server.clone()) else {
                continue;
            };
            let port = server.rsplit(',').next().and_then(|port| port.parse().ok());
            let purpose = seal::Purpose {
                user: lab::USER.to_owned(),
                host: "localhost".to_owned(),
                port,
                trust_server_certificate: false,
                allow_clear_text: false,
            };
            let body = json!({
                "server": server,
                "agents": [agent.id],
                "auth": tests::net::sealed_auth(&agent, lab::PASSWORD, purpose),
                "options": {
                    "tcp_timeout_ms": 1_000, "revocation": true,
                    "redirect_sample": true, "network_trace": true, "connection_attempts": 2
                },
            });
            let run: NewRun = serde_json::from_value(body).expect("a request");
            let created = api.create(&run).await.expect("a run");
            runs.push((scenario, created.runs[0].id));
        }
        assert!(runs.len() >= 4, "{runs:?}");
        for (scenario, run) in runs {
            let mut events = api.events(run, 0);
            let all = async { while events.next().await.expect("events").is_some() {} };
            let ended = tokio::time::timeout(PATIENCE, all).await;
            assert!(ended.is_ok(), "{scenario} never ends");
            let view = api.run(run).await.expect("the run");
            assert!(view.state.is_settled(), "{scenario}");
            let verdict = view.verdict.expect("a verdict").code;
            assert_ne!(verdict, "inconclusive", "{scenario}");
        }
    })
    .await;
    portal.terminate();
}

/// A run with no portal, as somebody makes it who was given the program alone.
async fn alone(host: &Arc<Host>) {
    let config = lab::Config {
        scenarios: vec![(Scenario::Healthy, 0)],
        ..lab::Config::default()
    };
    let lab = host
        .run(async move { lab::Lab::start(config).await.expect("the lab starts") })
        .await;
    let folder = tests::folder();
    let root = folder.path().join("lab.pem");
    std::fs::write(&root, lab.ca_pem()).expect("written");
    let server = lab.server(Scenario::Healthy).expect("it is offered here");
    let status = host
        .command(tools::program("linecheck-agent"))
        .args(["check", "--server", &server, "--no-files"])
        .args([
            "--allow",
            "127.0.0.1:1-65535",
            "--allow",
            "[::1]:1-65535",
            "--trust",
        ])
        .arg(&root)
        .stdout(Stdio::null())
        .status()
        .expect("it starts");
    assert!(status.success(), "{status}");
}

/// A run that may ask a resolver outside.
async fn outside(host: &Arc<Host>) {
    let options = model::Options {
        dns_timeout_ms: 200,
        gateways: false,
        ..model::Options::default()
    };
    let plan = judged::plan(HOST, options, false);
    let context = Context {
        policy: Policy::default(),
        names: NameSources {
            external: Some(SocketAddr::from(([208, 67, 222, 222], 53))),
            system: Arc::new(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])),
            ..NameSources::none()
        },
        ..Context::offline()
    };
    host.run(async move { judged::make(&plan, None, &context).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_test_sends_a_packet_off_its_host() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_quiet", &reason);
    }
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let net = Net::of(&["quiet"]);
    let host = net.host("quiet");
    host.resolver(net.router_of(&host));
    // Built before, by a host that may ask for what it takes.
    let _ = (
        tools::program("linecheck"),
        tools::program("linecheck-agent"),
    );
    let counters = Counters::start(&host, &ONLY);
    portal(&host).await;
    alone(&host).await;
    assert_eq!(counters.read()[&Kind::Elsewhere], 0, "of the programs");
    suites(&host, &counters);
    outside(&host).await;
    assert!(counters.read()[&Kind::Elsewhere] > 0, "the counter counts");
}
