//! TCP connects to one endpoint: so many, started at a fixed spacing whatever the earlier ones do, each told
//! apart by how it ended.

use crate::connection::Connection;
use crate::failure::Failure;
use crate::record::{StepLog, Try};
use crate::trace;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::{Closer, FailureCode, Observation};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

/// How often, how far apart, how long.
#[derive(Clone, Copy)]
pub(crate) struct Series {
    pub(crate) attempts: u32,
    pub(crate) spacing: Duration,
    pub(crate) timeout: Duration,
}

/// One connect.
pub(crate) async fn connect<'a>(
    endpoint: SocketAddr,
    limit: Duration,
    log: StepLog<'a>,
    attempt: u32,
) -> Result<Connection<'a>, Failure> {
    connect_in(endpoint, limit, None, log, attempt).await
}

/// Whether segments can be held to a size here.
pub(crate) const fn holds_segments() -> bool {
    cfg!(target_os = "linux")
}

/// One connect whose segments are held to so many bytes.
pub(crate) async fn connect_in<'a>(
    endpoint: SocketAddr,
    limit: Duration,
    segment: Option<u32>,
    log: StepLog<'a>,
    attempt: u32,
) -> Result<Connection<'a>, Failure> {
    let started = Instant::now();
    match timeout(
        limit,
        trace::connect(endpoint, log.recorder().own(), segment),
    )
    .await
    {
        Err(_) => Err(Failure::new(
            FailureCode::TcpTimeout,
            "no answer to SYN in time",
        )),
        Ok(Err(error)) => Err(Failure::new(code(&error), error.to_string())),
        Ok(Ok(stream)) => Ok(Connection::new(stream, endpoint, started, log, attempt)),
    }
}

/// Every connect of the series. The first that is established goes out through `first`, the others are
/// closed at once. Ends when the last has ended; `first` is dropped when none was established.
pub(crate) async fn connect_all<'a>(
    endpoint: SocketAddr,
    series: Series,
    step: StepLog<'a>,
    first: oneshot::Sender<Connection<'a>>,
) {
    let begun = Instant::now();
    let mut running: FuturesUnordered<_> = (0..series.attempts)
        .map(|index| async move {
            // The timer's own coarseness would delay the first.
            if index > 0 {
                sleep_until(begun + series.spacing * index).await;
            }
            let started = Instant::now();
            let number = index.saturating_add(1);
            let result = connect(endpoint, series.timeout, step, number).await;
            (number, started, Instant::now(), result)
        })
        .collect();
    let mut first = Some(first);
    let mut times = Vec::new();
    let mut failure: Option<Failure> = None;
    while let Some((number, started, ended, result)) = running.next().await {
        let mut try_ = Try {
            number,
            started,
            ended,
            code: None,
            local: None,
            detail: None,
        };
        match result {
            Ok(connection) => {
                try_.local = Some(connection.local().to_owned());
                step.attempt(try_);
                times.push(crate::record::micros_between(started, ended));
                match first.take() {
                    // Given back when nobody waits for it any more.
                    Some(first) => {
                        if let Err(connection) = first.send(connection) {
                            connection.close(Closer::Us).await;
                        }
                    }
                    None => connection.close(Closer::Us).await,
                }
            }
            Err(failed) => {
                try_.code = Some(failed.code.clone());
                try_.detail.clone_from(&failed.detail);
                step.attempt(try_);
                failure.get_or_insert(failed);
            }
        }
    }
    step.observe(None, summary(endpoint, series.attempts, &mut times));
    match failure {
        Some(failure) if times.is_empty() => step.failed(failure.code, failure.detail.as_deref()),
        _ => step.ok(),
    }
}

fn summary(endpoint: SocketAddr, attempts: u32, times: &mut [u64]) -> Observation {
    let (min_us, median_us, max_us) = spread(times);
    Observation::ConnectTimes {
        endpoint: endpoint.to_string(),
        attempts,
        established: u32::try_from(times.len()).unwrap_or(u32::MAX),
        min_us,
        median_us,
        max_us,
    }
}

/// Least, median, greatest.
pub(crate) fn spread(times: &mut [u64]) -> (Option<u64>, Option<u64>, Option<u64>) {
    times.sort_unstable();
    let middle = times.len() / 2;
    let median = match (times.get(middle.wrapping_sub(1)), times.get(middle)) {
        (Some(low), Some(high)) if times.len().is_multiple_of(2) => Some(low.midpoint(*high)),
        (_, high) => high.copied(),
    };
    (times.first().copied(), median, times.last().copied())
}

/// How a connect failed, in our words.
pub(crate) fn code(error: &io::Error) -> FailureCode {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureCode::TcpRefused,
        io::ErrorKind::TimedOut => FailureCode::TcpTimeout,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => FailureCode::TcpUnreachable,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => FailureCode::TcpReset,
        io::ErrorKind::AddrNotAvailable => FailureCode::NoLocalPort,
        _ => FailureCode::TcpError,
    }
}

#[cfg(test)]
mod tests {
    use super::{code, summary};
    use model::{FailureCode, Observation};
    use std::io;

    #[test]
    fn minimum_median_and_maximum() {
        let table: [(&[u64], _); 4] = [
            (&[], (None, None, None)),
            (&[7], (Some(7), Some(7), Some(7))),
            (&[9, 1, 5], (Some(1), Some(5), Some(9))),
            (&[4, 1, 3, 2], (Some(1), Some(2), Some(4))),
        ];
        for (times, expected) in table {
            let endpoint = "10.0.0.1:1433".parse().expect("an endpoint");
            let Observation::ConnectTimes {
                min_us,
                median_us,
                max_us,
                established,
                ..
            } = summary(endpoint, 5, &mut times.to_vec())
            else {
                panic!("another observation");
            };
            assert_eq!((min_us, median_us, max_us), expected);
            assert_eq!(established as usize, times.len());
        }
    }

    #[test]
    fn how_a_connect_failed_is_told_apart() {
        let table = [
            (io::ErrorKind::ConnectionRefused, FailureCode::TcpRefused),
            (io::ErrorKind::TimedOut, FailureCode::TcpTimeout),
            (io::ErrorKind::HostUnreachable, FailureCode::TcpUnreachable),
            (
                io::ErrorKind::NetworkUnreachable,
                FailureCode::TcpUnreachable,
            ),
            (io::ErrorKind::ConnectionReset, FailureCode::TcpReset),
            (io::ErrorKind::AddrNotAvailable, FailureCode::NoLocalPort),
            (io::ErrorKind::PermissionDenied, FailureCode::TcpError),
        ];
        for (kind, expected) in table {
            assert_eq!(code(&kind.into()), expected, "{kind:?}");
        }
    }
}
