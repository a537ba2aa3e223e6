//! A SQL endpoint that breaks on purpose: one listener, or silent port, for each [`Scenario`].
//!
//! Portal and tests start it with [`Lab::start`]; by hand there is `linecheck-lab`. Everything is on loopback, the same
//! port on 127.0.0.1 and ::1. Certificates are made at start and trusted by nobody who is not given [`Lab::ca`].
//!
//! ```text
//!  scenario (data) ─► lab ─► ports ─┬► listener ─► conversation ─► login · reply · answers ─► tds
//!                      │            └► backlog         │                      └► store
//!                      └─► certificates ───────────► channel: TLS ─► framing ─► pace ─► TCP
//! ```
//!
//! What it does not know: runs, findings, the portal. State of a scenario is kept by the application name of LOGIN7, and a bare
//! connect changes none.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod answers;
mod backlog;
mod browser;
mod certificates;
mod channel;
mod config;
mod conversation;
mod counter;
mod flow;
mod framing;
mod lab;
mod link;
mod listener;
mod login;
mod memory;
mod message;
#[cfg(feature = "legacy-tls")]
mod old_tls;
mod pace;
mod ports;
mod replicas;
mod reply;
mod scenario;
mod schedule;
mod script;
mod statement;
mod store;
#[cfg(feature = "integrated")]
mod tickets;

pub use config::{Config, Error, Limits};
pub use counter::Counter;
pub use lab::{Lab, Practice};
pub use scenario::Scenario;

/// Login name that practice targets accept. Public: it opens nothing else.
pub const USER: &str = "practice";
/// Password that practice targets accept. Public: it opens nothing else.
pub const PASSWORD: &str = "Practice-Passw0rd";
/// Last part of access tokens that practice targets accept, as in `header.claims.SIGNATURE`. Public likewise.
pub const TOKEN_SIGNATURE: &str = "bGluZWNoZWNrLXByYWN0aWNl";
