//! The TDS wire format, both directions, over byte slices: what the client says and what the server says, encoded and decoded.
//!
//! Sans-I/O: nothing here reads a socket, a clock or a random source, and all of it builds for WebAssembly.
//! Decoders are lenient and lose nothing: what is unknown or not as declared is kept with its offset and its raw bytes.
//! They are three-valued: a value, [`Error::Incomplete`], or [`Error::Malformed`] with offset and reason. They never
//! panic and never allocate from a length that was not checked against the bytes at hand.
//!
//! ```text
//!  bytes ──► packet::Reassembler ──► Message ──► prelogin::decode | login7::decode | token::decode | batch::decode
//!  bytes ◄── packet::encode      ◄── payload ◄── prelogin::encode | login7::encode | token::encode | batch::encode
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod attention;
pub mod batch;
mod bytes;
mod error;
pub mod fedauth;
pub mod limits;
pub mod login7;
pub mod packet;
pub mod prelogin;
pub mod rows;
pub mod rpc;
pub mod sniff;
pub mod ssrp;
pub mod tls;
pub mod token;
mod version;

pub use error::{Decoded, EncodeError, Error, Reason};
pub use version::TdsVersion;
