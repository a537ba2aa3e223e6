//! Makes runs on a host.
//!
//! An agent asks the portal for work, makes each run through the crate `probe`, and hands over what was seen. The
//! portal's own agent and one on a far host are this same worker talking to the same API.
//!
//! ```text
//!  portal ──poll──▶ claim ──▶ secret opened ──▶ probe ──events──▶ scrub ──▶ spool (disk) ──▶ poster ──▶ portal
//!         ◀─────────────────── one heartbeat for all runs ───────────────────────────────────────────▶
//! ```
//!
//! Three promises hold whichever process is killed and whichever link is cut. An event is on disk before it is
//! sent, and stays there until the portal says it is stored. A run is never probed twice. No secret is ever
//! written: events are scrubbed before the disk sees them.
//!
//! The agent decides nothing about a run's state and nothing about what is wrong: the portal and the rules do.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod budget;
pub mod check;
mod clock;
pub mod enrolment;
mod identity;
mod journal;
mod line_file;
mod making;
mod private;
mod scrub;
mod secret;
mod sink;
mod skew;
mod sources;
mod spool;
mod timing;
pub mod worker;

pub use clock::Clock;
pub use identity::{Identity, IdentityError};
pub use sources::{BadSource, External, SignInAt, Sources};
pub use spool::Limits;
pub use timing::Timing;
pub use worker::{Config, Error};

/// Version of this agent, as it tells the portal.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
