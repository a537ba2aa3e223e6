//! Kerberos tickets: Windows authentication as the account that the agent runs as.
//!
//! ```text
//!  ticket_request ──the system's library asks its KDC──▶ token ──LOGIN7──▶ decided
//!                                              token ◀──SSPI token──┘ └──▶ SSPI message ──▶ …
//! ```
//! The library finds account, realm and KDC as it does for every program of the host (`krb5.conf` and the credential
//! cache; on Windows the log-on session): they are the agent's configuration, not the run's. No password is asked for,
//! and what is sent is good for this server alone. NTLM is not spoken.

#[cfg(feature = "integrated")]
mod kerberos;
#[cfg(not(feature = "integrated"))]
#[path = "kerberos_none.rs"]
mod kerberos;
#[cfg(all(feature = "integrated", unix))]
mod refusal;
#[cfg(all(feature = "integrated", not(unix)))]
#[path = "refusal_windows.rs"]
mod refusal;

use crate::failure::Failure;
use crate::hop::Hop;
use crate::record::{Place, Try, bounded};
use kerberos::Pending;
use model::{FailureCode, StepId, StepKind, Subject};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// Characters of the library's words that are kept.
const WORDS: usize = 500;

/// What is sent to the server.
pub(crate) type Token = Zeroizing<Vec<u8>>;

/// The account's tickets, and the servers that a step was made for.
pub(crate) struct Tickets {
    told: Mutex<BTreeSet<String>>,
}

impl Tickets {
    /// Of the account that the agent runs as; `None` where it is not built in.
    pub(crate) fn of_this_account() -> Option<Self> {
        kerberos::BUILT_IN.then(|| Self {
            told: Mutex::default(),
        })
    }

    /// A ticket for the hop's server, and the first token. The first time it is a step under `parent`; later the library
    /// has the ticket.
    pub(crate) async fn begin(
        &self,
        hop: &Hop<'_>,
        parent: StepId,
    ) -> Result<(Handshake, Token), Failure> {
        let spn = spn(&hop.host, hop.port);
        let limit = hop.run.limits.login;
        if !self.told.lock().await.insert(spn.clone()) {
            return Handshake::begin(spn, limit).await;
        }
        let place = Place {
            hop: hop.place.hop,
            parent: Some(parent),
        };
        let subject = Subject {
            host: Some(hop.host.clone()),
            port: hop.port,
            ..Subject::default()
        };
        let recorder = hop.run.recorder;
        let step = recorder.start(StepKind::TicketRequest, place, subject);
        let started = Instant::now();
        let result = Handshake::begin(spn, limit).await;
        let failure = result.as_ref().err().cloned();
        step.attempt(Try::over(1, started, None, failure.as_ref()));
        step.end(failure.as_ref());
        result
    }
}

/// The name that SQL Server is registered by in its domain.
fn spn(host: &str, port: Option<u16>) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    match port {
        Some(port) => format!("MSSQLSvc/{host}:{port}"),
        None => format!("MSSQLSvc/{host}"),
    }
}

/// A handshake whose first token is there.
pub(crate) struct Handshake {
    pending: Option<Pending>,
    limit: Duration,
}

impl Handshake {
    async fn begin(spn: String, limit: Duration) -> Result<(Self, Token), Failure> {
        let (pending, token) = aside(limit, move || Pending::begin(&spn)).await?;
        let pending = Some(pending);
        Ok((Self { pending, limit }, token))
    }

    /// Takes a token of the server's; what is to be sent in answer, if anything.
    pub(crate) async fn answer(&mut self, token: Vec<u8>) -> Result<Option<Token>, Failure> {
        let Some(pending) = self.pending.take() else {
            let why = "the server goes on after the handshake was complete";
            return Err(Failure::new(FailureCode::LoginMalformed, why));
        };
        let (pending, answer) = aside(self.limit, move || pending.step(&token)).await?;
        self.pending = pending;
        Ok(answer)
    }
}

/// Calls the library, which blocks, on a thread of its own. A call that outlives its time-out is left to end by itself.
async fn aside<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match timeout(limit, tokio::task::spawn_blocking(call)).await {
        Ok(Ok(result)) => result.map_err(|failure| Failure {
            detail: failure.detail.map(|words| bounded(&words, WORDS)),
            ..failure
        }),
        Ok(Err(error)) => Err(Failure::new(FailureCode::Internal, error.to_string())),
        Err(_) => Err(Failure::new(
            FailureCode::KdcUnreachable,
            "Kerberos did not answer in time",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::spn;

    #[test]
    fn a_server_is_known_by_name_and_port() {
        assert_eq!(spn("db.corp", Some(1433)), "MSSQLSvc/db.corp:1433");
        assert_eq!(spn("db.corp.", Some(14_330)), "MSSQLSvc/db.corp:14330");
        assert_eq!(spn("db.corp", None), "MSSQLSvc/db.corp");
    }
}
