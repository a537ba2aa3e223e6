//! What goes on for longer once the run's own login is over, and, but for what tries again and again, has gone well: minutes to days, all of it beside each other,
//! each a step of its own at hop 0.
//!
//! ```text
//! own login over ─┬─ idle_ladder      connections idle for longer and longer
//!                 ├─ heartbeat        a query every second
//!                 ├─ retry_loop       logins in a loop
//!                 ├─ tracked_writes   writes whose connection is cut
//!                 ├─ data_flow        connections that return data
//!                 ├─ capacity         more and more connections
//!                 ├─ path_survey      sizes, loss, families
//!                 ├─ replica_session  connects to another replica's endpoint, replica_catalog beside it
//!                 ├─ listener_view    logins at a listener
//!                 └─ instance_link    a SQL Server and a managed instance connect to each other
//! ```
//! One that cannot be done says why; none ends another.

mod capacity;
mod data_flow;
mod heartbeat;
mod held_connection;
mod idle_ladder;
pub(crate) mod instance_link;
mod lag;
mod link;
mod listener;
mod path;
mod replica;
mod retry_loop;
mod socket_state;
mod sql;
mod tcp_counters;
mod trouble;
mod writes;

pub(crate) use held_connection::{HeldConnection, signer};
pub(crate) use replica::replica_questions;

use crate::course::Came;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::login::attempts::own_purpose;
use crate::record::Place;
use crate::tls;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use model::{FailureCode, StepKind};

/// Makes what the plan asks for, and returns when the last has ended.
pub(crate) async fn make(first: &Hop<'_>) {
    let asked = &first.run.plan.options.lasting;
    let mut all: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    if let Some(asked) = &asked.idle_ladder {
        all.push(idle_ladder::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.heartbeat {
        all.push(heartbeat::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.retry_loop {
        all.push(retry_loop::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.data_flow {
        all.push(data_flow::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.path {
        all.push(path::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.replica_session {
        all.push(replica::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.listener {
        all.push(listener::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.instance_link {
        all.push(instance_link::make(first, asked).boxed());
    }
    if let Some(asked) = &asked.tracked_writes {
        all.push(writes::make(first, asked).boxed());
    }
    while all.next().await.is_some() {}
    // Last and alone: what it uses up, the others would miss.
    if let Some(asked) = &asked.capacity {
        capacity::make(first, asked).await;
    }
}

/// Where held connections go: where the run's own path began, provided that it went well; why none is opened,
/// otherwise.
fn ground<'a>(first: &Hop<'a>) -> Result<Hop<'a>, Failure> {
    let run = first.run;
    let not_reached = Failure::bare(FailureCode::NotReached);
    if run.course.reached().is_none() {
        return Err(not_reached);
    }
    if held_connection::signer(first).is_some() && run.course.came() != Some(Came::In) {
        return Err(not_reached);
    }
    spoken_ground(first)
}

/// Wherever it speaks the encryption that is asked for.
fn spoken_ground<'a>(first: &Hop<'a>) -> Result<Hop<'a>, Failure> {
    let encryption = first.run.plan.options.encryption;
    if !tls::speaks(encryption) {
        return Err(tls::not_spoken(encryption));
    }
    Ok(own_ground(first))
}

/// The same, however the own login went: where something may have to be taken away.
pub(crate) fn own_ground<'a>(first: &Hop<'a>) -> Hop<'a> {
    let run = first.run;
    let reached = run.course.reached().map(|endpoint| endpoint.port());
    Hop {
        port: first.port.or(reached),
        purpose: own_purpose(first),
        ..first.clone()
    }
}

/// The same for what needs somebody logged in.
fn logged_in_ground<'a>(first: &Hop<'a>) -> Result<Hop<'a>, Failure> {
    let hop = ground(first)?;
    signed(first, hop)
}

/// The same for what tries again and again: the own login may have come to nothing this time, but not because of its
/// user or password.
fn trying_ground<'a>(first: &Hop<'a>) -> Result<Hop<'a>, Failure> {
    let may_pass = match first.run.course.came() {
        Some(Came::In | Came::ToNothing) => true,
        Some(Came::Refused(errors)) => errors
            .first()
            .is_none_or(|(number, _)| !trouble::is_refusal(*number)),
        None => false,
    };
    if !may_pass {
        return logged_in_ground(first);
    }
    let hop = spoken_ground(first)?;
    signed(first, hop)
}

/// Where somebody signs in; why nobody does, otherwise.
fn signed<'a>(first: &Hop<'a>, hop: Hop<'a>) -> Result<Hop<'a>, Failure> {
    match (held_connection::signer(first), first.signer()) {
        (Some(_), _) => Ok(hop),
        (None, Ok(_)) => Err(Failure::bare(FailureCode::NoCredentials)),
        (None, Err(unsigned)) => Err(Failure::bare(unsigned.code.clone())),
    }
}

/// Says why one of them is not done.
fn skip(first: &Hop<'_>, kind: StepKind, why: &Failure) {
    let (recorder, subject) = (first.run.recorder, first.subject(None));
    let (code, detail) = (why.code.clone(), why.detail.as_deref());
    recorder.skip(kind, Place::default(), subject, code, detail);
}
