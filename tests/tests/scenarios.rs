//! The table: every practice target, without and with its credentials, through the real engine and the
//! rules to its verdict.

use futures::future::join_all;
use lab::{Lab, Scenario};
use model::{Confidence, EventBody, Options, Outcome, Plan, PlanLogin, Severity};
use probe::{Context, NameSources, Policy, Secret, Unlimited};
use rustls::RootCertStore;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;
use tests::judged::{self, Judged, plan};
use tests::scenarios::{Expected, TABLE};

/// The lab's delays are a tenth of real time, and so is the limit where a scenario is about it. Only `drip` keeps
/// its own pace: faster, its bytes would arrive together on a busy host.
const SCALE: f64 = 0.1;

async fn start_lab(scale: f64, scenarios: &[Scenario]) -> Lab {
    let config = lab::Config {
        scale,
        scenarios: scenarios.iter().map(|one| (*one, 0)).collect(),
        ..lab::Config::default()
    };
    Lab::start(config).await.expect("the lab starts")
}

fn context(lab: &Lab) -> Context {
    let mut roots = RootCertStore::empty();
    roots.add(lab.ca()).expect("a CA");
    Context {
        policy: lab
            .endpoints()
            .into_iter()
            .fold(Policy::default(), Policy::exempt),
        trust: Arc::new(roots),
        names: NameSources {
            system: Arc::new(|_| Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])),
            ..NameSources::none()
        },
        budget: Arc::new(Unlimited),
        ..Context::offline()
    }
}

/// Patient where something is to succeed on a busy host, brief where nothing will ever come.
fn options(scenario: Scenario) -> Options {
    let patient = Options {
        tcp_attempts: 3,
        tcp_spacing_ms: 10,
        retry_delays_ms: vec![10, 20, 40],
        ..Options::default()
    };
    match scenario {
        Scenario::Blackhole
        | Scenario::RedirectBlocked
        | Scenario::SilentAfterConnect
        | Scenario::SilentAfterPrelogin => Options {
            tcp_timeout_ms: 1_500,
            prelogin_timeout_ms: 1_500,
            tls_timeout_ms: 1_500,
            ..patient
        },
        Scenario::Slow => Options {
            slow_phase_ms: 500,
            ..patient
        },
        _ => patient,
    }
}

/// Makes the run; `None` when this host cannot offer the scenario.
async fn run(lab: &Lab, scenario: Scenario, login: bool) -> Option<Judged> {
    let plan = plan(&lab.server(scenario)?, options(scenario), login);
    let secret = login.then(|| Secret::new(lab::PASSWORD.to_owned()));
    Some(make(lab, plan, secret).await)
}

async fn make(lab: &Lab, plan: Plan, secret: Option<Secret>) -> Judged {
    judged::make(&plan, secret, &context(lab)).await
}

/// What is wrong with a run's verdict, in words; nothing when all is as promised.
fn complaints(row: &Expected, login: bool, judged: &Judged) -> Vec<String> {
    let (verdict, finding) = if login {
        (row.with, row.finding)
    } else {
        (row.without, row.finding_without)
    };
    let said = &judged.judgement;
    let found: Vec<&str> = said.findings.iter().map(|f| f.code.as_str()).collect();
    let mut wrong = Vec::new();
    if said.verdict.code != verdict {
        wrong.push(format!(
            "is {found:?}, not {verdict}: {}",
            said.verdict.explanation
        ));
    }
    let ok = [
        "healthy",
        "reachable_login_not_tried",
        "transient_recovered",
    ]
    .contains(&verdict);
    let outcome = if ok { Outcome::Ok } else { Outcome::Problem };
    if said.outcome != outcome {
        wrong.push(format!("has outcome {:?}", said.outcome));
    }
    // The agent notices an echoed secret, and it is not here: only its events would bring the finding.
    let agent_s_own = finding == Some("secret_echoed");
    if let Some(wanted) = finding.filter(|_| !agent_s_own)
        && !found.contains(&wanted)
    {
        wrong.push(format!("does not find {wanted}, only {found:?}"));
    }
    for finding in &said.findings {
        let last = judged.log.len() as u64;
        let exists = |seq: &u64| (1..=last).contains(seq);
        if finding.evidence.is_empty() || !finding.evidence.iter().all(exists) {
            wrong.push(format!("cites {:?} for {}", finding.evidence, finding.code));
        }
    }
    // While it runs a verdict may be missing; it may not be another than at the end.
    let early = judged
        .verdicts
        .iter()
        .find(|v| !["inconclusive", verdict].contains(&v.as_str()));
    if let Some(early) = early {
        wrong.push(format!("said {early} on its way to {verdict}"));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_has_its_verdict_without_and_with_credentials() {
    let (lab, real_time) = (
        start_lab(SCALE, &Scenario::ALL).await,
        start_lab(1.0, &[Scenario::Drip]).await,
    );
    let rows = TABLE.iter().flat_map(|row| [(row, false), (row, true)]);
    let runs = rows.map(|(row, login)| {
        let scenario = Scenario::from_str(row.scenario).expect("a scenario");
        let lab = if scenario == Scenario::Drip {
            &real_time
        } else {
            &lab
        };
        async move { (row, login, scenario, run(lab, scenario, login).await) }
    });
    let mut wrong = Vec::new();
    for (row, login, scenario, judged) in join_all(runs).await {
        let name = format!(
            "{} {} credentials",
            row.scenario,
            if login { "with" } else { "without" }
        );
        match judged {
            None => tests::skip(&name, "this host cannot offer the scenario"),
            Some(judged) => {
                wrong.extend(
                    complaints(row, login, &judged)
                        .into_iter()
                        .map(|why| format!("{name} {why}")),
                );
            }
        }
        if !row.logs_in && lab.counter(scenario).logins > 0 {
            wrong.push(format!("{name}: a LOGIN7 was sent"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    lab.shutdown().await;
    real_time.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_redirect_names_host_port_and_range_and_is_proven() {
    let lab = start_lab(SCALE, &[Scenario::RedirectBlocked]).await;
    let Some(judged) = run(&lab, Scenario::RedirectBlocked, true).await else {
        return tests::skip("a_blocked_redirect", "this host cannot offer the scenario");
    };
    let verdict = &judged.judgement.verdict;
    assert_eq!(verdict.code, "redirect_blocked");
    assert_eq!(verdict.confidence, Confidence::Proven);
    assert_eq!(verdict.severity, Severity::Problem);
    let routed = judged.log.iter().find_map(|event| match &event.body {
        EventBody::Observed {
            observation: model::Observation::Routing(target),
            ..
        } => Some((event.seq, target.clone())),
        _ => None,
    });
    let (seq, node) = routed.expect("a routing");
    assert!(
        verdict
            .title
            .contains(&format!("port {} of {}", node.port, node.host)),
        "{}",
        verdict.title
    );
    assert!(verdict.evidence.contains(&seq));
    assert!(
        verdict.recommendation[0].contains("11000-11999"),
        "{:?}",
        verdict.recommendation
    );
    assert!(verdict.recommendation[0].contains(&node.port.to_string()));
    lab.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_itself_states_is_proven_and_repeated() {
    let lab = start_lab(SCALE, &Scenario::ALL).await;
    for (scenario, sure, words) in [
        (Scenario::FirewallBlocked, Confidence::Proven, "Error 40615"),
        (
            Scenario::LoginRejected,
            Confidence::Proven,
            "wrong password",
        ),
        (Scenario::Failover, Confidence::Proven, "40613"),
        (Scenario::DatabaseMissing, Confidence::Likely, "Error 4060"),
        (Scenario::NotSql, Confidence::Proven, "SSH-2.0"),
        (
            Scenario::EncryptionNotSupported,
            Confidence::Proven,
            "ENCRYPTION = 2",
        ),
        (Scenario::TlsWrongName, Confidence::Proven, "It is for"),
        (Scenario::TlsExpired, Confidence::Likely, "It holds from"),
    ] {
        let judged = run(&lab, scenario, true)
            .await
            .expect("available everywhere");
        let verdict = judged.judgement.verdict;
        assert_eq!(verdict.confidence, sure, "{scenario}");
        let said = format!("{} {}", verdict.title, verdict.explanation);
        assert!(said.contains(words), "{scenario}: {said}");
    }
    lab.shutdown().await;
}

/// What a plan may choose beyond the target, through the engine to the verdict.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_s_choices_have_their_verdict() {
    let lab = start_lab(SCALE, &Scenario::ALL).await;
    let server = lab.server(Scenario::Healthy).expect("available everywhere");
    let usual = || plan(&server, options(Scenario::Healthy), true);
    let secret = || Some(Secret::new(lab::PASSWORD.to_owned()));

    let mut dummy = usual();
    dummy.login = PlanLogin::Dummy;
    let judged = make(&lab, dummy, None).await.judgement;
    assert_eq!(judged.verdict.code, "dummy_refused");
    assert_eq!(judged.outcome, Outcome::Ok);

    let mut further = usual();
    further.options.connection_attempts = 3;
    further.options.attempt_delay_ms = 1;
    let judged = make(&lab, further, secret()).await.judgement;
    assert_eq!(judged.verdict.code, "healthy");
    lab.shutdown().await;
}
