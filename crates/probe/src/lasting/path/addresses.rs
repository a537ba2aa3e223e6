//! Every address of the name: one after another as many drivers try them, then all at once. The difference is what a
//! dead address costs.

use crate::hop::Hop;
use crate::names;
use crate::record::{StepLog, micros_between};
use crate::tcp;
use crate::trace;
use futures::future::join_all;
use model::lasting::{AddressAnswer, AddressOrder, AddressesTried, PathSurvey};
use model::{FailureCode, Observation};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout};

pub(super) async fn make(hop: &Hop<'_>, port: u16, asked: &PathSurvey, step: StepLog<'_>) {
    let context = hop.run.context;
    let found = names::of_system(&hop.host, &context.names, hop.run.limits.dns).await;
    let endpoints: Vec<SocketAddr> = found
        .unwrap_or_default()
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .filter(|endpoint| context.policy.decide(*endpoint, hop.purpose).is_ok())
        .collect();
    // With one address there is nothing to compare.
    if endpoints.len() < 2 {
        return;
    }
    let limit = Duration::from_millis(asked.answer_timeout_ms);
    let begun = Instant::now();
    let mut answers = Vec::new();
    for endpoint in &endpoints {
        let answer = one(*endpoint, limit, step).await;
        let connected = answer.code.is_none();
        answers.push(answer);
        if connected {
            break;
        }
    }
    observe(AddressOrder::InTurn, begun, answers, step);
    let each = endpoints.iter().map(|endpoint| one(*endpoint, limit, step));
    let answers = join_all(each).await;
    let first = answers.iter().filter(|answer| answer.code.is_none());
    let first_us = first.map(|answer| answer.elapsed_us).min();
    let tried = AddressesTried {
        order: AddressOrder::AtOnce,
        first_us,
        answers,
    };
    step.observe(None, Observation::AddressesTried(tried));
}

/// What trying in turn came to: the time of all of them until the first that works.
fn observe(order: AddressOrder, begun: Instant, answers: Vec<AddressAnswer>, step: StepLog<'_>) {
    let connected = answers.last().is_some_and(|answer| answer.code.is_none());
    let tried = AddressesTried {
        order,
        first_us: connected.then(|| micros_between(begun, Instant::now())),
        answers,
    };
    step.observe(None, Observation::AddressesTried(tried));
}

async fn one(endpoint: SocketAddr, limit: Duration, step: StepLog<'_>) -> AddressAnswer {
    let started = Instant::now();
    let connected = timeout(limit, trace::connect(endpoint, step.recorder().own(), None)).await;
    let code = match connected {
        Err(_) => Some(FailureCode::TcpTimeout),
        Ok(Err(error)) => Some(tcp::code(&error)),
        Ok(Ok(_)) => None,
    };
    AddressAnswer {
        endpoint: endpoint.to_string(),
        elapsed_us: micros_between(started, Instant::now()),
        code,
    }
}
