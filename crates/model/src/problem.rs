//! Errors of the API, as `application/problem+json` (RFC 9457).

use serde::{Deserialize, Serialize};

/// An error with a stable `code`. Never echoes a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// One plain sentence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable snake_case key.
    pub code: String,
    /// What to change, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request's id, as in the portal's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// With code `gap`: the `n` that the portal wants next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
}
