//! Random logs with names of nobody else's in every place that holds text: the public form shows none of them.

use super::every::{bodies, created, event, observed};
use crate::redact::Redactor;
use model::{EventBody, Observation, Redaction, RunEvent};
use proptest::prelude::*;

/// What is in no public form, whatever surrounds it.
const CANARIES: [&str; 12] = [
    "zanzibar",
    "quokka",
    "kanarie",
    "wombat",
    "203.0.113.77",
    "77.113.0.203",
    "10.77.66.55",
    "55.66.77.10",
    "2001:db8:77::66",
    "0a:1b:2c",
    "0a-1b-2c",
    "0a1b2c",
];

/// Ways to write them.
const FORMS: &[&str] = &[
    "zanzibar.kanarie.example",
    "ZANZIBAR.Kanarie.Example",
    "zanzibar.kanarie.example.",
    "tcp:zanzibar.kanarie.example,1433",
    "zanzibar",
    "Zanzibar",
    "other.zanzibar.kanarie.example",
    "*.kanarie.example",
    "quokka.kanarie.example",
    "QUOKKA",
    "https://quokka.kanarie.example:8443/wombat?user=wombat&password=wombat",
    "MSSQLSvc/quokka.kanarie.example:1433@KANARIE.EXAMPLE",
    "wombat",
    "Wombat",
    "wombat@zanzibar",
    "wombat@zanzibar.kanarie.example",
    "KANARIE\\wombat",
    "'wombat'",
    "/users/wombat/.config",
    "C:\\Users\\Wombat\\AppData",
    "%77ombat%40zanzibar",
    "wombat%40zanzibar%2Ekanarie%2Eexample",
    "%2577ombat",
    "203.0.113.77",
    "203.0.113.77:1433",
    "203.000.113.077",
    "::ffff:203.0.113.77",
    "77.113.0.203.in-addr.arpa",
    "77.113.0.203.IN-ADDR.ARPA.",
    "10.77.66.55",
    "10.77.66.55,1433",
    "ip-10.77.66.55.kanarie.example",
    "[2001:db8:77::66]:1433",
    "2001:DB8:77:0:0:0:0:66",
    "2001:db8:77::66%wombat",
    "6.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    "0A:1b:2C:3d:4e:5f",
    "0a-1b-2c-3d-4e-5f",
    "0a1b.2c3d.4e5f",
    "CN=zanzibar.kanarie.example, O=Kanarie, C=NO",
    "CN=quokka, DC=kanarie, DC=example",
    "user: \"wombat\"; server=quokka",
];

/// What may surround one.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("", ""),
    ("Login failed for user '", "'."),
    ("Cannot open server \"", "\" requested by the login."),
    ("(", ")"),
    ("connect to ", " timed out"),
    ("Ошибка входа пользователя \"", "\"."),
    ("x=", ";"),
    ("{", "}"),
    ("[Microsoft][ODBC] ", ": no"),
];

fn log(choices: &[(u8, u8)], order: &[u8]) -> Vec<RunEvent> {
    let mut choices = choices.iter().cycle();
    let mut text = || {
        let (form, around) = choices.next().copied().unwrap_or_default();
        let form = FORMS[usize::from(form) % FORMS.len()];
        let (before, after) = AROUND[usize::from(around) % AROUND.len()];
        format!("{before}{form}{after}")
    };
    let rest = bodies(&mut text);
    let mut log = first();
    for place in order {
        log.push(rest[usize::from(*place) % rest.len()].clone());
    }
    (1..).zip(log).map(|(seq, body)| event(seq, body)).collect()
}

/// What every log begins with: the plan, and the agent's host.
fn first() -> Vec<EventBody> {
    let (server, host) = (
        "tcp:zanzibar.kanarie.example,1433",
        "zanzibar.kanarie.example",
    );
    vec![
        created(
            server,
            host,
            "wombat_db",
            "wombat@zanzibar",
            "Quokka's laptop",
        ),
        observed(Observation::Host {
            hostname: "quokka.kanarie.example".into(),
            os: "linux".into(),
            arch: "x86_64".into(),
            interfaces: Vec::new(),
            resolvers: Vec::new(),
            proxy_variables: Vec::new(),
            trusted_roots: 1,
            ephemeral_ports: None,
            tls_versions: Vec::new(),
            tls_suites: Vec::new(),
        }),
        observed(Observation::Routing(model::HopTarget {
            host: "kanarie".into(),
            port: 1,
            raw: None,
            database: None,
        })),
        observed(Observation::Unknown(
            serde_json::json!({"mac": "0a:1b:2c:3d:4e:5f"}),
        )),
    ]
}

fn masked(log: &[RunEvent]) -> Vec<RunEvent> {
    let mut redactor = Redactor::new(Redaction::Public);
    log.iter().map(|event| redactor.event(event)).collect()
}

fn check_no_canary(event: &RunEvent, original: &RunEvent) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(event).expect("JSON").to_lowercase();
    for canary in CANARIES {
        prop_assert!(
            !text.contains(canary),
            "{canary} in {text}\nof {original:?}"
        );
    }
    Ok(())
}

fn choices() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((any::<u8>(), any::<u8>()), 1..200)
}

proptest! {
    #[test]
    fn no_name_is_in_the_public_form(choices in choices(), order in prop::collection::vec(any::<u8>(), 1..40)) {
        let log = log(&choices, &order);
        for (event, original) in masked(&log).iter().zip(&log) {
            check_no_canary(event, original)?;
        }
    }

    #[test]
    fn who_comes_later_sees_the_same(choices in choices(), order in prop::collection::vec(any::<u8>(), 1..40), from in 0_usize..40) {
        let log = log(&choices, &order);
        let whole = masked(&log);
        let from = from.min(log.len());
        // A stream that resumes, and one redactor that is kept while its readers come and go.
        let mut redactor = Redactor::new(Redaction::Public);
        for event in &log[..from] {
            redactor.event(event);
        }
        let later = redactor.clone();
        let rest: Vec<_> = log[from..].iter().map(|event| redactor.event(event)).collect();
        prop_assert_eq!(&whole[from..], rest.as_slice());
        let mut later = later;
        let again: Vec<_> = log[from..].iter().map(|event| later.event(event)).collect();
        prop_assert_eq!(rest, again);
    }
}

#[test]
fn a_setting_where_a_host_should_be_names_nobody_by_its_first_part() {
    let raw = |value| event(1, observed(Observation::Unknown(value)));
    for count in 1..12 {
        // The tenth host's pseudonym and the rest of an address would make the address again.
        let mut log: Vec<_> = (1..count)
            .map(|host| raw(serde_json::json!({"host": format!("other{host}.example")})))
            .collect();
        log.push(raw(serde_json::json!({"host": "x=10.77.66.55,1433;"})));
        log.push(raw(serde_json::json!({"text": "x=10.77.66.55;"})));
        for (event, original) in masked(&log).iter().zip(&log) {
            check_no_canary(event, original).expect("nothing shows");
        }
    }
}

#[test]
fn a_sentence_where_a_host_should_be_names_nobody_by_its_first_words() {
    let raw = |value| event(1, observed(Observation::Unknown(value)));
    let log = [
        raw(serde_json::json!({"host": "connect to 10.77.66.55,1433 timed out"})),
        raw(serde_json::json!({"text": "connect to 10.77.66.55 timed out"})),
    ];
    for (event, original) in masked(&log).iter().zip(&log) {
        check_no_canary(event, original).expect("nothing shows");
    }
}

#[test]
fn every_form_in_every_place() {
    let mut seen = Vec::new();
    let order: Vec<u8> = (0..40).collect();
    for (form, written) in (0..).zip(FORMS) {
        for (around, (before, _)) in (0..).zip(AROUND).skip(1) {
            let log = log(&[(form, around)], &order);
            for (event, original) in masked(&log).iter().zip(&log) {
                if let Err(error) = check_no_canary(event, original) {
                    seen.push(format!("{before}{written}: {error}"));
                }
            }
        }
    }
    assert!(seen.is_empty(), "{}\n{}", seen.len(), seen.join("\n"));
}

#[test]
fn a_hardware_address_with_a_colon_after_it_is_masked_where_it_is_met_first() {
    let mut log = first();
    log.truncate(1);
    log.push(observed(Observation::TlsSession {
        protocol: "[Microsoft][ODBC] 0A:1b:2C:3d:4e:5f: no".into(),
        cipher: "zanzibar.kanarie.example".into(),
        wrapper_type: None,
    }));
    let log: Vec<_> = (1..).zip(log).map(|(seq, body)| event(seq, body)).collect();
    let masked = masked(&log);
    check_no_canary(&masked[1], &log[1]).expect("no name");
    let EventBody::Observed {
        observation: Observation::TlsSession { protocol, .. },
        ..
    } = &masked[1].body
    else {
        panic!("{:?}", masked[1].body)
    };
    assert_eq!(protocol, "[Microsoft][ODBC] mac-1: no");
}
