//! The portal: HTTP API, live streams, history, bundles, and the page.
//!
//! ```text
//!   browser, agent ──▶ http ──▶ runs, agents ──▶ store ──▶ SQLite or PostgreSQL
//!                        ▲            │
//!                        └── wake ────┘   "something changed: read again"
//! ```
//!
//! SQL stands only in `store`, axum only in `http`, and only `runs::lifecycle` decides what a run's state is.
//! The portal opens no socket that a caller chose: only agents do that, and the built-in agent is one like
//! any other, which calls this same API over loopback. What is wrong with a run is not decided here but in the
//! crate `rules`.

pub mod access;
pub mod agents;
mod app;
pub mod artifacts;
mod clock;
pub mod config;
mod http;
mod lock;
pub mod metrics;
pub mod runs;
pub mod shares;
mod start;
pub mod store;
pub mod telemetry;

pub use app::App;
pub use clock::{Clock, Ids, SystemClock};
pub use config::{Caps, Config, Limits, Timing};
pub use http::{TlsError, Unlisted, openapi, routes};
pub use start::{Portal, StartError, start};
