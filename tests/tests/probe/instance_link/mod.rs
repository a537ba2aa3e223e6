//! The link between a SQL Server and a managed instance, against the lab's two servers with each of their faults: what
//! the rules say of it, and that nothing is left behind.

mod statements;

use crate::bench::{V4, lab, lab_context, options, plan as plan_of};
use lab::{Lab, Scenario};
use model::lasting::{InstanceLink, Lasting, LinkDirection, LinkLeg, LinkWay};
use model::{Observation, Options, Plan, ServerObject, StepKind};
use probe::{Context, NameSources, Policy, Secret, Secrets};
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::judged::{self, Judged};
use tokio_util::sync::CancellationToken;

/// What was announced and is not gone.
#[derive(Default)]
struct Open(Mutex<BTreeSet<u32>>);

impl probe::Journal for Open {
    fn announce(&self, object: &ServerObject) -> io::Result<()> {
        self.0.lock().unwrap().insert(object.number);
        Ok(())
    }

    fn gone(&self, number: u32) {
        self.0.lock().unwrap().remove(&number);
    }
}

/// The two servers, and whoever may reach them.
struct Ground {
    lab: Lab,
    server: Scenario,
    instance: Scenario,
    context: Context,
    open: Arc<Open>,
    before: [Vec<String>; 2],
}

impl Ground {
    async fn start(server: Scenario, instance: Scenario) -> Self {
        let lab = lab(&[server, instance]).await;
        let open = Arc::new(Open::default());
        let context = Context {
            journal: open.clone(),
            names: NameSources {
                system: Arc::new(|_| Ok(vec![V4])),
                ..NameSources::none()
            },
            ..lab_context(&lab)
        };
        let before = [lab.catalog(server), lab.catalog(instance)];
        Self {
            lab,
            server,
            instance,
            context,
            open,
            before,
        }
    }

    /// Really, with both consents, and limits that a test can wait for.
    fn plan(&self, change: impl FnOnce(&mut InstanceLink)) -> Plan {
        let mut link = link(&self.lab.server(self.instance).expect("offered"));
        change(&mut link);
        let options = Options {
            query: false,
            lasting: Lasting {
                instance_link: Some(link),
                ..Lasting::default()
            },
            ..options()
        };
        let port = self.lab.port(self.server).expect("offered");
        plan_of("localhost", port, true, options)
    }

    async fn make(&self, change: impl FnOnce(&mut InstanceLink)) -> Judged {
        judged::make(&self.plan(change), secrets(), &self.context).await
    }

    /// Both catalogs are as they were, and the journal is empty.
    fn assert_clean(&self, what: &str) {
        let now = [
            self.lab.catalog(self.server),
            self.lab.catalog(self.instance),
        ];
        assert_eq!(now, self.before, "{what}");
        assert!(self.open.0.lock().unwrap().is_empty(), "{what}");
    }
}

fn link(instance: &str) -> InstanceLink {
    InstanceLink {
        instance: instance.to_owned(),
        user: lab::USER.to_owned(),
        directions: LinkDirection::all(),
        way: LinkWay::ServerJob,
        address: "localhost".to_owned(),
        subnet: Some("127.0.0.0/8".to_owned()),
        server_port: 5022,
        instance_port: 5022,
        objects_allowed: true,
        master_key_allowed: false,
        dry_run: false,
        poll_ms: 10,
        limit_ms: 20_000,
    }
}

fn secrets() -> Secrets {
    let secret = || Some(Secret::new(lab::PASSWORD.to_owned()));
    Secrets {
        own: secret(),
        instance: secret(),
    }
}

fn reached(judged: &Judged, leg: LinkLeg) -> Option<bool> {
    judged.log.iter().find_map(|event| match &event.body {
        model::EventBody::Observed {
            observation: Observation::LegEnd(end),
            ..
        } if end.leg == leg => Some(end.reached),
        _ => None,
    })?
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_verdict_and_nothing_is_left() {
    use Scenario as S;
    type Change = fn(&mut InstanceLink);
    let same: Change = |_| {};
    let allowed: Change = |link| link.master_key_allowed = true;
    let soon: Change = |link| link.limit_ms = 200;
    let elsewhere: Change = |link| link.subnet = Some("10.1.0.0/24".to_owned());
    let outward: Change = |link| link.directions = vec![LinkDirection::ToInstance];
    let inward: Change = |link| link.directions = vec![LinkDirection::FromInstance];
    for (server, instance, change, verdict) in [
        (S::LinkServer, S::LinkInstance, same, "link_passed"),
        (S::LinkServer, S::LinkInstance, outward, "link_passed"),
        (
            S::LinkServer,
            S::LinkInstance,
            elsewhere,
            "link_wrong_subnet",
        ),
        (
            S::LinkNoMasterKey,
            S::LinkInstance,
            same,
            "link_master_key_missing",
        ),
        (S::LinkNoMasterKey, S::LinkInstance, allowed, "link_passed"),
        (
            S::LinkAgentStopped,
            S::LinkInstance,
            same,
            "link_agent_stopped",
        ),
        (S::LinkAgentStopped, S::LinkInstance, inward, "link_passed"),
        (
            S::LinkNoPermission,
            S::LinkInstance,
            same,
            "link_permission_missing",
        ),
        (
            S::LinkNeverEnds,
            S::LinkInstance,
            soon,
            "link_job_never_ended",
        ),
        (S::LinkEndpointExists, S::LinkInstance, same, "link_passed"),
        (S::LinkHalfWay, S::LinkInstance, same, "link_not_made"),
        (S::LinkHalfWay, S::LinkInstance, inward, "link_not_made"),
        (
            S::LinkConnectionLost,
            S::LinkInstance,
            outward,
            "link_not_made",
        ),
        (
            S::LinkConnectionLost,
            S::LinkInstance,
            inward,
            "link_not_made",
        ),
        (
            S::LinkServerBlocked,
            S::LinkInstance,
            same,
            "link_server_port_blocked",
        ),
        (
            S::LinkServer,
            S::LinkInstanceBlocked,
            same,
            "link_node_port_blocked",
        ),
        (S::LinkServer, S::LinkEndpointExists, same, "link_unfit"),
    ] {
        let ground = Ground::start(server, instance).await;
        let judged = ground.make(change).await;
        let what = format!("{server} with {instance}: {:?}", judged.codes());
        assert_eq!(judged.judgement.verdict.code, verdict, "{what}");
        assert_eq!(judged.finding("objects_left"), None, "{what}");
        ground.assert_clean(&what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_stays() {
    let ground = Ground::start(Scenario::LinkNameTaken, Scenario::LinkInstance).await;
    let judged = ground.make(|_| {}).await;
    assert_eq!(judged.judgement.verdict.code, "link_name_taken");
    let now = ground.lab.catalog(ground.server);
    let (jobs, rest): (Vec<_>, Vec<_>) = now.into_iter().partition(|one| one.starts_with("job "));
    assert!(
        !jobs.is_empty() && jobs.iter().all(|job| job.contains("linecheck_")),
        "{jobs:?}"
    );
    assert_eq!(rest, ground.before[0]);
    let sent = ground.lab.sent(ground.server);
    assert!(
        !sent.iter().any(|sql| sql.contains("sp_delete_job")),
        "{sent:?}"
    );
    assert!(ground.open.0.lock().unwrap().is_empty());

    let ground = Ground::start(Scenario::LinkEndpointExists, Scenario::LinkInstance).await;
    assert!(ground.before[0].contains(&"endpoint Hadr_endpoint".to_owned()));
    ground.make(|_| {}).await;
    let sent = ground.lab.sent(ground.server);
    assert!(
        !sent.iter().any(|sql| sql.contains("DROP ENDPOINT")),
        "{sent:?}"
    );
    ground.assert_clean("an endpoint of somebody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_on_the_server_s_host_needs_no_job_there() {
    let mut ground = Ground::start(Scenario::LinkAgentStopped, Scenario::LinkInstance).await;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let server_port = free.local_addr().expect("an address").port();
    drop(free);
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
    let instance_port = ground.lab.instance_port(ground.instance).expect("a port");
    let change = |link: &mut InstanceLink| {
        link.way = LinkWay::Directly;
        link.server_port = server_port;
        link.instance_port = instance_port;
    };
    // Its own policy has the last word.
    let judged = ground.make(change).await;
    assert_eq!(reached(&judged, LinkLeg::ServerItself), None);
    assert_eq!(reached(&judged, LinkLeg::ToNode), Some(true));
    ground.context.policy = ground
        .lab
        .endpoints()
        .into_iter()
        .chain([here])
        .fold(Policy::default(), Policy::exempt);
    let judged = ground.make(change).await;
    assert_eq!(
        judged.judgement.verdict.code,
        "link_passed",
        "{:?}",
        judged.codes()
    );
    for leg in [
        LinkLeg::ToInstance,
        LinkLeg::ToNode,
        LinkLeg::ServerItself,
        LinkLeg::ToServer,
    ] {
        assert_eq!(reached(&judged, leg), Some(true), "{leg:?}");
    }
    let sent = ground.lab.sent(ground.server);
    assert!(
        !sent
            .iter()
            .any(|sql| sql.starts_with("EXEC [msdb].[dbo].[sp_add_job]")),
        "{sent:?}"
    );
    ground.assert_clean("directly");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_of_the_instance_makes_nothing() {
    let ground = Ground::start(Scenario::LinkServer, Scenario::LinkInstance).await;
    let wrong = Secrets {
        instance: Some(Secret::new("wrong".to_owned())),
        ..secrets()
    };
    let judged = judged::make(&ground.plan(|_| {}), wrong, &ground.context).await;
    assert_eq!(judged.judgement.verdict.code, "link_instance_not_reached");
    assert!(judged.judgement.verdict.explanation.contains("18456"));
    assert_eq!(
        ground.lab.counter(ground.instance).logins,
        1,
        "no second try"
    );
    ground.assert_clean("a wrong password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_at_any_moment_leaves_nothing() {
    for after_ms in [0, 3, 10, 20, 35, 60, 100, 200] {
        let ground = Ground::start(Scenario::LinkNoMasterKey, Scenario::LinkInstance).await;
        let plan = ground.plan(|link| link.master_key_allowed = true);
        let sink = crate::story::Recording::default();
        let cancel = CancellationToken::new();
        let run = probe::run(&plan, secrets(), &ground.context, &sink, cancel.clone());
        let ends = async {
            // Begun, and then so long: a moment of its own each time.
            while !sink.so_far().iter().any(|event| is_of_link(&event.body)) {
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            cancel.cancel();
        };
        tokio::join!(run, ends);
        // What a second was not enough for, the journal has.
        let left: Vec<ServerObject> = left(&sink);
        let cleaned = probe::clean(&plan, secrets(), &ground.context, &left).await;
        assert_eq!(cleaned.why, None);
        let now = [
            ground.lab.catalog(ground.server),
            ground.lab.catalog(ground.instance),
        ];
        assert_eq!(now, ground.before, "after {after_ms} ms");
    }
}

fn is_of_link(body: &model::EventBody) -> bool {
    matches!(body, model::EventBody::StepStarted { step_kind, .. } if *step_kind == StepKind::InstanceLink)
}

/// What was announced, and neither gone nor somebody else's.
fn left(sink: &crate::story::Recording) -> Vec<ServerObject> {
    let mut open = std::collections::BTreeMap::new();
    for event in sink.so_far() {
        if let model::EventBody::Observed {
            observation: Observation::ServerObject(fact),
            ..
        } = event.body
        {
            match fact.state.is_open() {
                true => open.insert(fact.object.number, fact.object),
                false => open.remove(&fact.object.number),
            };
        }
    }
    open.into_values().collect()
}
