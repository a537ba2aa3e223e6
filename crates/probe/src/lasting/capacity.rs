//! More and more connections to one endpoint, none of them used: how many are let through, and what becomes of the
//! next.
//!
//! ```text
//! ports counted ─▶ open so many a second ─▶ hold ─▶ look at each ─▶ close all ─▶ one more
//!                    └─10 in a row fail──────▲
//! ```
//! The sockets are plain: each has no record of its own, the stages and the end have.

use super::{skip, socket_state};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::local_ports::local_ports;
use crate::record::{Place, StepLog, bounded, micros_between};
use crate::run::wait;
use crate::tcp::{self, spread};
use crate::trace;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::lasting::{Capacity, RampEnd, RampFailure, RampStage, Standing};
use model::{FailureCode, Observation, StepKind};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Most connections, whatever a plan says.
const MOST: u32 = 200;
/// So many failures in a row are an answer.
const ENOUGH: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// What is known so far.
#[derive(Default)]
struct Ramp {
    open: Vec<TcpStream>,
    tried: u32,
    failed: u32,
    in_a_row: u32,
    most_open: u32,
    first_failure: Option<RampFailure>,
    stage: Stage,
}

/// One second's share.
#[derive(Default)]
struct Stage {
    tried: u32,
    times: Vec<u64>,
    failed: BTreeMap<String, (FailureCode, u32)>,
}

/// One connect that ended.
struct Ended {
    /// Open when it began.
    open: u32,
    elapsed_us: u64,
    result: Result<TcpStream, (FailureCode, String)>,
}

/// Opens, holds, closes.
pub(super) async fn make(first: &Hop<'_>, asked: &Capacity) {
    let run = first.run;
    let Some(endpoint) = run.course.reached() else {
        return skip(
            first,
            StepKind::Capacity,
            &Failure::bare(FailureCode::NotReached),
        );
    };
    let step = run.recorder.start(
        StepKind::Capacity,
        Place::default(),
        first.subject(Some(endpoint)),
    );
    if let Some(ports) = local_ports(endpoint) {
        step.observe(None, Observation::LocalPorts(ports));
    }
    let limit = run.limits.tcp.timeout;
    let mut ramp = Ramp::default();
    ramp.rise(endpoint, asked, limit, step).await;
    sleep(wait(asked.hold_ms)).await;
    let lost = ramp
        .open
        .iter()
        .filter(|stream| socket_state::look(stream) != Standing::Alive)
        .count();
    ramp.open.clear();
    let worked_after = match ramp.first_failure {
        None => None,
        Some(_) => Some(connect(endpoint, limit, 0, step).await.result.is_ok()),
    };
    step.observe(
        None,
        Observation::RampEnd(RampEnd {
            endpoint: endpoint.to_string(),
            tried: ramp.tried,
            most_open: ramp.most_open,
            failed: ramp.failed,
            first_failure: ramp.first_failure,
            lost: u32::try_from(lost).unwrap_or(u32::MAX),
            worked_after,
        }),
    );
    step.ok();
}

impl Ramp {
    /// Begins so many a second, whatever the earlier ones do, until there are enough or enough have failed.
    async fn rise(
        &mut self,
        endpoint: SocketAddr,
        asked: &Capacity,
        limit: Duration,
        step: StepLog<'_>,
    ) {
        let most = asked.connections.clamp(1, MOST);
        let every = SECOND / asked.per_second.clamp(1, MOST);
        let begun = Instant::now();
        let mut stage_from = begun;
        let mut running = FuturesUnordered::new();
        loop {
            let may_begin = self.tried < most && self.in_a_row < ENOUGH;
            if !may_begin && running.is_empty() {
                break;
            }
            tokio::select! {
                Some(ended) = running.next(), if !running.is_empty() => self.take(ended),
                () = sleep_until(begun + every * self.tried), if may_begin => {
                    self.tried = self.tried.saturating_add(1);
                    self.stage.tried = self.stage.tried.saturating_add(1);
                    running.push(connect(endpoint, limit, self.count(), step));
                }
            }
            if stage_from.elapsed() >= SECOND {
                self.tell(stage_from, step);
                stage_from = Instant::now();
            }
        }
        self.tell(stage_from, step);
    }

    fn count(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    fn take(&mut self, ended: Ended) {
        match ended.result {
            Ok(stream) => {
                self.open.push(stream);
                self.most_open = self.most_open.max(self.count());
                self.in_a_row = 0;
                self.stage.times.push(ended.elapsed_us);
            }
            Err((code, detail)) => {
                self.failed = self.failed.saturating_add(1);
                self.in_a_row = self.in_a_row.saturating_add(1);
                let (_, count) = self
                    .stage
                    .failed
                    .entry(code.as_str().to_owned())
                    .or_insert_with(|| (code.clone(), 0));
                *count = count.saturating_add(1);
                self.first_failure.get_or_insert(RampFailure {
                    open: ended.open,
                    code,
                    detail: Some(bounded(&detail, 200)),
                });
            }
        }
    }

    fn tell(&mut self, from: Instant, step: StepLog<'_>) {
        let mut stage = std::mem::take(&mut self.stage);
        if stage.tried == 0 && stage.times.is_empty() && stage.failed.is_empty() {
            return;
        }
        let (_, median_us, max_us) = spread(&mut stage.times);
        step.observe(
            None,
            Observation::RampStage(RampStage {
                from_us: step.recorder().micros(from),
                tried: stage.tried,
                established: u32::try_from(stage.times.len()).unwrap_or(u32::MAX),
                open: self.count(),
                median_us,
                max_us,
                failed: stage.failed.into_values().collect(),
            }),
        );
    }
}

async fn connect(endpoint: SocketAddr, limit: Duration, open: u32, step: StepLog<'_>) -> Ended {
    let started = Instant::now();
    let connected = timeout(limit, trace::connect(endpoint, step.recorder().own(), None)).await;
    let result = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    Ended {
        open,
        elapsed_us: micros_between(started, Instant::now()),
        result: result.map_err(|error| (tcp::code(&error), error.to_string())),
    }
}
