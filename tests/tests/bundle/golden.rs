//! The files that support engineers know, word for word, of a log that holds a fact of every check.
//!
//! After a change that is meant: `LINECHECK_GOLDEN=write cargo test -p tests --test bundle golden`, and read the
//! difference.

use crate::log::view;
use bundle::{Limits, open};
use model::{Confidence, Finding, Link, Observation, Owner, RunEvent, RunView, Severity, StepId};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bundle/golden")
}

fn events() -> Vec<RunEvent> {
    let text = std::fs::read_to_string(folder().join("run.jsonl")).expect("the log");
    text.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Words of the rules are tested where they stand; these stay.
fn run(events: &[RunEvent]) -> RunView {
    let link = || Link {
        title: "Microsoft: connectivity architecture".to_owned(),
        url: "https://learn.microsoft.com/azure/azure-sql/".to_owned(),
    };
    let verdict = Finding {
        code: "redirect_blocked".to_owned(),
        severity: Severity::Problem,
        title: "The gateway answers, the node that it routes to does not.".to_owned(),
        explanation: "5 of 5 connects to port 11042 went unanswered.".to_owned(),
        recommendation: vec!["Allow outgoing TCP to ports 11000-11999.".to_owned()],
        owner: Owner::Network,
        confidence: Confidence::Proven,
        evidence: vec![71, 80],
        steps: vec![StepId(16), StepId(20)],
        links: vec![link()],
    };
    let gateway = Finding {
        code: "gateway_unreachable".to_owned(),
        severity: Severity::Warning,
        title: "Another gateway of the region does not answer.".to_owned(),
        explanation: "20.61.99.194 was tried twice.".to_owned(),
        recommendation: vec![
            "Allow every gateway of the region.".to_owned(),
            "Ask again later.".to_owned(),
        ],
        confidence: Confidence::Likely,
        evidence: vec![30],
        steps: vec![StepId(8)],
        ..verdict.clone()
    };
    RunView {
        findings: vec![verdict.clone(), gateway],
        verdict: Some(verdict),
        rules_version: 1,
        ..view(events)
    }
}

#[test]
fn the_files_read_as_they_did() {
    let events = events();
    let run = run(&events);
    let mut zip = Vec::new();
    bundle::write(&mut zip, &run, &events).expect("written");
    let read = open(&zip, &Limits::default()).expect("taken");
    assert_eq!((&read.run, &read.events), (&run, &events));
    let log = "Log_contoso_orders1_20261120T121124.txt";
    let logs =
        ["FullLog", "LastRunLog", "SummaryLog"].map(|name| format!("AdvancedTests_{name}.txt"));
    for name in logs.iter().map(String::as_str).chain([log]) {
        let text = std::str::from_utf8(&read.files[name]).expect("UTF-8");
        let file = folder().join(name);
        if std::env::var_os("LINECHECK_GOLDEN").is_some() {
            std::fs::write(&file, text).expect("written");
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        for (number, (line, known)) in text.lines().zip(golden.lines()).enumerate() {
            assert_eq!(line, known, "{name}, line {}", number + 1);
        }
        assert_eq!(text.lines().count(), golden.lines().count(), "{name}");
    }
}

#[test]
fn the_log_holds_a_fact_of_every_check() {
    let kinds: BTreeSet<String> = events()
        .iter()
        .filter_map(|event| {
            let value = serde_json::to_value(&event.body).expect("JSON");
            Some(value.get("observation")?.get("fact")?.as_str()?.to_owned())
        })
        .collect();
    for fact in [
        "route",
        "instances",
        "gateway_region",
        "sign_in_host",
        "tls_offer",
        "revocation_answer",
        "route_hop",
        "database_entry",
        "token",
        "token_refused",
        "device_code",
        "trace_file",
        "traced_connection",
    ] {
        assert!(kinds.contains(fact), "{fact}");
    }
    let unknown = |event: &&RunEvent| {
        matches!(
            event.body,
            model::EventBody::Unknown(_)
                | model::EventBody::Observed {
                    observation: Observation::Unknown(_),
                    ..
                }
        )
    };
    assert_eq!(events().iter().find(unknown), None);
}

#[test]
fn the_parts_stand_in_the_order_that_support_engineers_know() {
    let events = events();
    let text = bundle::report::transcript(&run(&events), &events);
    let parts = [
        "Verdict: ",
        "PARAMETERS",
        "LOCAL NETWORK CONFIGURATION",
        "DNS COMPARISON",
        "GATEWAYS",
        "MICROSOFT ENTRA SIGN-IN",
        "CONNECTION AND LOGIN",
        "ADVANCED CONNECTIVITY",
        "TLS AND CERTIFICATES",
        "ROUTE AND NETWORK TRACE",
        "SUMMARY:",
        "RECOMMENDED ACTION(S):",
        "FOR A SUPPORT CASE:",
    ];
    let places: Vec<usize> = parts
        .iter()
        .map(|part| text.find(&format!("\n{part}")).expect(part))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}
