//! How long verdicts take: figures beside their targets, for the bench only, when nothing else runs.

use crate::break_it;
use lab::Scenario;
use model::{EventBody, Options, StepKind, StepState};
use probe::Context;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tests::judged::{self, Judged};
use tests::net::{Answer, Azure, GATEWAYS, HOST, NameServer, REGION};
use tests::table::{Table, percentile};
use tests::tls_host;

/// Runs of which the middle one counts.
const RUNS: u32 = 5;
/// What the sign-in of the public cloud needs.
const SIGN_IN: [&str; 3] = [
    "login.windows.net",
    "login.microsoftonline.com",
    "secure.aadcdn.microsoftonline-p.com",
];

/// Every figure; answers whether all targets are held.
pub(super) async fn measure(table: &mut Table) -> bool {
    let mut held = healthy(table).await;
    held &= unanswered(table).await;
    held &= redirect_blocked(table).await;
    held
}

fn middle(times: &[Duration]) -> f64 {
    let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    percentile(&mut seconds, 50)
}

/// Every check there is.
fn everything() -> Options {
    Options {
        connection_attempts: 3,
        sign_in_hosts: true,
        revocation: true,
        redirect_sample: true,
        network_trace: true,
        ..Options::default()
    }
}

/// The waits that a run makes on purpose: between further logins, and from connect to connect.
fn waits(options: &Options) -> Duration {
    let connects = u64::from(options.tcp_attempts.saturating_sub(1)) * options.tcp_spacing_ms;
    Duration::from_millis(options.waits_ms() + connects)
}

async fn healthy(table: &mut Table) -> bool {
    let azure = Azure::start(&[Scenario::Healthy]).await;
    let record = vec![(HOST, Answer::Address(GATEWAYS[0].into()))];
    let _names = NameServer::start(&azure.router, record).await;
    let resolver = SocketAddr::new(azure.router_address().into(), 53);
    let mut context = azure.context(&GATEWAYS[..1]);
    context.names.resolvers = vec![resolver];
    context.names.external = Some(resolver);
    let ca = tls_host::authority();
    let mut roots = (*context.trust).clone();
    roots.add(ca.der().clone()).expect("a root");
    context.trust = std::sync::Arc::new(roots);
    let (address, _serving) = azure
        .client
        .run(async move { tls_host::serve(&SIGN_IN, &ca).await })
        .await;
    context.stand_ins = BTreeMap::from(SIGN_IN.map(|host| (host.to_owned(), address)));
    let mut times = Vec::new();
    let mut steps = BTreeMap::new();
    for _ in 0..RUNS {
        let mut plan = judged::plan(HOST, everything(), true);
        plan.target.database = "shop".to_owned();
        let judged = azure.run(plan, context.clone()).await;
        assert_eq!(judged.codes()[0], "healthy", "{:?}", judged.judgement);
        steps = counted(&judged);
        times.push(judged.lasted().saturating_sub(waits(&everything())));
    }
    let said: Vec<String> = steps
        .iter()
        .map(|((kind, state), count)| format!("{kind} {state} {count}"))
        .collect();
    let held = table.most(
        "healthy run, all checks on, over its own waits",
        2.0,
        "s",
        middle(&times),
    );
    let waits = waits(&everything()).as_secs_f64();
    table.note("its own waits", &format!("{waits} s"));
    table.note("its steps", &said.join(", "));
    held
}

/// Steps by kind and end.
fn counted(judged: &Judged) -> BTreeMap<(String, String), usize> {
    let mut kinds: BTreeMap<_, StepKind> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for event in &judged.log {
        match &event.body {
            EventBody::StepStarted {
                step, step_kind, ..
            } => {
                kinds.insert(*step, *step_kind);
            }
            EventBody::StepFinished { step, state, .. } => {
                let kind = kinds.get(step).map(|kind| format!("{kind:?}"));
                let state = if *state == StepState::Ok { "ok" } else { "not" };
                *counts
                    .entry((kind.unwrap_or_default(), state.to_owned()))
                    .or_insert(0) += 1;
            }
            _ => {}
        }
    }
    counts
}

/// Runs of a broken network, with every limit as it is: until the verdict, and to the end.
async fn broken(azure: &Azure, context: Context, verdict: &str) -> (f64, f64) {
    let (mut said, mut over) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let plan = judged::plan(HOST, Options::default(), true);
        let judged = azure.run(plan, context.clone()).await;
        assert_eq!(judged.codes()[0], verdict, "{:?}", judged.judgement);
        said.push(judged.verdict_after());
        over.push(judged.lasted());
    }
    (middle(&said), middle(&over))
}

async fn unanswered(table: &mut Table) -> bool {
    let azure = Azure::start(&[Scenario::Healthy]).await;
    let _broken = break_it::dropped(&azure).await;
    let context = azure.context(&GATEWAYS[..1]);
    let (said, over) = broken(&azure, context, "tcp_timeout").await;
    let name = format!("all {} gateways of {REGION} unanswered", GATEWAYS.len());
    let held = table.most(&format!("{name}, to the verdict"), 7.0, "s", said);
    table.note(&format!("{name}, to the end"), &format!("{over:.2} s"));
    held
}

async fn redirect_blocked(table: &mut Table) -> bool {
    let azure = Azure::start(&[Scenario::Redirect]).await;
    let _broken = break_it::node_dropped(&azure).await;
    let context = azure.context(&GATEWAYS[..1]);
    let (said, over) = broken(&azure, context, "redirect_blocked").await;
    let held = table.most("redirect blocked, to the verdict", 6.0, "s", said);
    table.note("redirect blocked, to the end", &format!("{over:.2} s"));
    held
}
