//! Lost SYNs: so many connects, each closed at once.
//!
//! A SYN that is lost is sent again after a second, so the connect takes that long; the system's own count says the
//! same where it is told.

use crate::lasting::tcp_counters;
use crate::record::{StepLog, micros_between};
use crate::tcp::spread;
use crate::trace;
use futures::StreamExt;
use model::Observation;
use model::lasting::{PathSurvey, SynTimes};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Most that are under way at once, so that a lossy way does not take for ever.
const AT_ONCE: usize = 8;
/// No way is so long; no system sends a SYN again so soon.
const AGAIN: Duration = Duration::from_millis(900);

pub(super) async fn make(endpoint: SocketAddr, asked: &PathSurvey, step: StepLog<'_>) {
    if asked.syns == 0 {
        return;
    }
    let limit = Duration::from_millis(asked.answer_timeout_ms);
    let own = step.recorder().own();
    let connects = (0..asked.syns).map(|_| async move {
        let started = Instant::now();
        let connected = timeout(limit, trace::connect(endpoint, own, None)).await;
        let elapsed = started.elapsed();
        let stream = connected.ok()?.ok()?;
        let local = stream.local_addr().ok();
        let counted = local.and_then(|local| tcp_counters::counters(local, endpoint));
        let sent_again = counted.is_some_and(|counted| counted.retransmitted > 0);
        Some((elapsed, sent_again || elapsed >= AGAIN))
    });
    let results: Vec<_> = futures::stream::iter(connects)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let established: Vec<_> = results.into_iter().flatten().collect();
    let again = established.iter().filter(|(_, again)| *again).count();
    let zero = Instant::now();
    let mut times: Vec<u64> = established
        .iter()
        .map(|(elapsed, _)| micros_between(zero, zero + *elapsed))
        .collect();
    let (_, median_us, max_us) = spread(&mut times);
    step.observe(
        None,
        Observation::SynTimes(SynTimes {
            endpoint: endpoint.to_string(),
            tried: asked.syns,
            established: u32::try_from(times.len()).unwrap_or(u32::MAX),
            again: u32::try_from(again).unwrap_or(u32::MAX),
            median_us,
            max_us,
        }),
    );
}
