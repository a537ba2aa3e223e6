//! `link_job_never_ended`: a job's step never ends.

use super::told;
use crate::case::Case;
use crate::findings::Rule;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let title = "A job was started and did not end in time.";
    let why = "It was given up, and the job was taken away.";
    told(case, &FailureCode::JobNeverEnded, "link_job_never_ended", title, why)?
        .then("Look at SQL Server Agent: its error log, whether it has free worker threads, and whether PowerShell steps are held up by an execution policy or a profile script.")
        .then("A connect that nobody answers takes PowerShell over 20 seconds; give the jobs more time and run again.")
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::is_told;
    use model::FailureCode;

    #[test]
    fn a_job_without_an_end_is_named() {
        is_told(FailureCode::JobNeverEnded, "link_job_never_ended");
    }
}
