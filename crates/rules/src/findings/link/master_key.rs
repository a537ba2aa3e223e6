//! `link_master_key_missing`: there is no master key, and none may be made.

use super::told;
use crate::case::Case;
use crate::findings::Rule;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let title = "The SQL Server's master database has no master key, which a certificate for the endpoint needs.";
    let why = "A link needs it, too.";
    told(case, &FailureCode::MasterKeyMissing, "link_master_key_missing", title, why)?
        .then("Make one that you keep: USE master; CREATE MASTER KEY ENCRYPTION BY PASSWORD = '…'; and back it up.")
        .then("Or allow this run to make one for its own time; it is taken away again.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::is_told;
    use model::FailureCode;

    #[test]
    fn a_master_key_that_is_missing_is_named() {
        is_told(FailureCode::MasterKeyMissing, "link_master_key_missing");
    }
}
