//! `flow_cut`: a connection dropped while its query was under way, and what drivers make of it.
//!
//! Proven that it dropped; who it was stays open without a contrast. `flow_silent_wait`: rows went on, and the query
//! that returned nothing for a while died: proven that silence is what it died of.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{bytes, driver_words, duration, standing_name};
use model::lasting::{Flow, FlowEnd, Standing};
use model::{Confidence, Finding, Observation, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Rows come a few a second; one that is this late may never have come.
const LATE_US: u64 = 1_000_000;

fn ends<'a>(step: &StepRef<'a>) -> Vec<(u64, &'a FlowEnd)> {
    step.facts()
        .filter_map(|fact| match &fact.seen {
            Observation::FlowEnd(end) => Some((fact.seq, end)),
            _ => None,
        })
        .collect()
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.of(StepKind::DataFlow).next()?;
    let ends = ends(&step);
    let dead: Vec<_> = ends.iter().filter(|(_, end)| end.died.is_some()).collect();
    let (_, first) = dead.iter().min_by_key(|(_, end)| end.lasted_us)?;
    let how = first.died?;
    let rows = ends
        .iter()
        .map(|(_, end)| *end)
        .find(|end| end.flow == Flow::Rows && end.died.is_none());
    let rows_live = rows.is_some_and(|end| end.quiet_us < LATE_US);
    let only_wait = rows_live && dead.iter().all(|(_, end)| end.flow == Flow::Wait);
    // Who ends in order, or has a word, is the other end.
    let by_other_end = how == Standing::Fin || dead.iter().any(|(_, end)| end.error.is_some());
    let owner = if by_other_end {
        Owner::Dba
    } else {
        Owner::Network
    };
    let mut draft = if only_wait {
        Draft::problem("flow_silent_wait", Owner::Network).title(format!(
            "A query to {} that returned nothing for {} lost its connection; one that returned rows did not.",
            case.host(),
            duration(first.quiet_us)
        ))
    } else {
        Draft::problem("flow_cut", owner).title(format!(
            "Connections to {} drop while a query is under way: {} after {}.",
            case.host(),
            standing_name(how),
            duration(first.lasted_us)
        ))
    };
    for (_, end) in &dead {
        draft = draft.because(one(end));
    }
    if let Some(rows) = rows.filter(|_| !rows_live) {
        draft = draft.because(format!(
            "The query that returned rows had returned nothing for {} when its time was over.",
            duration(rows.quiet_us)
        ));
    }
    if let Some(error) = dead.iter().find_map(|(_, end)| end.error.as_ref()) {
        draft = draft.because(format!(
            "The server had a word: {}.",
            super::common::quoted(error)
        ));
    }
    for said in driver_words(how) {
        draft = draft.because(said);
    }
    draft
        .sure(Confidence::Proven)
        .then(match how {
            Standing::Reset => "Find out who sent the RST: run again with the network trace, whose hops left tell the server from a device between.",
            Standing::Silent | Standing::GivenUp => "Look for what drops packets without a word between this host and the server: a firewall's failover, a changed route, a server that vanished.",
            _ => "Look at the server's log, and at gateways that end connections in order, for that time.",
        })
        .then(if only_wait {
            "TCP keep-alive first after 30 s keeps such a query alive where the timer is one of the TCP layer."
        } else {
            ""
        })
        .then("No pool and no keep-alive saves a query that is cut: the application has to connect anew and repeat it, and a write only if it can tell whether it was done.")
        .link(links::TRANSIENT)
        .cite(step.id, dead.iter().map(|(seq, _)| *seq))
        .done(case)
}

fn one(end: &FlowEnd) -> String {
    let what = match end.flow {
        Flow::Rows => "The query that returned rows",
        Flow::Wait => "The query that waited on the server",
    };
    format!(
        "{what} ended by {} after {} and {}, the last of it {} before.",
        end.died.map_or("nothing", standing_name),
        duration(end.lasted_us),
        bytes(end.bytes),
        duration(end.quiet_us)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, expect, expect_no};
    use model::Confidence::Proven;
    use model::Outcome::Problem;

    fn end(flow: Flow, died: Option<Standing>) -> FlowEnd {
        FlowEnd {
            flow,
            endpoint: "20.61.99.193:1433".into(),
            local: "10.0.0.5:50000".into(),
            lasted_us: 30_000_000,
            bytes: 4_096,
            quiet_us: 200_000,
            died,
            error: None,
            detail: None,
            before: None,
            after: None,
        }
    }

    fn log(rows: Option<Standing>, wait: Option<Standing>) -> Log {
        let endpoint = "20.61.99.193:1433";
        Log::new()
            .signed_in()
            .tcp(endpoint, None)
            .prelogin(endpoint, None)
            .tls(endpoint, None)
            .login(endpoint, None)
            .running(StepKind::DataFlow, endpoint)
            .seen(Observation::FlowEnd(end(Flow::Rows, rows)))
            .seen(Observation::FlowEnd(end(Flow::Wait, wait)))
            .ends(None)
            .finish()
    }

    #[test]
    fn how_each_dropped_and_what_drivers_say() {
        for (how, said) in [
            (Standing::Reset, "10054"),
            (Standing::Silent, "-2"),
            (Standing::Fin, "SqlClient"),
        ] {
            let log = log(Some(how), Some(how));
            let verdict = expect(&log, "flow_cut", Proven, Problem);
            let by_other_end = how == Standing::Fin;
            assert_eq!(verdict.owner == Owner::Dba, by_other_end);
            assert!(
                verdict.explanation.contains(said),
                "{}",
                verdict.explanation
            );
            assert!(verdict.explanation.contains("4 KiB"));
        }
    }

    #[test]
    fn only_the_quiet_one_died() {
        let log = log(None, Some(Standing::Silent));
        expect(&log, "flow_silent_wait", Proven, Problem);
        expect_no(&log, "flow_cut");
    }

    #[test]
    fn rows_that_had_stopped_coming_did_not_go_on() {
        let endpoint = "20.61.99.193:1433";
        let rows = FlowEnd {
            quiet_us: 2_500_000,
            ..end(Flow::Rows, None)
        };
        let log = Log::new()
            .secured(endpoint)
            .running(StepKind::DataFlow, endpoint)
            .seen(Observation::FlowEnd(rows))
            .seen(Observation::FlowEnd(end(
                Flow::Wait,
                Some(Standing::Silent),
            )))
            .ends(None)
            .finish();
        let verdict = expect(&log, "flow_cut", Proven, Problem);
        assert!(verdict.explanation.contains("nothing for 2.5 s when"));
        expect_no(&log, "flow_silent_wait");
    }

    #[test]
    fn what_went_on_is_no_finding() {
        expect_no(&log(None, None), "flow_cut");
    }
}
