//! How packets are recorded.

use clap::Args;
use probe::trace::Trace;

const MIB: u64 = 1024 * 1024;

/// How packets are recorded, of runs that ask for it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Network trace")]
pub(super) struct TraceArguments {
    /// Records no packets, whatever a run asks for
    #[arg(long, conflicts_with = "trace_limit_mib")]
    no_trace: bool,
    /// Largest file of packets; the oldest data goes first [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    trace_limit_mib: Option<u64>,
}

impl TraceArguments {
    /// Sets it.
    pub(super) fn set(&self, trace: &mut Trace) {
        trace.allowed = !self.no_trace;
        if let Some(limit) = self.trace_limit_mib {
            trace.limit_bytes = limit * MIB;
        }
    }
}
