//! `link_name_taken`: a job or another object of that name was there.

use super::told;
use crate::case::Case;
use crate::findings::Rule;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let title = "Something of the same name is on the server already; it was left alone.";
    let why = "Names hold the run's id, so this is of a run with the same id, or made by somebody on purpose.";
    told(case, &FailureCode::NameTaken, "link_name_taken", title, why)?
        .then("Look at it, and take it away by hand if nobody needs it.")
        .then("Run again: a new run has new names.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::is_told;
    use model::FailureCode;

    #[test]
    fn what_was_there_is_left_alone() {
        is_told(FailureCode::NameTaken, "link_name_taken");
    }
}
