//! Typed HTTP client of the portal's API, for agents and for tests.
//!
//! [`Portal`] speaks the public API, [`AgentPortal`] the agents' one. Both answer with the crate `model`'s
//! types, or with an [`Error`] that carries the portal's [`model::Problem`] whole, so callers decide by its
//! stable `code`. This crate decides nothing: when to try again is for its callers. The one exception is
//! [`EventStream`] and its like for groups, which come back by themselves where they were cut off, as a browser's do.

mod agent;
mod clock;
mod error;
mod events;
mod follow;
mod http;
mod portal;
mod sse;

pub use agent::{AgentPortal, enrol, enrol_with_ca};
pub use error::Error;
pub use events::{EventStream, GroupStream, Heard};
pub use portal::{Portal, RunFilter};
