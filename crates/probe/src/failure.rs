//! How an act failed: a stable code, and whoever's words about it.

use model::FailureCode;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: FailureCode,
    pub(crate) detail: Option<String>,
}

impl Failure {
    /// The code says it all.
    pub(crate) fn bare(code: FailureCode) -> Self {
        Self { code, detail: None }
    }

    pub(crate) fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
        }
    }
}
