//! Recording, on systems where it is not built: whoever asks for it is told so.

use crate::context::Context;
use crate::record::{Place, Recorder};
use model::{FailureCode, Plan, StepKind, Subject};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// What a run talks to; nobody wants to know.
#[derive(Default)]
pub(crate) struct Own;

impl Own {
    /// That resolver is about to be asked.
    pub(crate) fn asks(&self, _resolver: SocketAddr) {}

    /// That name is about to be asked for.
    pub(crate) fn looks_up(&self, _name: &str) {}
}

/// A run that is recorded: here there is none.
pub(crate) enum Traced {}

/// Says that nothing is recorded here, when the plan asks for it.
pub(crate) fn begin(recorder: &Recorder<'_>, plan: &Plan, _context: &Context) -> Option<Traced> {
    if plan.options.network_trace {
        let step = recorder.start(StepKind::NetworkTrace, Place::default(), Subject::default());
        let words = "this system lets no packets be recorded: they are recorded on Linux only";
        step.skipped(FailureCode::NotAvailable, Some(words));
    }
    None
}

impl Traced {
    /// Ends it.
    pub(crate) async fn end(self) {
        match self {}
    }
}

/// Connects.
pub(crate) async fn connect(
    endpoint: SocketAddr,
    _own: &Own,
    segment: Option<u32>,
) -> io::Result<TcpStream> {
    if segment.is_some() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    TcpStream::connect(endpoint).await
}
