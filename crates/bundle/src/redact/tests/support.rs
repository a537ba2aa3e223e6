//! *Support* masks four things, and nothing else.

use super::every::{bodies, event};
use crate::redact::Redactor;
use model::{EventBody, Redaction};

/// Every body with this text everywhere, and its masked form.
fn masked(text: &str) -> Vec<(EventBody, EventBody)> {
    let mut redactor = Redactor::new(Redaction::Support);
    bodies(&mut || text.to_owned())
        .into_iter()
        .map(|body| (body.clone(), redactor.event(&event(1, body)).body))
        .collect()
}

fn json(body: &EventBody) -> String {
    serde_json::to_string(body).expect("JSON")
}

#[test]
fn a_mac_address_is_nowhere() {
    for mac in [
        "00:1a:2b:3c:4d:5e",
        "00-1A-2B-3C-4D-5E",
        "001a.2b3c.4d5e",
        "fe80::21a:2bff:fe3c:4d5e",
    ] {
        for (_, body) in masked(&format!("at {mac}.")) {
            assert!(!json(&body).contains(mac), "{}", json(&body));
        }
    }
}

#[test]
fn all_else_stays() {
    // Facts about the agent's own host, and what is known by its key alone.
    let own = [
        "\"hostname\"",
        "\"unknown",
        "\"local_user\"",
        "\"resolver\"",
        "\"source\"",
        "\"user_code\"",
    ];
    let text = "alice@contoso of CORP\\bob at sql.example.com ([2001:db8::1]:1433): 'payroll' %41";
    let mut same = 0;
    for (original, body) in masked(text) {
        if !own.iter().any(|own| json(&original).contains(own)) {
            assert_eq!(body, original);
            same += 1;
        }
    }
    assert!(same > 20, "{same}");
}
