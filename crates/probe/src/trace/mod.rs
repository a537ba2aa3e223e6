//! The run's own packets, recorded beside it: a file for Wireshark, and facts of each connection.
//!
//! ```text
//! kernel ──filter: the run's addresses──▶ tap ──▶ book: own? payload cut ──▶ ring ──▶ NetworkTrace_….pcapng
//!                                                          └──▶ facts ──▶ traced_connection
//! engine ──"I reach…", "my port is…", "I ask for…"──▶ own
//! ```
//!
//! It changes nothing of the run and waits for none of it. It keeps no other program's packets, no clear text
//! and no more than its bound. Everything but `tap`, `filter` and `capture` is pure, and takes whatever bytes a wire may
//! carry. It is built for Linux; elsewhere `recording_none` says so.

#[cfg(target_os = "linux")]
mod book;
#[cfg(target_os = "linux")]
mod capture;
#[cfg(target_os = "linux")]
mod connect;
mod cut;
mod facts;
#[cfg(target_os = "linux")]
mod file;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod own;
mod packet;
#[cfg(target_os = "linux")]
mod recording;
#[cfg(not(target_os = "linux"))]
#[path = "recording_none.rs"]
mod recording;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod tap;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use cut::Cutter;
pub use facts::Facts;
pub use packet::{Flow, Icmp, Load, Packet, Segment};
pub(crate) use recording::{Own, begin, connect};

/// How an agent records its runs.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Whether it does.
    pub allowed: bool,
    /// Bytes of one file, at most.
    pub limit_bytes: u64,
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
        }
    }
}
