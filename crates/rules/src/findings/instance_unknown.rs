//! `instance_browser_silent`, `instance_not_found`: SQL Browser gave no port for the named instance.
//!
//! ```text
//!  SQL Browser ─┬─ says nothing                   possible: filtered, stopped, or wrong host
//!               ├─ lists others, or no TCP port   proven: by its own list
//!               └─ says what cannot be read       likely: something else answers
//! ```

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{count, list, one_line};
use model::{Confidence, FailureCode, Finding, Observation, Owner};

pub(crate) const SILENT: Rule = Rule::problem(silent);
pub(crate) const NOT_FOUND: Rule = Rule::problem(not_found);

fn instance(case: &Case<'_>) -> String {
    let name = case.plan().and_then(|plan| plan.target.instance.as_deref());
    one_line(name.unwrap_or("the instance"), 40)
}

fn silent(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .stopped(Stage::Instance, &FailureCode::BrowserNoReply)
        .or_else(|| case.stopped(Stage::Instance, &FailureCode::BrowserMalformed))?;
    let malformed = stop.code == FailureCode::BrowserMalformed;
    let step = stop.step()?;
    let tries = step.attempts().count().max(1);
    Draft::problem("instance_browser_silent", Owner::Network)
        .title(if malformed {
            format!("What answers for SQL Browser on {} cannot be understood, so the port is not known.", case.host())
        } else {
            format!("SQL Browser on {} does not answer, so the port of {} is not known.", case.host(), instance(case))
        })
        .because(format!(
            "It was asked {} by UDP 1434. Nothing was connected to.",
            count(tries, "time", "times")
        ))
        .because("Silence does not say whether the instance exists: UDP 1434 may be filtered, or the service stopped. Drivers report this as error 26.")
        .sure(if malformed { Confidence::Likely } else { Confidence::Possible })
        .then("Give the port instead of the instance: host,port. Then nobody needs SQL Browser.")
        .then("Else start the service SQL Server Browser on the server, and allow UDP 1434 from this host, and the instance's own TCP port too.")
        .then("Then run again from this agent.")
        .link(links::BROWSER)
        .link(links::SERVER_FIREWALL)
        .rests_on_all(&step)
        .done(case)
}

fn not_found(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Instance, &FailureCode::InstanceNotFound)?;
    let step = stop.step()?;
    let told = step.find(|seen| match seen {
        Observation::Instances { instances } => Some(instances),
        _ => None,
    });
    let wanted = instance(case);
    let all = told.map(|(_, all)| all.as_slice()).unwrap_or_default();
    let own = all
        .iter()
        .find(|one| one.instance.eq_ignore_ascii_case(&wanted));
    let names: Vec<String> = all
        .iter()
        .take(8)
        .map(|one| one_line(&one.instance, 40))
        .collect();
    let mut draft = Draft::problem("instance_not_found", Owner::Dba)
        .title(match own {
            Some(_) => format!("The instance {wanted} listens on no TCP port."),
            None => format!("SQL Browser on {} does not know the instance {wanted}.", case.host()),
        })
        .because(match (own, names.is_empty()) {
            (Some(_), _) => "SQL Browser lists it without a port: TCP/IP is switched off for it.".to_owned(),
            (None, false) => format!("It knows {}.", list(&names)),
            (None, true) => "It answered, and named no instance.".to_owned(),
        })
        .sure(if told.is_some() { Confidence::Proven } else { Confidence::Likely })
        .then(match own {
            Some(_) => "Switch TCP/IP on for the instance in SQL Server Configuration Manager, and restart it.",
            None => "Check the name of the instance, and that it is on this host and started.",
        })
        .then("An instance that hides itself is in no list: give its port instead, host,port.")
        .link(links::BROWSER)
        .rests_on(&step);
    if let Some((seq, _)) = told {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{
        Confidence::*, FailureCode, FailureCode::*, Observation, Outcome, SqlInstance, StepKind,
    };

    fn asked(code: FailureCode, names: &[(&str, Option<u16>)]) -> Log {
        let instances = names
            .iter()
            .map(|(name, port)| SqlInstance {
                server: "SQL01".into(),
                instance: (*name).into(),
                port: *port,
                version: None,
                clustered: None,
            })
            .collect();
        let mut log = Log::to("sql01\\SALES")
            .dns("system", Ok(&["10.1.1.1"]))
            .running(StepKind::InstanceLookup, "10.1.1.1:1434");
        if !names.is_empty() {
            log = log.seen(Observation::Instances { instances });
        }
        log.ends(Some(code))
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish()
    }

    #[test]
    fn what_the_browser_says() {
        let log = asked(BrowserNoReply, &[]);
        let verdict = expect(&log, "instance_browser_silent", Possible, Outcome::Problem);
        assert!(verdict.recommendation[0].contains("host,port"));
        let log = asked(BrowserMalformed, &[]);
        expect(&log, "instance_browser_silent", Likely, Outcome::Problem);
        let log = asked(InstanceNotFound, &[("DEV", Some(1433)), ("TEST", None)]);
        let verdict = expect(&log, "instance_not_found", Proven, Outcome::Problem);
        assert!(verdict.explanation.contains("DEV and TEST"));
        let log = asked(InstanceNotFound, &[("Sales", None)]);
        let verdict = expect(&log, "instance_not_found", Proven, Outcome::Problem);
        assert!(verdict.title.contains("no TCP port"));
    }
}
