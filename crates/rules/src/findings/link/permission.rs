//! `link_permission_missing`: the login may not make what is needed.

use super::told;
use crate::case::Case;
use crate::findings::Rule;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let title = "The login may not do what the link's connects need.";
    let why = "The server was asked what this login may do, before anything was made.";
    told(case, &FailureCode::PermissionMissing, "link_permission_missing", title, why)?
        .then("On both servers the login has to be a sysadmin, or in msdb a member of SQLAgentOperatorRole; an endpoint of our own needs a sysadmin of the SQL Server.")
        .then("Or let an agent of ours on the SQL Server's host connect directly: that needs no job there.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::is_told;
    use model::FailureCode;

    #[test]
    fn a_right_that_is_missing_is_named() {
        is_told(FailureCode::PermissionMissing, "link_permission_missing");
    }
}
