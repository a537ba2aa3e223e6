//! Windows authentication by Kerberos, against a KDC of the test's own: in, and every way not to get in.

use model::{AgentEvent, EventBody, Observation, StepId, StepKind};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use tests::realm::Realm;

/// What a run said: how the steps of each kind ended, the first number of an ERROR, and whether a login was sent.
#[derive(Debug, Default)]
struct Told {
    ends: BTreeMap<String, Vec<String>>,
    details: Vec<String>,
    number: Option<i32>,
    sent: bool,
}

impl Told {
    fn of(&self, kind: StepKind) -> &[String] {
        self.ends
            .get(&format!("{kind:?}"))
            .map_or(&[], Vec::as_slice)
    }

    fn take(&mut self, event: AgentEvent, kinds: &mut BTreeMap<StepId, StepKind>) {
        match event.body {
            EventBody::StepStarted {
                step, step_kind, ..
            } => {
                kinds.insert(step, step_kind);
            }
            EventBody::StepFinished {
                step, code, detail, ..
            } => {
                let code = code.map_or_else(|| "ok".to_owned(), |code| code.to_string());
                let kind = format!("{:?}", kinds[&step]);
                self.ends.entry(kind).or_default().push(code);
                self.details.extend(detail);
            }
            EventBody::Observed { observation, .. } => match observation {
                Observation::ServerError(error) => {
                    self.number.get_or_insert(error.number);
                }
                Observation::LoginSent { .. } => self.sent = true,
                other => assert!(!matches!(other, Observation::OddToken { .. }), "{other:?}"),
            },
            _ => {}
        }
    }
}

/// A run in the realm, after `before` did what it wants with the server's SPN.
fn run(realm: &Realm, clock: Option<&str>, before: impl FnOnce(&str)) -> Told {
    let program = Path::new(env!("CARGO_BIN_EXE_windows-login"));
    let mut command = match clock {
        None => realm.command(program),
        Some(offset) => {
            let mut command = realm.command("faketime");
            command.args(["-f", offset]).arg(program);
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            command
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let first = lines.next().expect("a line").expect("text");
    let port = first.strip_prefix("port ").expect("its port");
    before(&format!("MSSQLSvc/localhost:{port}"));
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(b"\n").expect("it listens");
    let (mut told, mut kinds) = (Told::default(), BTreeMap::new());
    for line in lines {
        let event = serde_json::from_str(&line.expect("text")).expect("an event");
        told.take(event, &mut kinds);
    }
    assert!(child.wait().expect("it ends").success());
    told
}

fn sign_in(realm: &Realm) {
    let kinit = realm.sign_in().output().expect("kinit starts");
    assert!(kinit.status.success(), "{kinit:?}");
}

/// The codes of the ticket and of the login.
fn codes(told: &Told) -> (&str, &str) {
    let first = |kind| told.of(kind).first().map_or("none", String::as_str);
    (first(StepKind::TicketRequest), first(StepKind::TdsLogin))
}

#[tokio::test]
async fn whoever_has_a_ticket_gets_in_and_nobody_else() {
    if let Some(reason) = tests::realm::unable() {
        return tests::skip("integrated", &reason);
    }
    let mut realm = Realm::start().await;
    let registered = |realm: &Realm, spn: &str| realm.register(spn, "server.keytab");

    // In; the second login needs no second step.
    sign_in(&realm);
    let told = run(&realm, None, |spn| registered(&realm, spn));
    assert_eq!(codes(&told), ("ok", "ok"), "{told:?}");
    assert_eq!(told.of(StepKind::TicketRequest).len(), 1);
    assert_eq!(told.of(StepKind::LoginAttempt), ["ok"]);
    assert_eq!(told.of(StepKind::SqlQuery), ["not_built_in"]);

    // A server that nobody registered by this name.
    let told = run(&realm, None, |_| {});
    assert_eq!(
        codes(&told),
        ("ticket_refused", "ticket_refused"),
        "{told:?}"
    );
    assert!(!told.sent);

    // Registered, but the server has another key.
    let told = run(&realm, None, |spn| realm.register(spn, "other.keytab"));
    assert_eq!(codes(&told), ("ok", "login_rejected"), "{told:?}");
    assert_eq!(told.number, Some(18_452));

    // A clock that is off by more than five minutes, and one by which the ticket's time is over.
    if tests::tools::find("faketime").is_some() {
        let told = run(&realm, Some("+12m"), |spn| registered(&realm, spn));
        let skewed = ("ticket_clock_skew", "ticket_clock_skew");
        assert_eq!(codes(&told), skewed, "{told:?}");
        let told = run(&realm, Some("+2h"), |spn| registered(&realm, spn));
        let missing = ("ticket_missing", "ticket_missing");
        assert_eq!(codes(&told), missing, "{told:?}");
    } else {
        tests::skip("integrated_clock", "faketime is missing");
    }

    // Nobody has signed in.
    std::fs::remove_file(realm.path("tickets")).expect("it was there");
    let told = run(&realm, None, |spn| registered(&realm, spn));
    let missing = ("ticket_missing", "ticket_missing");
    assert_eq!(codes(&told), missing, "{told:?}");
    assert!(!told.sent);

    // Signed in, and then the KDC goes.
    sign_in(&realm);
    realm.end_kdc();
    let told = run(&realm, None, |spn| registered(&realm, spn));
    let silent = ("kdc_unreachable", "kdc_unreachable");
    assert_eq!(codes(&told), silent, "{told:?}");
    assert!(!told.sent);
}
