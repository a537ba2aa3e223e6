//! How much of a run others are shown.

use serde::{Deserialize, Serialize};

/// What a share link masks. Secrets are in no run's log to begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Redaction {
    /// For a support engineer: local user names, MAC addresses, the interface list and internal resolvers are
    /// masked; server, database, error text, the client's public address, TRACEID, endpoints and times stay.
    #[default]
    Support,
    /// For anybody: hosts, addresses and user names become stable pseudonyms, in message text too.
    Public,
}

impl Redaction {
    /// The redaction as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Public => "public",
        }
    }
}
