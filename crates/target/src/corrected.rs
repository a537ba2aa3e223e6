//! A connection string put right, in the dialect it came in, with a placeholder where the secret was.

mod changes;
mod write;

use crate::{Driver, Note, Pasted, SignIn};

/// What stands where the secret was.
pub const PLACEHOLDER: &str = "<password>";

/// A connection string put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// The string. A PowerShell block has several lines.
    pub text: String,
    /// What was changed, and why; empty when it was right.
    pub changes: Vec<Note>,
}

/// The string as it should be. Keys that no driver is known to have are left out.
#[must_use]
pub fn corrected(pasted: &Pasted) -> Corrected {
    let mut right = Right {
        host: pasted.server.host.clone(),
        port: pasted.server.port,
        instance: pasted.server.instance.clone(),
        driver: pasted.driver.clone(),
        old_driver: false,
        changes: Vec::new(),
    };
    right.put_right(pasted);
    Corrected {
        text: write::text(pasted, &right),
        changes: right.changes,
    }
}

/// The parts of the string as they should be.
struct Right {
    host: String,
    port: Option<u16>,
    instance: Option<String>,
    driver: Driver,
    old_driver: bool,
    changes: Vec<Note>,
}

/// The secret's place, where the way of signing in has one.
fn secret(pasted: &Pasted) -> Option<&'static str> {
    match pasted.sign_in {
        SignIn::Sql | SignIn::EntraPassword => Some(PLACEHOLDER),
        SignIn::EntraServicePrincipal => Some("<secret>"),
        SignIn::EntraToken => Some("<token>"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
