//! Who may do what: the operator's password and logins, the names that the portal goes by, and what it refuses
//! to start with.
//!
//! It knows no routes and no requests: which call needs a login is a table in `http::access`. A login is a
//! random cookie that is kept hashed, together with the hash of the password it was made with: another
//! password ends all of them.

mod login;
mod password;
mod reach;
mod refusal;
mod tries;

use crate::config::Access;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::Semaphore;

pub use login::{LoginError, Operator, log_in, log_out, of_cookie, watch};
pub use password::{LEAST_CHARS, Password, PasswordError};
pub use reach::Reach;
pub use refusal::Refusal;
pub use tries::Tries;
pub(crate) use tries::place;

/// How many passwords are compared at once: each costs 19 MiB.
const COMPARED_AT_ONCE: usize = 2;

/// What decides who gets in.
#[derive(Debug)]
pub struct Gate {
    /// The names that the portal goes by, and who is who behind a proxy.
    pub reach: Reach,
    password: Option<Password>,
    metrics_token: Option<[u8; 32]>,
    tries: Tries,
    comparing: Semaphore,
    live: login::Live,
    /// A login ends this long after it was made.
    lasts: Duration,
}

impl Gate {
    /// What the configuration says, for a portal that listens there.
    ///
    /// # Errors
    /// What must not be started with.
    pub fn new(access: &Access, listening: SocketAddr, lasts: Duration) -> Result<Self, Refusal> {
        Refusal::check(access, listening)?;
        let password = access.password_hash.as_deref().map(Password::read);
        Ok(Self {
            reach: Reach::new(access, listening),
            password: password.transpose().map_err(|_| Refusal::Password)?,
            metrics_token: access
                .metrics_token
                .as_deref()
                .map(crate::agents::token_hash),
            tries: Tries::default(),
            comparing: Semaphore::new(COMPARED_AT_ONCE),
            live: login::Live::default(),
            lasts,
        })
    }

    /// Nothing is open to those who are not logged in.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The token is the one that reads `/metrics`.
    #[must_use]
    pub fn reads_metrics(&self, token: &str) -> bool {
        use subtle::ConstantTimeEq;
        let hash = crate::agents::token_hash(token);
        self.metrics_token
            .is_some_and(|kept| kept.ct_eq(&hash).into())
    }
}
