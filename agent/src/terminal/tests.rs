//! The words of a run in a file or a pipe, to the letter; and a peer's text, which stays text.

use super::{Live, Style, document, verdict};
use agent::check::RunLog;
use chrono::DateTime;
use model::{
    AgentId, Attempt, DnsSource, EventBody, FailureCode, Observation, Options, Outcome, Plan,
    PlanLogin, RunEvent, RunId, RunState, ServerMessage, StepId, StepKind, StepState, Subject,
    Target,
};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run that is shown while it grows.
struct Shown {
    log: RunLog,
    live: Live,
    kept: Kept,
}

impl Shown {
    fn new() -> Self {
        let kept = Kept::default();
        let mut shown = Self {
            log: RunLog::default(),
            live: Live::lines_to(kept.clone()),
            kept,
        };
        shown.portal(EventBody::RunCreated {
            plan: Box::new(Plan {
                run: RunId(Uuid::nil()),
                target: Target {
                    server: "tcp:db.example.net,1433".to_owned(),
                    host: "db.example.net".to_owned(),
                    port: Some(1433),
                    instance: None,
                    database: "sales".to_owned(),
                    kind: "sql_server".to_owned(),
                },
                login: PlanLogin::Sql {
                    user: "reader".to_owned(),
                },
                options: Options::default(),
            }),
            agent: AgentId(Uuid::nil()),
            agent_name: "web-1".to_owned(),
        });
        shown
    }

    fn portal(&mut self, body: EventBody) {
        self.put(None, body);
    }

    fn agent(&mut self, elapsed_us: u64, body: EventBody) {
        self.put(Some(elapsed_us), body);
    }

    fn put(&mut self, elapsed_us: Option<u64>, body: EventBody) {
        let seq = self.log.events().len() as u64 + 1;
        self.log.take(RunEvent {
            seq,
            at: DateTime::from_timestamp(1_760_000_000, 0).expect("a time"),
            elapsed_us,
            body,
        });
        self.live.see(&self.log);
    }

    fn start(&mut self, id: u32, parent: Option<u32>, step_kind: StepKind, subject: Subject) {
        self.agent(
            1_000,
            EventBody::StepStarted {
                step: StepId(id),
                parent: parent.map(StepId),
                step_kind,
                hop: u32::from(parent.is_some()),
                subject,
            },
        );
    }

    fn see(&mut self, id: u32, observation: Observation) {
        self.agent(
            2_000,
            EventBody::Observed {
                step: StepId(id),
                attempt: None,
                observation,
            },
        );
    }

    fn end(&mut self, id: u32, state: StepState, code: Option<FailureCode>, elapsed_us: u64) {
        self.agent(
            3_000,
            EventBody::StepFinished {
                step: StepId(id),
                state,
                code,
                detail: None,
                elapsed_us,
            },
        );
    }

    fn settle(&mut self, outcome: Outcome) {
        self.agent(4_000, EventBody::RunFinished { cancelled: false });
        self.portal(EventBody::RunSettled {
            state: RunState::Completed,
            outcome,
            interruption: None,
        });
    }

    fn text(&self) -> String {
        let bytes = self.kept.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("text")
    }

    fn verdict(&self) -> String {
        let run = self.log.view().expect("a run");
        verdict(&run, self.log.events(), Style::PLAIN)
    }
}

fn host(host: &str, source: &str) -> Subject {
    Subject {
        host: Some(host.to_owned()),
        source: Some(source.to_owned()),
        ..Subject::default()
    }
}

fn endpoint(endpoint: &str) -> Subject {
    Subject {
        endpoint: Some(endpoint.to_owned()),
        ..Subject::default()
    }
}

fn answer(name: &str, addresses: &[&str]) -> Observation {
    Observation::DnsAnswer {
        source: DnsSource::System,
        name: name.to_owned(),
        records: Vec::new(),
        addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
        code: None,
        rcode: None,
        elapsed_us: 2_000,
    }
}

fn timed_out(shown: &mut Shown, id: u32) {
    shown.agent(
        3_000,
        EventBody::AttemptFinished {
            step: StepId(id),
            attempt: Attempt {
                number: 1,
                started_us: 1_000,
                elapsed_us: 5_000_000,
                code: Some(FailureCode::TcpTimeout),
                local: None,
                detail: None,
            },
        },
    );
    shown.end(
        id,
        StepState::Failed,
        Some(FailureCode::TcpTimeout),
        5_010_000,
    );
}

#[test]
fn each_step_is_a_line_when_it_ends_and_a_redirect_is_named_before_its_steps() {
    let mut shown = Shown::new();
    shown.start(
        1,
        None,
        StepKind::DnsLookup,
        host("db.example.net", "system"),
    );
    shown.see(
        1,
        answer(
            "db.example.net",
            &[
                "192.0.2.1",
                "192.0.2.2",
                "192.0.2.3",
                "192.0.2.4",
                "192.0.2.5",
            ],
        ),
    );
    shown.end(1, StepState::Ok, None, 3_140);
    shown.start(2, None, StepKind::TdsLogin, endpoint("192.0.2.1:1433"));
    shown.see(
        2,
        Observation::RetryScheduled {
            number: 40613,
            delay_ms: 1_000,
        },
    );
    shown.end(2, StepState::Ok, None, 1_020_000);
    shown.start(
        3,
        None,
        StepKind::TdsRedirect,
        Subject {
            host: Some("node1.example.net".to_owned()),
            port: Some(11_042),
            ..Subject::default()
        },
    );
    shown.start(
        4,
        Some(3),
        StepKind::TcpConnect,
        endpoint("192.0.2.9:11042"),
    );
    timed_out(&mut shown, 4);
    shown.end(
        3,
        StepState::Failed,
        Some(FailureCode::RedirectFailed),
        5_020_000,
    );
    shown.start(5, None, StepKind::SqlQuery, Subject::default());
    shown.end(5, StepState::Skipped, Some(FailureCode::NotReached), 0);
    assert_eq!(
        shown.text(),
        "tcp:db.example.net,1433 / sales, from web-1
  ✓ Look up db.example.net, this host's own way → 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 1 more · 3.14 ms
    Login at 192.0.2.1:1433: error 40613 is transient: tried again after 1 s
  ✓ Login at 192.0.2.1:1433 · 1.02 s
  … Redirect to node1.example.net:11042
    ✕ TCP connect to 192.0.2.9:11042, 0 of 1 · 5.01 s · The connection request got no answer.
  ✕ Redirect to node1.example.net:11042 · 5.02 s · The place it was routed to could not be used.
  – Query · Not tried: the step before it did not get there.
"
    );
}

#[test]
fn the_verdict_comes_first_then_what_to_do_whose_job_it_is_and_what_it_rests_on() {
    let mut shown = Shown::new();
    shown.start(
        1,
        None,
        StepKind::DnsLookup,
        host("db.example.net", "system"),
    );
    shown.see(1, answer("db.example.net", &["192.0.2.1"]));
    shown.end(1, StepState::Ok, None, 3_140);
    shown.start(2, None, StepKind::TcpConnect, endpoint("192.0.2.1:1433"));
    timed_out(&mut shown, 2);
    shown.settle(Outcome::Problem);
    let text = shown.verdict();
    let run = shown.log.view().expect("a run");
    let found = run.verdict.expect("a verdict");
    assert_eq!(found.code, "tcp_timeout");
    let advice: String = found
        .recommendation
        .iter()
        .zip(1..)
        .map(|(advice, number)| format!("  {number}. {advice}\n"))
        .collect();
    let links: String = found
        .links
        .iter()
        .enumerate()
        .map(|(place, link)| {
            let label = if place == 0 {
                "  Read more   "
            } else {
                "              "
            };
            format!("{label}{}\n              {}\n", link.title, link.url)
        })
        .collect();
    let head = format!(
        "\n✕ Problem found\n  {}\n\n  {}\n\n  What to do\n{advice}\n  Owner       network\n  Confidence  likely\n  Finding     \
         tcp_timeout\n  Run         00000000-0000-0000-0000-000000000000, 2025-10-09 08:53:20 UTC\n",
        found.title, found.explanation
    );
    assert!(text.starts_with(&head), "{text}\n---\n{head}");
    assert!(text.contains(&links), "{text}\n---\n{links}");
    let evidence = text
        .lines()
        .find(|line| line.contains("attempt 1 at +0.001 s"));
    assert_eq!(
        evidence,
        Some(
            "                 6  TCP connect to 192.0.2.1:1433, 0 of 1: attempt 1 at +0.001 s: failed after 5 s, tcp_timeout: \
             The connection request got no answer."
        )
    );
}

/// Turns text, colours it, moves the cursor, sets a title: as bytes and as single characters.
const HOSTILE: &str = "a\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}b\u{9b}31mc\r\nd\u{200b}\u{e0041}e";

#[test]
fn a_peer_s_text_stays_text() {
    let mut shown = Shown::new();
    shown.start(1, None, StepKind::DnsLookup, host(HOSTILE, HOSTILE));
    shown.see(1, answer(HOSTILE, &[HOSTILE]));
    shown.end(1, StepState::Ok, None, 1);
    shown.start(2, None, StepKind::TcpConnect, endpoint(HOSTILE));
    shown.end(2, StepState::Ok, None, 1);
    shown.start(3, None, StepKind::TdsLogin, endpoint(HOSTILE));
    shown.see(
        3,
        Observation::ServerError(ServerMessage {
            number: 18456,
            state: 1,
            class: 14,
            message: HOSTILE.to_owned(),
            server: HOSTILE.to_owned(),
            procedure: HOSTILE.to_owned(),
            line: 1,
        }),
    );
    shown.agent(
        3_000,
        EventBody::StepFinished {
            step: StepId(3),
            state: StepState::Failed,
            code: Some(FailureCode::Other(HOSTILE.to_owned())),
            detail: Some(HOSTILE.to_owned()),
            elapsed_us: 7,
        },
    );
    shown.settle(Outcome::Problem);
    let run = shown.log.view().expect("a run");
    let json = document(&run, 1, None).expect("JSON");
    for (place, text) in [
        ("live", shown.text()),
        ("verdict", shown.verdict()),
        ("JSON", json),
    ] {
        let odd: Vec<char> = text
            .chars()
            .filter(|c| c.is_control() && *c != '\n' || "\u{202e}\u{200b}\u{e0041}".contains(*c))
            .collect();
        assert!(odd.is_empty(), "{place}: {odd:?}\n{text}");
        assert!(
            !text.lines().any(|line| line.starts_with('d')),
            "{place} broke a line: {text}"
        );
    }
}
