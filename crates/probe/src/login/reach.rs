//! From a name to a connection that may carry a login, as an application does it: the system's addresses one after
//! the other, the first that connects is taken. All of it under one step.

use super::spent;
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::record::StepLog;
use crate::signer::Signer;
use crate::{names, tcp};
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
    for address in addresses {
        let endpoint = SocketAddr::new(address, port);
        if let Err(refusal) = context.policy.decide(endpoint, hop.purpose) {
            last = Failure::new(FailureCode::PolicyRefused, refusal.to_string());
            continue;
        }
        if signer.is_some_and(|signer| !context.budget.may_try(endpoint, signer.user())) {
            return Err(spent());
        }
        let limit = limits.tcp.timeout;
        let connected = tcp::connect_in(endpoint, limit, hop.segment, step, number).await;
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(failure) => {
                last = failure;
                continue;
            }
        };
        connection.came_after(Phase::Dns, asked, known);
        return match hop.secure(&mut connection).await {
            Ok(encrypted) => Ok(Reached {
                ready: Ready {
                    connection,
                    encrypted,
                },
                endpoint,
            }),
            Err(failure) => {
                connection.close(Closer::Us).await;
                Err(failure)
            }
        };
    }
    Err(last)
}
