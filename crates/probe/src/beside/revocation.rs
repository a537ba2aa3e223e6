//! What the addresses in the server's certificates answer about their revocation, each asked and timed apart.
//!
//! ```text
//! chain ──each certificate but a root──▶ its OCSP address, its CRL address
//! address ──http only──▶ name ──public addresses only──▶ connect ──▶ one request, a bounded answer
//! ```
//!
//! The answer's signature is not verified: this says what clients that ask would wait for and be told, and decides
//! nothing about trust.

mod answer;
mod http;

use super::{Check, Note};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::names;
use crate::policy::Purpose;
use crate::record::{Place, bounded, micros_between};
use crate::run::Run;
use answer::{Asked, Question};
use futures::FutureExt;
use model::{FailureCode, Observation, RevocationAnswer, StepKind, Subject};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// For each address, from its name to the end of its answer: as long as a handshake may take, and this at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses that are asked at most.
const MOST_QUESTIONS: usize = 8;
/// Characters of a name or address that are kept.
const TEXT_CHARS: usize = 500;

/// Whether a chain was dealt with.
#[derive(Default)]
pub(super) struct Memory {
    begun: bool,
}

impl Memory {
    pub(super) fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Vec<Check<'r>> {
        let Note::Chain { chain } = note else {
            return Vec::new();
        };
        if !run.plan.options.revocation || std::mem::replace(&mut self.begun, true) {
            return Vec::new();
        }
        let questions = answer::questions(chain);
        if questions.is_empty() {
            let why = "the certificates name no address to ask";
            run.recorder.skip(
                StepKind::Revocation,
                Place::default(),
                Subject::default(),
                FailureCode::NotAvailable,
                Some(why),
            );
        }
        questions
            .into_iter()
            .take(MOST_QUESTIONS)
            .map(|question| make(run, question).boxed())
            .collect()
    }
}

async fn make(run: &Run<'_>, question: Question) {
    let place = http::Place::of(&question.url);
    let subject = Subject {
        host: place.as_ref().ok().map(|place| place.host.clone()),
        port: place.as_ref().ok().map(|place| place.port),
        endpoint: None,
        source: Some(question.asked.name().to_owned()),
    };
    let step = run
        .recorder
        .start(StepKind::Revocation, Place::default(), subject);
    let mut facts = RevocationAnswer {
        kind: question.asked.name().to_owned(),
        url: bounded(&question.url, TEXT_CHARS),
        subject: bounded(&question.subject, TEXT_CHARS),
        status: None,
        http_status: None,
        bytes: 0,
        elapsed_us: 0,
    };
    let started = Instant::now();
    let patience = run.limits.tls.min(PATIENCE);
    let mut connected = false;
    let asked = async {
        let place = place?;
        let endpoint = find(run, &place).await?;
        let connection = crate::tcp::connect(endpoint, patience, step, 1).await?;
        connected = true;
        ask(connection, &place, &question, &mut facts).await
    };
    let result = match timeout_at(started + patience, asked).await {
        Ok(result) => result,
        Err(_) if connected => Err(Failure::new(
            FailureCode::AnswerTimeout,
            format!("no whole answer within {} ms", patience.as_millis()),
        )),
        Err(_) => Err(Failure::new(
            FailureCode::TcpTimeout,
            format!("no connection within {} ms", patience.as_millis()),
        )),
    };
    facts.elapsed_us = micros_between(started, Instant::now());
    step.observe(None, Observation::RevocationAnswer(facts));
    match result {
        Ok(()) => step.ok(),
        Err(failure) if failure.code == FailureCode::PolicyRefused => {
            step.skipped(failure.code, failure.detail.as_deref());
        }
        Err(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
}

/// The stand-in of a host, or its first address that the policy allows.
async fn find(run: &Run<'_>, place: &http::Place) -> Result<SocketAddr, Failure> {
    if let Some(stand_in) = run.context.stand_ins.get(&place.host) {
        return Ok(*stand_in);
    }
    let addresses = names::of_system(&place.host, &run.context.names, PATIENCE).await?;
    let mut refused = None;
    for address in addresses {
        let endpoint = SocketAddr::new(address, place.port);
        match run.context.policy.decide(endpoint, Purpose::Revocation) {
            Ok(()) => return Ok(endpoint),
            Err(refusal) => refused = Some(refusal),
        }
    }
    Err(match refused {
        Some(refusal) => Failure::new(FailureCode::PolicyRefused, refusal.to_string()),
        None => Failure::new(FailureCode::NameNoAddress, "the name has no address"),
    })
}

async fn ask(
    connection: Connection<'_>,
    place: &http::Place,
    question: &Question,
    facts: &mut RevocationAnswer,
) -> Result<(), Failure> {
    let body = match &question.asked {
        Asked::Ocsp { request } => Some(request.as_slice()),
        Asked::Crl { .. } => None,
    };
    let reply = http::exchange(connection, place, body).await?;
    facts.http_status = Some(reply.status);
    facts.bytes = reply.body.len() as u64;
    if !(200..300).contains(&reply.status) {
        let why = format!("HTTP {}", reply.status);
        return Err(Failure::new(FailureCode::HttpStatus, why));
    }
    match answer::status(&question.asked, &reply.body) {
        Some(status) => {
            facts.status = Some(status.to_owned());
            Ok(())
        }
        None => Err(Failure::new(
            FailureCode::AnswerMalformed,
            "the answer cannot be read",
        )),
    }
}
