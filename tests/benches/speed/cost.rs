//! What the portal costs: the same plan against the same lab, through the portal and through `probe` alone.

use crate::table::{Table, ms, percentile};
use lab::Scenario;
use model::{AgentEvent, Options, Plan, PlanLogin, RunId, Target};
use std::time::{Duration, Instant};
use tests::ground::{Ground, Lab, Worker};
use tokio_util::sync::CancellationToken;

const TURNS: usize = 20;

/// Hears everything and keeps nothing.
struct Nowhere;

impl probe::Sink for Nowhere {
    fn emit(&self, _: AgentEvent) {}
}

pub(crate) async fn measure(table: &mut Table) {
    let mut lab = Lab::start(&[Scenario::Healthy]).await;
    // Before the worker, whose policy names every endpoint that it may reach.
    let slow = lab
        .slowed(Scenario::Healthy, Duration::from_millis(20))
        .await;
    let ground = Ground::start();
    let worker = Worker::start(&ground, &lab, ground.portal.address).await;
    let port = lab.port(Scenario::Healthy);
    let (portal, probe) = turns(&ground, &worker, &lab, port).await;
    let name = "portal's cost, healthy submit → settled";
    table.most(
        &format!("{name}, over probe's {probe:.0} ms, p50 of {TURNS}"),
        80.0,
        "ms",
        portal - probe,
    );

    // The same with 20 ms on every answer of the lab.
    let (portal, probe) = turns(&ground, &worker, &lab, slow.address.port()).await;
    table.most(
        &format!("{name}, ratio with 20 ms per answer of the lab, p50 of {TURNS}"),
        1.3,
        "×",
        portal / probe,
    );
    drop(worker);
    ground.portal.stop();
}

/// Medians of both ways, taking turns.
async fn turns(ground: &Ground, worker: &Worker, lab: &Lab, port: u16) -> (f64, f64) {
    let mut through_portal = Vec::new();
    let mut through_probe = Vec::new();
    // One of each first, for what is loaded lazily.
    for turn in 0..=TURNS {
        let start = Instant::now();
        let run = ground
            .run(worker.id, &format!("tcp:localhost,{port}"))
            .await;
        let mut events = ground.portal.client().events(run, 0);
        while events.next().await.expect("events").is_some() {}
        let portal = ms(start.elapsed());
        let view = ground.portal.client().run(run).await.expect("the run");
        let verdict = view.verdict.map(|verdict| verdict.code);
        assert_eq!(verdict.as_deref(), Some("reachable_login_not_tried"));

        let plan = plan(port);
        let start = Instant::now();
        probe::run(
            &plan,
            None,
            &lab.context(),
            &Nowhere,
            CancellationToken::new(),
        )
        .await;
        let probe = ms(start.elapsed());
        if turn > 0 {
            through_portal.push(portal);
            through_probe.push(probe);
        }
    }
    (
        percentile(&mut through_portal, 50),
        percentile(&mut through_probe, 50),
    )
}

/// The plan that the portal makes of the same request.
fn plan(port: u16) -> Plan {
    Plan {
        run: RunId(uuid::Uuid::new_v4()),
        target: Target {
            server: format!("tcp:localhost,{port}"),
            host: "localhost".to_owned(),
            port: Some(port),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::None,
        options: Options::default(),
    }
}
