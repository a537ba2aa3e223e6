//! Whatever form a secret comes back in, it does not pass.

use super::Scrubber;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chrono::DateTime;
use model::{
    AgentEvent, Attempt, EventBody, FailureCode, HopTarget, Observation, ServerMessage, StepId,
    StepState,
};
use proptest::prelude::*;

const SECRET: &str = "Pä5s w0rd+/%";

fn event(body: EventBody) -> AgentEvent {
    AgentEvent {
        at: DateTime::from_timestamp(1_764_000_000, 0).expect("a time"),
        elapsed_us: 7,
        body,
    }
}

fn observed(observation: Observation) -> AgentEvent {
    event(EventBody::Observed {
        step: StepId(4),
        attempt: Some(2),
        observation,
    })
}

fn error(message: &str) -> AgentEvent {
    observed(Observation::ServerError(ServerMessage {
        number: 18456,
        state: 8,
        class: 14,
        message: message.to_owned(),
        server: "s".to_owned(),
        procedure: String::new(),
        line: 1,
    }))
}

fn scrub(secret: &str, event: AgentEvent) -> Vec<AgentEvent> {
    Scrubber::new(secret)
        .expect("long enough")
        .scrub(event)
        .collect()
}

fn text(events: &[AgentEvent]) -> String {
    serde_json::to_string(events).expect("JSON")
}

fn forms(secret: &str) -> Vec<String> {
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let login7: Vec<u8> = utf16.iter().map(|b| b.rotate_left(4) ^ 0xA5).collect();
    let mut out = vec![
        secret.to_owned(),
        secret.chars().map(|c| format!("{c}\0")).collect(),
        secret.chars().map(|c| format!("{c}.")).collect(),
        secret.bytes().map(|b| format!("%{b:02x}")).collect(),
        secret.bytes().map(|b| format!("%{b:02X}")).collect(),
    ];
    for bytes in [secret.as_bytes(), &utf16, &login7] {
        out.push(hex::encode(bytes));
        out.push(hex::encode_upper(bytes));
        out.push(STANDARD.encode(bytes));
        out.push(URL_SAFE.encode(bytes));
    }
    out
}

#[test]
fn every_form_is_masked_and_told_of_once() {
    for form in forms(SECRET) {
        let got = scrub(
            SECRET,
            error(&format!("Login failed: <{form}> is wrong, {form}!")),
        );
        let json = text(&got);
        assert!(!json.contains(&form), "{form}: {json}");
        assert!(json.contains("[secret]"), "{form}: {json}");
        assert_eq!(got.len(), 2);
        assert!(
            matches!(&got[0].body, EventBody::Observed { step: StepId(4), attempt: Some(2),
            observation: Observation::SecretEchoed { place } } if place == "error_text")
        );
    }
}

#[test]
fn base64_of_a_longer_text_around_it_is_masked_at_any_place() {
    for around in ["", "a", "ab"] {
        let encoded = STANDARD.encode(format!("{around}{SECRET}:tail"));
        let json = text(&scrub(SECRET, error(&encoded)));
        assert!(json.contains("[secret]"), "{around:?}: {json}");
    }
}

#[test]
fn it_is_told_of_once_for_each_step_and_place() {
    let mut scrubber = Scrubber::new(SECRET).expect("long enough");
    let count = |events: Vec<AgentEvent>| events.len();
    assert_eq!(count(scrubber.scrub(error(SECRET)).collect()), 2);
    assert_eq!(count(scrubber.scrub(error(SECRET)).collect()), 1);
    let banner = Observation::NotTds {
        first_bytes: hex::encode(SECRET),
        looks_like: None,
        text: SECRET.to_owned(),
    };
    assert_eq!(count(scrubber.scrub(observed(banner)).collect()), 2);
}

#[test]
fn our_own_facts_are_masked_without_blaming_the_server() {
    let login = Observation::LoginSent {
        endpoint: "127.0.0.1:1".to_owned(),
        server_name: "host".to_owned(),
        database: SECRET.to_owned(),
        user: "u".to_owned(),
        application: "a".to_owned(),
        encrypted: true,
    };
    let got = scrub(SECRET, observed(login));
    assert_eq!(got.len(), 1);
    assert!(!text(&got).contains(SECRET));
}

#[test]
fn failure_texts_and_redirects_are_the_peer_s_words_too() {
    let finished = event(EventBody::StepFinished {
        step: StepId(4),
        state: StepState::Failed,
        code: Some(FailureCode::LoginRejected),
        detail: Some(format!("bad {SECRET}")),
        elapsed_us: 1,
    });
    let attempt = event(EventBody::AttemptFinished {
        step: StepId(4),
        attempt: Attempt {
            number: 3,
            started_us: 0,
            elapsed_us: 1,
            code: Some(FailureCode::LoginRejected),
            local: None,
            detail: Some(SECRET.to_owned()),
        },
    });
    let routing = observed(Observation::Routing(HopTarget {
        host: SECRET.to_owned(),
        port: 1,
        raw: Some(SECRET.to_owned()),
        database: None,
    }));
    for event in [finished, attempt, routing] {
        let got = scrub(SECRET, event);
        assert_eq!(got.len(), 2);
        assert!(!text(&got).contains(SECRET));
    }
}

#[test]
fn what_was_cut_off_within_the_secret_is_masked() {
    let got = scrub(SECRET, error(&format!("it is {}", &SECRET[..9])));
    assert_eq!(got.len(), 2, "{}", text(&got));
    assert!(text(&got).contains("it is [secret]"));
}

#[test]
fn words_of_ours_survive_a_secret_that_is_one_of_them() {
    for secret in [
        "observed",
        "server_error",
        "login_rejected",
        "2025",
        "failed",
    ] {
        let before = error("plain");
        assert_eq!(scrub(secret, before.clone()), [before], "{secret}");
    }
    assert!(Scrubber::new("abc").is_none());
}

#[test]
fn nothing_prints_the_secret() {
    let scrubber = Scrubber::new(SECRET).expect("long enough");
    assert!(!format!("{scrubber:?}").contains(SECRET));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_secret_in_any_form_is_gone(secret in "[ -~]{8,24}", before in ".{0,9}", after in ".{0,9}", pick in 0_usize..17) {
        let forms = forms(&secret);
        let form = &forms[pick % forms.len()];
        let got = scrub(&secret, error(&format!("{before}{form}{after}")));
        let EventBody::Observed { observation: Observation::ServerError(message), .. } = &got.last().expect("an event").body else {
            panic!("another event");
        };
        prop_assert!(!message.message.contains(form.as_str()), "{}", message.message);
        prop_assert!(message.message.contains("[secret]"));
    }
}
