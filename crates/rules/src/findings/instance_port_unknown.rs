//! `instance_port_unknown`: a named instance without a port, and nobody was asked for it.
//!
//! Proven: the plan has no port.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, FailureCode, Finding, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let target = &case.plan()?.target;
    let step = case
        .at(0, StepKind::TcpConnect)
        .find(|step| target.port.is_none() && step.is(&FailureCode::NotAvailable))?;
    Draft::problem("instance_port_unknown", Owner::App)
        .title("The port of this named instance is not known, so nothing was connected to.")
        .because("Only SQL Browser on the server's host knows it (UDP 1434), and this version does not ask it.")
        .sure(Confidence::Proven)
        .then("Run again with the port instead of the instance: host,port.")
        .then("Whoever runs the server finds the port in SQL Server Configuration Manager, under TCP/IP.")
        .link(links::BROWSER)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::*, Outcome, StepKind};

    #[test]
    fn an_instance_without_a_port() {
        let log = Log::to("sql01\\SQLEXPRESS")
            .dns("system", Ok(&["10.1.1.1"]))
            .skipped(StepKind::TcpConnect, NotAvailable)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        expect(&log, "instance_port_unknown", Proven, Outcome::Problem);
    }
}
