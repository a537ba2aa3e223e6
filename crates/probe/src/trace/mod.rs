//! The run's own packets, recorded beside it: a file for Wireshark, and facts of each connection.
//!
//! ```text
//! kernel ──filter: the run's addresses──▶ tap ──▶ book: own? payload cut ──▶ ring ──▶ NetworkTrace_….pcapng
//!                                                          └──▶ facts ──▶ traced_connection
//! engine ──"I reach…", "my port is…", "I ask for…"──▶ own
//! ```
//!
//! It changes nothing of the run and waits for none of it. It keeps no other program's packets, no clear text
//! and no more than its bound. Everything but `tap`, `filter` and `capture` (Linux) is pure, and takes whatever
//! bytes a wire may carry.

mod book;
#[cfg(target_os = "linux")]
mod capture;
#[cfg(not(target_os = "linux"))]
#[path = "capture_none.rs"]
mod capture;
mod connect;
mod cut;
mod facts;
mod file;
#[cfg(target_os = "linux")]
mod filter;
mod own;
mod packet;
mod ring;
#[cfg(target_os = "linux")]
mod tap;
#[cfg(test)]
mod tests;

use crate::record::{Place, Recorder, StepLog};
use capture::Capture;
use chrono::{DateTime, Utc};
use model::{FailureCode, Observation, Plan, RunId, StepKind, Subject, TraceFile};
use ring::Kept;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use connect::connect;
pub use cut::Cutter;
pub use facts::Facts;
pub(crate) use own::Own;
pub use packet::{Flow, Icmp, Load, Packet, Segment};

/// Last packets (the other end's FIN, its RST) have this long to come in.
const LAST_PACKETS: Duration = Duration::from_millis(100);

/// How an agent records its runs.
#[derive(Clone)]
pub struct Trace {
    /// Whether it does.
    pub allowed: bool,
    /// Bytes of one file, at most.
    pub limit_bytes: u64,
    /// Where the file goes; absent, only facts are stated.
    pub keep: Option<Arc<dyn Keep>>,
}

impl Trace {
    /// Bytes of one file, unless something else is said.
    pub const LIMIT_BYTES: u64 = 50 * 1024 * 1024;
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            allowed: true,
            limit_bytes: Self::LIMIT_BYTES,
            keep: None,
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("allowed", &self.allowed)
            .field("limit_bytes", &self.limit_bytes)
            .finish_non_exhaustive()
    }
}

/// Keeps a run's file.
pub trait Keep: Send + Sync {
    /// Begins it. Called on a thread that may block.
    ///
    /// # Errors
    /// When there is no room for it.
    fn create(&self, name: &str) -> io::Result<Box<dyn KeptFile>>;
}

/// A file that is being written. Dropped without [`KeptFile::finish`], it is gone.
pub trait KeptFile: Write + Send {
    /// It is whole.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A run that is recorded.
pub(crate) struct Traced<'a> {
    step: StepLog<'a>,
    capture: Capture,
    began: DateTime<Utc>,
    keep: Option<Arc<dyn Keep>>,
    run: RunId,
}

/// Begins to record the run, when its plan asks for it. When it cannot be done, a step says why.
pub(crate) fn begin<'a>(
    recorder: &'a Recorder<'a>,
    plan: &Plan,
    trace: &Trace,
) -> Option<Traced<'a>> {
    if !plan.options.network_trace {
        return None;
    }
    let step = recorder.start(StepKind::NetworkTrace, Place::default(), Subject::default());
    if !trace.allowed {
        let words = "this agent records no packets: it was started with --no-trace";
        step.skipped(FailureCode::NotPermitted, Some(words));
        return None;
    }
    match capture::begin(recorder.own(), trace.limit_bytes) {
        Ok(capture) => Some(Traced {
            step,
            capture,
            began: Utc::now(),
            keep: trace.keep.clone(),
            run: plan.run,
        }),
        Err(error) => {
            let (code, words) = refused(&error);
            step.skipped(code, Some(&words));
            None
        }
    }
}

fn refused(error: &io::Error) -> (FailureCode, String) {
    if error.kind() == io::ErrorKind::PermissionDenied {
        let words = "recording packets needs the capability CAP_NET_RAW, which this agent does not have. \
                     Give it one of these ways: `setcap cap_net_raw+ep` on the program's file, `--cap-add NET_RAW` for a \
                     container, or run it as root";
        return (FailureCode::NotPermitted, words.to_owned());
    }
    let words = format!("this system lets no packets be recorded: {error}");
    (FailureCode::NotAvailable, words)
}

impl Traced<'_> {
    /// The run is over, its sockets are closed: states what was seen, and keeps the file.
    pub(crate) async fn end(self) {
        tokio::time::sleep(LAST_PACKETS).await;
        let recorded = match self.capture.end().await {
            Ok(recorded) => recorded,
            Err(error) => {
                let detail = error.to_string();
                return self.step.failed(FailureCode::Internal, Some(&detail));
            }
        };
        for connection in recorded.connections {
            self.step
                .observe(None, Observation::TracedConnection(connection));
        }
        let Some(keep) = self.keep else {
            return self.step.ok();
        };
        let name = file::name(self.began);
        let count = recorded.packets.len() as u64;
        let written = write(keep, name.clone(), self.run, recorded.packets).await;
        match written {
            Ok(bytes) => {
                self.step.observe(
                    None,
                    Observation::TraceFile(TraceFile {
                        name,
                        packets: count,
                        bytes,
                        dropped: recorded.dropped,
                    }),
                );
                self.step.ok();
            }
            Err(error) => {
                let detail = format!("the file could not be kept: {error}");
                self.step.failed(FailureCode::Internal, Some(&detail));
            }
        }
    }
}

async fn write(
    keep: Arc<dyn Keep>,
    name: String,
    run: RunId,
    packets: Vec<Kept>,
) -> io::Result<u64> {
    tokio::task::spawn_blocking(move || {
        let mut out = keep.create(&name)?;
        let bytes = file::write(BufWriter::new(&mut out), run, &packets)?;
        out.finish()?;
        Ok(bytes)
    })
    .await?
}
