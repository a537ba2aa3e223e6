//! Kerberos, where it is not built in.

use super::Token;
use crate::failure::Failure;
use model::FailureCode;

/// Whether there is one.
pub(super) const BUILT_IN: bool = false;

/// A handshake; here there is none.
pub(super) enum Pending {}

impl Pending {
    /// Says that there is none.
    pub(super) fn begin(_spn: &str) -> Result<(Self, Token), Failure> {
        let why = "this agent was built without Kerberos";
        Err(Failure::new(FailureCode::NotBuiltIn, why))
    }

    /// Goes on.
    pub(super) fn step(self, _token: &[u8]) -> Result<(Option<Self>, Option<Token>), Failure> {
        match self {}
    }
}
