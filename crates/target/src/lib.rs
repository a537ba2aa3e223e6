//! Server strings and connection strings, understood.
//!
//! What a person types or pastes becomes a [`Parsed`] server or a [`Pasted`] connection string, with the kind
//! of endpoint by exact suffix and the port that will be used. A mistake becomes an [`Error`] with a stable
//! code and a plain sentence; an oddity that does not stop becomes a [`Note`]. Nothing that was typed is ever
//! repeated in an error: it may hold a secret.
//!
//! [`facts`] holds what is known about error numbers and about gateway addresses.
//!
//! This crate knows nothing of runs, of the network or of clocks, and it builds for WebAssembly, because the
//! page and the API read strings with the same parser.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod connection_string;
mod corrected;
mod drivers;
mod error;
pub mod facts;
mod keywords;
mod kind;
mod notes;
mod secret;
mod server;

pub use connection_string::{
    Dialect, OdbcDriver, Password, Pasted, Script, SignIn, TlsChoice, connection_string,
};
pub use corrected::{Corrected, PLACEHOLDER, corrected};
pub use drivers::{Behaviour, behaviours};
pub use error::Error;
pub use facts::is_transient;
pub use keywords::{Driver, Encrypt, Intent};
pub use kind::Kind;
pub use notes::Note;
pub use secret::holds_secret;
pub use server::{Parsed, parse};
