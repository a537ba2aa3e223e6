//! The hosts that Microsoft Entra sign-in needs, of the target's cloud: name, connect and TLS at each, at once, 10 s
//! each. Whatever becomes of them ends nothing else.

use super::Check;
use crate::names;
use crate::policy::Purpose;
use crate::record::{Place, StepLog, bounded, micros_between};
use crate::run::Run;
use crate::tcp;
use crate::tls::{self, Rule};
use crate::{connection::Connection, failure::Failure};
use futures::FutureExt;
use model::{
    Closer, Encryption, FailureCode, Observation, Phase, PhaseTime, SignInHost, StepKind, Subject,
};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// For each host, from its name to the end of TLS.
const PATIENCE: Duration = Duration::from_secs(10);
/// For one address, so that a dead one leaves time for the next.
const CONNECT: Duration = Duration::from_secs(4);
/// Where they listen.
const PORT: u16 = 443;

/// The checks, when the login or the options want them.
pub(super) fn begin<'r>(run: &'r Run<'r>) -> Vec<Check<'r>> {
    if !run.plan.options.sign_in_hosts && !run.plan.login.is_entra() {
        return Vec::new();
    }
    target::facts::cloud_of(&run.plan.target.host)
        .map(|cloud| cloud.sign_in.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|host| make(run, host).boxed())
        .collect()
}

async fn make(run: &Run<'_>, host: &str) {
    let subject = Subject {
        host: Some(host.to_owned()),
        port: Some(PORT),
        ..Subject::default()
    };
    let step = run
        .recorder
        .start(StepKind::SignInHost, Place::default(), subject);
    let mut facts = SignInHost {
        host: host.to_owned(),
        addresses: Vec::new(),
        phases: Vec::new(),
        issuer: None,
    };
    let deadline = Instant::now() + PATIENCE;
    let reached = match timeout_at(deadline, reach(run, step, &mut facts)).await {
        Ok(reached) => reached,
        Err(_) => Err(late(&facts)),
    };
    step.observe(None, Observation::SignInHost(facts));
    match reached {
        Ok(()) => step.ok(),
        Err(failure) if failure.code == FailureCode::PolicyRefused => {
            step.skipped(failure.code, failure.detail.as_deref());
        }
        Err(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
}

/// What was being waited for when time was up.
fn late(facts: &SignInHost) -> Failure {
    let code = match facts.phases.last().map(|last| last.phase) {
        None => FailureCode::DnsTimeout,
        Some(Phase::Dns) => FailureCode::TcpTimeout,
        Some(_) => FailureCode::TlsNoReply,
    };
    Failure::new(code, "not reached within 10 s")
}

async fn reach(run: &Run<'_>, step: StepLog<'_>, facts: &mut SignInHost) -> Result<(), Failure> {
    let endpoints = find(run, step, facts).await?;
    let started = Instant::now();
    let mut connected = Err(Failure::new(FailureCode::NameNoAddress, "no address"));
    for (endpoint, number) in endpoints.into_iter().zip(1..) {
        connected = tcp::connect(endpoint, CONNECT, step, number).await;
        if connected.is_ok() {
            break;
        }
    }
    let mut connection = connected?;
    facts.phases.push(phase(step, Phase::Tcp, started));
    let shaken = shake(run, &mut connection, facts).await;
    connection.close(Closer::Us).await;
    shaken
}

/// Where the host is reached: its stand-in, or its addresses as far as the policy goes.
async fn find(
    run: &Run<'_>,
    step: StepLog<'_>,
    facts: &mut SignInHost,
) -> Result<Vec<SocketAddr>, Failure> {
    let started = Instant::now();
    if let Some(stand_in) = run.context.stand_ins.get(&facts.host) {
        facts.addresses.push(stand_in.ip().to_string());
        facts.phases.push(phase(step, Phase::Dns, started));
        return Ok(vec![*stand_in]);
    }
    let addresses = names::of_system(&facts.host, &run.context.names, PATIENCE).await?;
    facts.phases.push(phase(step, Phase::Dns, started));
    facts.addresses = addresses.iter().map(IpAddr::to_string).collect();
    let mut refused = None;
    let mut endpoints = Vec::new();
    for address in addresses {
        let endpoint = SocketAddr::new(address, PORT);
        match run.context.policy.decide(endpoint, Purpose::SignIn) {
            Ok(()) => endpoints.push(endpoint),
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if endpoints.is_empty() => Err(Failure::new(
            FailureCode::PolicyRefused,
            refusal.to_string(),
        )),
        _ => Ok(endpoints),
    }
}

async fn shake(
    run: &Run<'_>,
    connection: &mut Connection<'_>,
    facts: &mut SignInHost,
) -> Result<(), Failure> {
    let rule = Rule {
        name: &facts.host,
        roots: Arc::clone(&run.context.trust),
        trust_anyway: false,
        encryption: Encryption::Auto,
    };
    let started = Instant::now();
    let (chain, shaken) = tls::plain(connection, &rule, started + PATIENCE).await;
    let log = connection.log();
    if let Some(own) = chain.first() {
        facts.issuer = Some(bounded(&tls::issuer(own), 300));
    }
    shaken?;
    facts.phases.push(phase(log, Phase::Tls, started));
    Ok(())
}

fn phase(step: StepLog<'_>, phase: Phase, started: Instant) -> PhaseTime {
    PhaseTime {
        phase,
        started_us: step.recorder().micros(started),
        elapsed_us: micros_between(started, Instant::now()),
    }
}
