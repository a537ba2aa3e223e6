//! From a name to a connection that may carry a login, as an application does it: the system's addresses one after
//! the other, the first that connects is taken. All of it under one step.

use super::spent;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::record::StepLog;
use crate::signer::Signer;
use crate::{names, tcp};
use futures::{StreamExt, stream};
use model::{Closer, FailureCode, Phase};
use std::net::SocketAddr;
use tokio::time::Instant;

/// A connection, and where it leads.
pub(crate) struct Reached<'a> {
    pub(crate) ready: Ready<'a>,
    pub(crate) endpoint: SocketAddr,
}

/// Name, TCP, PRELOGIN and TLS, each with its own clock. Without a signer nobody is going to log in.
pub(crate) async fn reach<'a>(
    hop: &Hop<'a>,
    signer: Option<&Signer>,
    step: StepLog<'a>,
    number: u32,
) -> Result<Reached<'a>, Failure> {
    let context = hop.run.context;
    let limits = &hop.run.limits;
    let Some(port) = hop.port else {
        return Err(Failure::new(
            FailureCode::NotAvailable,
            "the port is not known",
        ));
    };
    let asked = Instant::now();
    let addresses = names::of_system(&hop.host, &context.names, limits.dns).await?;
    let known = Instant::now();
    let mut last = Failure::new(FailureCode::NameNoAddress, "the name has no address");
    let mut endpoints = Vec::new();
    for address in addresses {
        let endpoint = SocketAddr::new(address, port);
        match context.policy.decide(endpoint, hop.purpose) {
            Ok(()) => endpoints.push(endpoint),
            Err(refusal) => {
                last = Failure::new(FailureCode::PolicyRefused, refusal.to_string());
            }
        }
    }
    let mut connection = connect(hop, signer, &endpoints, step, number, last).await?;
    connection.came_after(Phase::Dns, asked, known);
    match hop.secure(&mut connection).await {
        Ok(encrypted) => Ok(Reached {
            endpoint: connection.endpoint(),
            ready: Ready {
                connection,
                encrypted,
            },
        }),
        Err(failure) => {
            connection.close(Closer::Us).await;
            Err(failure)
        }
    }
}

/// The first endpoint that connects: one after the other, or all at once; the last failure, otherwise.
async fn connect<'a>(
    hop: &Hop<'a>,
    signer: Option<&Signer>,
    endpoints: &[SocketAddr],
    step: StepLog<'a>,
    number: u32,
    mut last: Failure,
) -> Result<Connection<'a>, Failure> {
    let run = hop.run;
    let one = |endpoint: SocketAddr| async move {
        let budget = &run.context.budget;
        if signer.is_some_and(|signer| !budget.may_try(endpoint, signer.user())) {
            return Err(spent());
        }
        let limit = run.limits.tcp.timeout;
        tcp::connect_in(endpoint, limit, hop.segment, step, number).await
    };
    let width = if hop.at_once {
        endpoints.len().max(1)
    } else {
        1
    };
    let mut tried = stream::iter(endpoints.iter().copied().map(one)).buffer_unordered(width);
    while let Some(connected) = tried.next().await {
        match connected {
            Ok(connection) => return Ok(connection),
            Err(failure) if failure.code == FailureCode::LoginBudgetSpent => return Err(failure),
            Err(failure) => last = failure,
        }
    }
    Err(last)
}
