//! A run that is recorded, from its first step to the file that is kept.

use super::capture::{self, Capture};
use super::file;
use super::ring::Kept;
use crate::context::Context;
use crate::files::{self, Keep};
use crate::record::{Place, Recorder, StepLog};
use chrono::{DateTime, Utc};
use model::{ArtifactKind, FailureCode, Observation, Plan, RunId, StepKind, Subject, TraceFile};
use std::io::{self, BufWriter};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use super::connect::connect;
pub(crate) use super::own::Own;

/// Last packets (the other end's FIN, its RST) have this long to come in.
const LAST_PACKETS: Duration = Duration::from_millis(100);

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
    context: &Context,
) -> Option<Traced<'a>> {
    if !plan.options.network_trace {
        return None;
    }
    let step = recorder.start(StepKind::NetworkTrace, Place::default(), Subject::default());
    let trace = &context.trace;
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
            keep: context.keep.clone(),
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
        let name = files::name(ArtifactKind::NetworkTrace, self.began);
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
