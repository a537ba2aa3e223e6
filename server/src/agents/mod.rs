//! Agents: enrolled, known by their token, heard of, given work, removed. The built-in one is an agent like any other.

mod admit;
mod built_in;
mod enrol;
mod error;
mod key;
mod presence;
mod remove;
mod work;

pub use admit::{Admitted, admit, by_token, token_hash};
pub(crate) use built_in::{BuiltIn, Prepared, prepare};
pub use enrol::{Enrolments, enrol, invite};
pub use error::AgentError;
pub use presence::{Presence, all};
pub use remove::remove;
pub use work::{heartbeat, poll};
