//! A run's log to findings and a verdict.
//!
//! [`State`] folds the events of a log, one at a time and in constant time each; [`judge`] reads the state at
//! any moment and says what is wrong, with evidence, advice and an owner. The portal, the agent and the page use
//! the same two, so a verdict is the same wherever it is read, live or years later.
//!
//! ```text
//!  RunEvent ──apply──▶ State ──judge──▶ Judgement { verdict, findings, outcome }
//!                        │
//!                        └── path: how far the run got, and where it stopped
//! ```
//!
//! Each file under `findings/` is one rule: what it looks for, its wording and its tests. Which finding becomes
//! the verdict, when several hold, is one ordered table in `judge.rs`.
//!
//! Runs that were started together from several agents are compared by [`judge_group`], under `group/`.
//!
//! This crate knows no clock, no network and no files: what is not in the log does not exist.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod beats;
mod case;
pub mod decode;
mod draft;
mod driver;
mod findings;
mod group;
mod idle;
mod judge;
mod links;
mod path;
pub mod pool;
mod progress;
pub mod replay;
pub mod replica;
#[cfg(test)]
mod specification;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod words;
mod write_pattern;

pub use driver::{DriverAdvice, driver_advice};
pub use group::{Vantage, judge_group};
pub use idle::{IdleTimer, idle_timer};
pub use judge::{Judgement, judge, settle};
pub use progress::{Progress, progress, progress_of};
pub use state::State;
pub use write_pattern::{WRITE_PATTERN_CLIENT, WRITE_PATTERN_SQL};

/// Version of the rules and their wording; stored with the findings of every run.
pub const RULES_VERSION: u32 = 5;
