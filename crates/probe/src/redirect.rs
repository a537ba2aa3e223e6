//! From one hop to the next: each redirect a root step with its own names, connects, PRELOGIN, TLS and login,
//! as far as the options allow, never to where the run has been; at the end of the way, the query.

use crate::hop::{self, Hop, HopEnd};
use crate::policy::Purpose;
use crate::query;
use crate::record::{Place, StepLog};
use futures::FutureExt;
use futures::future::{BoxFuture, join};
use model::{FailureCode, HopTarget, StepKind, Subject};
use std::net::SocketAddr;
use tokio::sync::oneshot;

/// Longest host name there is.
const HOST_CHARS: usize = 253;

/// Redirects that are followed, whatever a plan says.
const MOST_REDIRECTS: u32 = 10;

/// Where the run has been: host in lower case, and port.
pub(crate) type Way = Vec<(String, Option<u16>)>;

/// Makes the first hop and everything that follows from it.
pub(crate) async fn walk(first: Hop<'_>) {
    let (tell, end) = oneshot::channel();
    let way = vec![stop(&first.host, first.port)];
    let made = hop::make(&first, tell);
    let onward = async {
        let end = end.await.unwrap_or(HopEnd::Ended(None));
        follow(first.clone(), end, way).await;
    };
    join(made, onward).await;
}

/// What comes after a hop. Boxed: each redirect nests in the one before.
fn follow(hop: Hop<'_>, end: HopEnd, way: Way) -> BoxFuture<'_, ()> {
    async move {
        match end {
            HopEnd::Accepted(endpoint) => query::make(&hop, endpoint).await,
            HopEnd::Ended(_) => query::skip(&hop, FailureCode::NotReached),
            HopEnd::Routed { from, to } => redirect(hop, from, to, way).await,
        }
    }
    .boxed()
}

async fn redirect(hop: Hop<'_>, from: SocketAddr, to: HopTarget, mut way: Way) {
    let run = hop.run;
    let number = hop.place.hop.saturating_add(1);
    let subject = Subject {
        host: Some(to.host.clone()),
        port: Some(to.port),
        ..Subject::default()
    };
    let place = Place {
        hop: number,
        parent: None,
    };
    let step = run.recorder.start(StepKind::TdsRedirect, place, subject);
    let next = Hop {
        run,
        place: Place {
            hop: number,
            parent: Some(step.id()),
        },
        host: to.host,
        port: Some(to.port),
        database: to.database.unwrap_or_else(|| hop.database.clone()),
        purpose: Purpose::Redirect { from },
        segment: None,
        at_once: hop.at_once,
    };
    if let Some((code, why)) = refused(&next, &way) {
        step.failed(code, Some(why));
        query::skip(&next, FailureCode::NotReached);
        return;
    }
    way.push(stop(&next.host, next.port));
    let (tell, end) = oneshot::channel();
    let made = async {
        let end = hop::make(&next, tell).await;
        conclude(step, end);
    };
    let onward = async {
        let end = end.await.unwrap_or(HopEnd::Ended(None));
        follow(next.clone(), end, way).await;
    };
    join(made, onward).await;
}

/// Why a hop that a server routes to is not made, after a way of so many stops.
pub(crate) fn refused(next: &Hop<'_>, way: &Way) -> Option<(FailureCode, &'static str)> {
    let most = next.run.plan.options.max_redirects.min(MOST_REDIRECTS);
    if way.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        Some((
            FailureCode::TooManyRedirects,
            "more redirects than the options allow",
        ))
    } else if way.contains(&stop(&next.host, next.port)) {
        Some((FailureCode::RedirectLoop, "the run has already been there"))
    } else if !is_host(&next.host) || next.port == Some(0) {
        Some((FailureCode::RedirectFailed, "this is not a host and a port"))
    } else {
        None
    }
}

fn conclude(step: StepLog<'_>, end: HopEnd) {
    match end {
        HopEnd::Accepted(_) | HopEnd::Routed { .. } => step.ok(),
        HopEnd::Ended(Some(refused)) if refused.code == FailureCode::PolicyRefused => {
            step.failed(refused.code, refused.detail.as_deref());
        }
        HopEnd::Ended(failure) => {
            let why = failure.map(|failure| failure.code.to_string());
            step.failed(FailureCode::RedirectFailed, why.as_deref());
        }
    }
}

pub(crate) fn stop(host: &str, port: Option<u16>) -> (String, Option<u16>) {
    let host = host.strip_suffix('.').unwrap_or(host);
    (host.to_ascii_lowercase(), port)
}

/// Whether a server's word can be a host name or a literal at all.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= HOST_CHARS
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{is_host, stop};

    #[test]
    fn a_host_is_told_from_rubbish() {
        let long = "a".repeat(254);
        let table = [
            ("tr1.westeurope1-a.worker.database.windows.net", true),
            ("10.0.0.4", true),
            ("fd00::1", true),
            ("under_score", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("host\n", false),
            ("пример", false),
            (long.as_str(), false),
        ];
        for (host, expected) in table {
            assert_eq!(is_host(host), expected, "{host:?}");
        }
    }

    #[test]
    fn the_same_place_in_another_spelling_is_the_same_place() {
        assert_eq!(stop("A.Example.", Some(1)), stop("a.example", Some(1)));
        assert_ne!(stop("a.example", Some(1)), stop("a.example", Some(2)));
    }
}
