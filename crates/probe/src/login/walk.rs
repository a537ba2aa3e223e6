//! From a name to an open connection that is logged in, redirects followed, all of it under one step. Nothing is
//! tried again: it is what an application sees when it connects once.

use super::{Decision, Reached, count, enter, reach};
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::policy::Purpose;
use crate::record::StepLog;
use crate::redirect::{self, Way};
use crate::signer::Signer;
use model::Closer;

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(crate) struct NotThere {
    /// Local end of the last connection that was tried, as far as there was one.
    pub(crate) local: Option<String>,
    pub(crate) failure: Failure,
}

impl From<Failure> for NotThere {
    fn from(failure: Failure) -> Self {
        Self {
            local: None,
            failure,
        }
    }
}

/// Goes there; without a signer only past TLS, where nobody routes anybody.
pub(crate) async fn walk<'a>(
    mut hop: Hop<'a>,
    signer: Option<&Signer>,
    step: StepLog<'a>,
    number: u32,
) -> Result<Ready<'a>, NotThere> {
    let mut way: Way = vec![redirect::stop(&hop.host, hop.port)];
    loop {
        let Reached {
            mut ready,
            endpoint,
        } = reach(&hop, signer, step, number).await?;
        let Some(signer) = signer else {
            ready.connection.used_by(step, number);
            return Ok(ready);
        };
        let entered = enter(&hop, signer, step, number, ready).await;
        let local = entered.local;
        let routed = match (entered.ready, entered.decision) {
            (Some(ready), Ok(Decision::Accepted(None))) => return Ok(ready),
            (ready, decision) => {
                if let Some(ready) = ready {
                    ready.connection.close(Closer::Us).await;
                }
                if let Ok(Decision::Rejected { errors, .. }) = &decision {
                    count(&hop, signer, endpoint, errors);
                }
                match (super::failure(&decision), decision) {
                    (None, Ok(Decision::Accepted(Some(to)))) => to,
                    (failure, _) => {
                        let failure = failure.unwrap_or_else(super::gone);
                        return Err(NotThere { local, failure });
                    }
                }
            }
        };
        hop = Hop {
            host: routed.host,
            port: Some(routed.port),
            database: routed.database.unwrap_or(hop.database),
            purpose: Purpose::Redirect { from: endpoint },
            ..hop
        };
        if let Some((code, why)) = redirect::refused(&hop, &way) {
            let failure = Failure::new(code, why);
            return Err(NotThere { local, failure });
        }
        way.push(redirect::stop(&hop.host, hop.port));
    }
}
