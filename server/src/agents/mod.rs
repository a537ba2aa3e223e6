//! Agents: admitted by token, heard of, given work. The built-in one is an agent like any other.

mod admit;
mod built_in;
mod presence;
mod work;

pub use admit::{Admitted, admit, by_token, token_hash};
pub(crate) use built_in::{BuiltIn, Prepared, prepare};
pub use presence::{Presence, all};
pub use work::{heartbeat, poll};
