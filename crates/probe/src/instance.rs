//! The port of a named instance: SQL Browser asked by UDP at every address of the host, for that instance and for its
//! list, until one answers for it.
//!
//! ```text
//! try ──answer about it──▶ port
//!  │ └─a list without it──▶ waits on: a hidden instance is in no list
//!  └─last try over──▶ `instance_not_found` when a list came, else `browser_no_reply`
//! ```
//!
//! No reply proves nothing about the instance: UDP may be filtered, the service stopped.

use crate::failure::Failure;
use crate::hop::Hop;
use crate::policy::Purpose;
use crate::record::{StepLog, Try, bounded};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::{FailureCode, Observation, SqlInstance, StepKind};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tds::ssrp::{self, Instance, Request};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Times that SQL Browser is asked.
const TRIES: u32 = 3;
/// As drivers wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// Addresses that are asked at most.
const MOST_ADDRESSES: usize = 64;
/// Ports that SQL Browser may tell.
const LEAST_PORT: u16 = 1024;
/// Characters of a name that are kept.
const NAME_CHARS: usize = 200;

/// Makes the step; the port, or why there is none.
pub(crate) async fn look_up(hop: &Hop<'_>, addresses: &[IpAddr]) -> Result<u16, Failure> {
    let name = hop.run.plan.target.instance.as_deref().unwrap_or_default();
    let recorder = hop.run.recorder;
    let mut subject = hop.subject(None);
    subject.port = Some(hop.run.context.browser_port);
    let step = recorder.start(StepKind::InstanceLookup, hop.place, subject);
    let mut refused = None;
    let mut asked: FuturesUnordered<_> = addresses
        .iter()
        .take(MOST_ADDRESSES)
        .filter_map(|address| {
            let endpoint = SocketAddr::new(*address, hop.run.context.browser_port);
            match hop.run.context.policy.decide(endpoint, Purpose::Browser) {
                Ok(()) => Some(ask(endpoint, name, step)),
                Err(refusal) => {
                    refused = Some(refusal);
                    None
                }
            }
        })
        .collect();
    if asked.is_empty() {
        let why = refused.map_or_else(String::new, |refusal| refusal.to_string());
        step.skipped(FailureCode::PolicyRefused, Some(&why));
        return Err(Failure::new(FailureCode::PolicyRefused, why));
    }
    let mut worst = Failure::new(FailureCode::BrowserNoReply, "SQL Browser did not answer");
    while let Some(told) = asked.next().await {
        match told {
            Ok(port) => {
                step.ok();
                return Ok(port);
            }
            // Who answered knows more than who did not.
            Err(failure) if failure.code != FailureCode::BrowserNoReply => worst = failure,
            Err(_) => {}
        }
    }
    step.failed(worst.code.clone(), worst.detail.as_deref());
    Err(worst)
}

/// Asks at one address, so often.
async fn ask(endpoint: SocketAddr, name: &str, step: StepLog<'_>) -> Result<u16, Failure> {
    let internal = |error: &dyn std::fmt::Display| {
        Failure::new(FailureCode::BrowserNoReply, error.to_string())
    };
    let one = Request::One(name.to_owned());
    let questions = [one.encode(), Request::All.encode()];
    let [one, all] = questions.map(|question| question.map_err(|error| internal(&error)));
    let questions = [one?, all?];
    let any: IpAddr = match endpoint {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await.map_err(|e| internal(&e))?;
    socket.connect(endpoint).await.map_err(|e| internal(&e))?;
    let mut failure = Failure::new(FailureCode::BrowserNoReply, "no answer in time");
    let mut told = Vec::new();
    for number in 1..=TRIES {
        let started = Instant::now();
        let heard = listen(&socket, &questions, name, started + PATIENCE, &mut told).await;
        let end = heard.unwrap_or_else(|error| Err(refusal(&error)));
        let failed = end.as_ref().err();
        step.attempt(Try {
            number,
            started,
            ended: Instant::now(),
            code: failed.map(|failure| failure.code.clone()),
            // Only connections have ends that are told.
            local: None,
            detail: failed.and_then(|failure| failure.detail.clone()),
        });
        match end {
            Ok(instances) => {
                step.observe(Some(number), observation(&instances));
                return port_of(&instances, name);
            }
            Err(failed) => failure = failed,
        }
    }
    if !told.is_empty() {
        step.observe(None, observation(&told));
        return port_of(&told, name);
    }
    Err(failure)
}

/// Sends the questions and reads until the instance was named, or time is up. A list is kept in `told`.
async fn listen(
    socket: &UdpSocket,
    questions: &[Vec<u8>; 2],
    name: &str,
    deadline: Instant,
    told: &mut Vec<Instance>,
) -> io::Result<Result<Vec<Instance>, Failure>> {
    for question in questions {
        socket.send(question).await?;
    }
    let mut datagram = vec![0; ssrp::ANSWER_BYTES];
    let mut odd = None;
    while let Ok(received) = timeout_at(deadline, socket.recv(&mut datagram)).await {
        match ssrp::decode(datagram.get(..received?).unwrap_or_default()) {
            Ok(instances) if named(&instances, name).is_some() => return Ok(Ok(instances)),
            Ok(instances) => {
                if instances.len() > told.len() {
                    *told = instances;
                }
            }
            Err(error) => odd = Some(error.to_string()),
        }
    }
    Ok(Err(match odd {
        Some(why) => Failure::new(FailureCode::BrowserMalformed, why),
        None if told.is_empty() => Failure::new(FailureCode::BrowserNoReply, "no answer in time"),
        None => not_found(),
    }))
}

fn named<'a>(instances: &'a [Instance], name: &str) -> Option<&'a Instance> {
    instances
        .iter()
        .find(|instance| instance.name.eq_ignore_ascii_case(name))
}

fn port_of(instances: &[Instance], name: &str) -> Result<u16, Failure> {
    let Some(instance) = named(instances, name) else {
        return Err(not_found());
    };
    match instance.tcp {
        Some(port) if port >= LEAST_PORT => Ok(port),
        Some(port) => Err(Failure::new(
            FailureCode::PolicyRefused,
            format!("SQL Browser names port {port}; only {LEAST_PORT} and above are taken from it"),
        )),
        None => Err(Failure::new(
            FailureCode::InstanceNotFound,
            "SQL Browser knows the instance, but it listens on no TCP port",
        )),
    }
}

fn not_found() -> Failure {
    Failure::new(
        FailureCode::InstanceNotFound,
        "SQL Browser lists other instances, not this one",
    )
}

/// An ICMP answer to a question, as the system tells it.
fn refusal(error: &io::Error) -> Failure {
    Failure::new(FailureCode::BrowserNoReply, error.to_string())
}

fn observation(instances: &[Instance]) -> Observation {
    let short = |text: &str| bounded(text, NAME_CHARS);
    Observation::Instances {
        instances: instances
            .iter()
            .map(|instance| SqlInstance {
                server: short(&instance.server),
                instance: short(&instance.name),
                port: instance.tcp,
                version: instance.version.as_deref().map(short),
                clustered: instance.clustered,
            })
            .collect(),
    }
}
