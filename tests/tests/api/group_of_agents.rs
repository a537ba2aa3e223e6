//! Groups made by real agents, each with its own rules and its own way of finding names, against the lab: what the
//! runs say together is judged from real logs.

use crate::support::{LONG, Portal, new_run};
use agent::Identity;
use lab::{Lab, Scenario};
use model::agent_api::Enrol;
use model::api::{GroupFinding, GroupView, NewRun};
use model::{
    AgentId, Confidence, EventBody, Interruption, Options, Owner, RunEvent, RunState, Severity,
    StepKind,
};
use probe::{Context, NameSources, Policy, Unlimited};
use rustls::RootCertStore;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Nobody listens there.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What an agent may reach, whom it trusts, and where its host takes `localhost` to be.
fn context(lab: &Lab, may: &[SocketAddr], localhost: Ipv4Addr) -> Context {
    let mut trust = RootCertStore::empty();
    trust.add(lab.ca()).expect("a CA");
    Context {
        policy: may.iter().copied().fold(Policy::default(), Policy::exempt),
        trust: Arc::new(trust),
        names: NameSources {
            system: Arc::new(move |_| Ok(vec![IpAddr::from(localhost)])),
            ..NameSources::none()
        },
        budget: Arc::new(Unlimited),
        ..Context::offline()
    }
}

/// Agents at work, enrolled as any agent is.
struct Agents<'a> {
    portal: &'a Portal,
    stop: CancellationToken,
    working: Vec<JoinHandle<Result<(), agent::Error>>>,
}

impl<'a> Agents<'a> {
    fn of(portal: &'a Portal) -> Self {
        Self {
            portal,
            stop: CancellationToken::new(),
            working: Vec::new(),
        }
    }

    async fn start(&mut self, name: &str, context: Context) -> AgentId {
        let data_dir = self.portal.folder.path().join(name);
        let identity = Identity::load_or_create(&data_dir).expect("a key");
        let invited = self.portal.api.invite().await.expect("a token");
        let asked = Enrol {
            token: invited.token,
            name: name.to_owned(),
            public_key: identity.public_key().to_base64(),
            version: agent::VERSION.to_owned(),
        };
        let url = self.portal.server.url();
        let enrolled = client::enrol(&url, &asked).await.expect("enrolled");
        let config = agent::Config {
            context,
            ..agent::Config::new(url, enrolled.token, data_dir)
        };
        let stop = self.stop.clone();
        let working = agent::worker::run(config, stop);
        self.working.push(tokio::spawn(working));
        enrolled.id
    }

    async fn end(self) {
        self.stop.cancel();
        for working in self.working {
            working.await.expect("no panic").expect("it ends well");
        }
    }
}

/// A group of runs, once all are settled.
async fn group(portal: &Portal, port: u16, agents: Vec<AgentId>) -> GroupView {
    let asked = NewRun {
        agents,
        options: Options {
            tcp_attempts: 3,
            tcp_spacing_ms: 5,
            ..Options::default()
        },
        ..new_run(&format!("tcp:localhost,{port}"))
    };
    let created = portal.api.create(&asked).await.expect("created");
    let id = created.group.expect("a group");
    let mut stream = portal.api.group_events(id, "");
    let following = async { while stream.next().await.expect("a stream").is_some() {} };
    tokio::time::timeout(LONG, following)
        .await
        .expect("it ends");
    portal.api.group(id).await.expect("a group")
}

fn codes(found: &[GroupFinding]) -> Vec<&str> {
    found.iter().map(|finding| finding.code.as_str()).collect()
}

async fn lab(scenario: Scenario) -> (Lab, u16) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = lab::Config {
        scale: 0.01,
        scenarios: vec![(scenario, 0)],
        ..lab::Config::default()
    };
    let lab = Lab::start(config).await.expect("the lab starts");
    let port = lab.port(scenario).expect("offered");
    (lab, port)
}

#[tokio::test]
async fn a_removed_agent_stops_in_the_middle_of_a_run() {
    let (lab, port) = lab(Scenario::SilentAfterConnect).await;
    let portal = Portal::with(|config| config.timing.poll = LONG).await;
    let there = SocketAddr::from((HERE, port));
    let mut agents = Agents::of(&portal);
    let id = agents.start("doomed", context(&lab, &[there], HERE)).await;
    let asked = NewRun {
        agents: vec![id],
        options: Options {
            prelogin_timeout_ms: 60_000,
            tcp_attempts: 1,
            ..Options::default()
        },
        ..new_run(&format!("tcp:localhost,{port}"))
    };
    let run = portal.api.create(&asked).await.expect("created").runs[0].id;
    let mut stream = portal.api.events(run, 0);
    let waits_for_a_reply = |event: &RunEvent| {
        let EventBody::StepStarted { step_kind, .. } = &event.body else {
            return false;
        };
        *step_kind == StepKind::TdsPrelogin
    };
    loop {
        let event = stream.next().await.expect("a stream").expect("not over");
        if waits_for_a_reply(&event) {
            break;
        }
    }
    let start = Instant::now();
    portal.api.remove_agent(id).await.expect("removed");
    while stream.next().await.expect("a stream").is_some() {}
    let working = agents.working.remove(0);
    let ended = tokio::time::timeout(LONG, working).await.expect("it ends");
    assert!(matches!(
        ended.expect("no panic"),
        Err(agent::Error::Removed)
    ));
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "effective after {took:?}");
    let view = portal.view(run).await;
    assert_eq!(view.state, RunState::Interrupted);
    assert_eq!(view.interruption, Some(Interruption::AgentLost));
    assert!(
        view.steps
            .iter()
            .any(|step| step.kind == StepKind::TcpConnect),
        "what arrived is kept"
    );
    agents.end().await;
}

#[tokio::test]
async fn three_agents_and_what_their_runs_say_together() {
    let (lab, port) = lab(Scenario::Healthy).await;
    let portal = Portal::with(|config| config.timing.poll = Duration::from_secs(5)).await;
    let there = SocketAddr::from((HERE, port));
    let nowhere = SocketAddr::from((NOWHERE, port));

    let mut agents = Agents::of(&portal);
    let one = agents.start("hq-1", context(&lab, &[there], HERE)).await;
    let two = agents.start("hq-2", context(&lab, &[there], HERE)).await;
    let strict = agents.start("strict", context(&lab, &[], HERE)).await;
    let misled = agents
        .start("misled", context(&lab, &[nowhere], NOWHERE))
        .await;

    let view = group(&portal, port, vec![one, two]).await;
    assert_eq!(
        codes(&view.findings),
        ["every_vantage_works"],
        "{:?}",
        view.findings
    );
    assert_eq!(view.findings[0].severity, Severity::Ok);

    // One whose own rules forbid it: its log says so, and the others' logs show that it works at that address.
    let view = group(&portal, port, vec![strict, one, two]).await;
    assert_eq!(
        codes(&view.findings),
        ["only_this_vantage_fails"],
        "{:?}",
        view.findings
    );
    let finding = &view.findings[0];
    assert_eq!(
        finding.title,
        "From “strict” the connection is not made; from “hq-1” and “hq-2” it works."
    );
    assert_eq!(finding.owner, Owner::ThisHost);
    assert_eq!(finding.confidence, Confidence::Proven);
    for run in &view.runs {
        let cited = finding.evidence.iter().filter(|one| one.run == run.id);
        assert!(cited.clone().count() > 0, "evidence of every run");
        assert!(
            cited
                .clone()
                .all(|one| (1..=run.last_seq).contains(&one.seq))
        );
    }

    // One that is sent to another address, where nobody listens: likely, for it is another address.
    let view = group(&portal, port, vec![misled, one, two]).await;
    assert_eq!(
        codes(&view.findings),
        ["only_this_vantage_fails", "names_resolve_differently"],
        "{:?}",
        view.findings
    );
    assert_eq!(view.findings[0].confidence, Confidence::Likely);
    assert!(
        view.findings[1]
            .explanation
            .contains("likely why they fail")
    );

    let view = group(&portal, port, vec![misled, strict]).await;
    assert_eq!(
        view.findings[0].code, "vantages_differ",
        "{:?}",
        view.findings
    );

    let view = {
        lab.shutdown().await;
        group(&portal, port, vec![one, two]).await
    };
    assert_eq!(
        codes(&view.findings),
        ["every_vantage_fails_alike"],
        "{:?}",
        view.findings
    );
    assert_ne!(view.findings[0].confidence, Confidence::Proven);
    agents.end().await;
}
