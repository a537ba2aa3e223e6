//! Runs: made, changed, read.
//!
//! [`lifecycle`] decides, purely. [`change`] brings it what happens (a cancel, a deadline) and writes down
//! what follows, in one transaction; [`ingest`] does the same for an agent's events. [`read`] makes what
//! readers see. None of them knows HTTP.

mod as_of;
mod asked;
mod change;
mod cleaning;
mod create;
mod deadlines;
mod error;
mod fold;
mod group;
mod ingest;
pub mod lifecycle;
mod patterns;
mod read;
mod retain;
mod wake;

pub(crate) use as_of::as_of;
pub use change::{agent_removed, cancel, claim, delete, restore, watch_deadlines};
pub use cleaning::cleaned;
pub use create::{create, create_group};
pub use deadlines::{Deadlines, Due};
pub use error::RunError;
pub use fold::Folds;
pub use group::{cancel_group, group, of_group};
pub use ingest::ingest;
pub(crate) use ingest::{may_hand_in, renew, stops};
pub use patterns::patterns;
pub use read::{all_events, list, view};
pub use retain::{Keep, Sweeper, keep_swept, not_kept, retain};
pub use wake::{Waiter, Wake};
