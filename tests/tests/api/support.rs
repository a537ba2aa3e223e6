//! A portal of one test, and an agent that does what it is told.

use chrono::{DateTime, TimeZone, Utc};
use client::{AgentPortal, Error};
use model::agent_api::{Claim, EventAck, EventBatch, Heartbeat, Poll, PollReply};
use model::api::NewRun;
use model::{
    AgentEvent, AgentId, EventBody, LeaseId, RunEvent, RunId, RunView, StepId, StepKind, Subject,
};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use server::{Caps, Clock, Config, Timing};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Longer than anything here takes; only a failing test waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A portal without a built-in agent, and one fake agent admitted to it.
pub(crate) struct Portal {
    pub(crate) server: server::Portal,
    pub(crate) folder: TempDir,
    pub(crate) http: reqwest::Client,
    pub(crate) api: client::Portal,
    pub(crate) agent: Fake,
}

pub(crate) fn config(folder: &Path) -> Config {
    Config {
        agent: false,
        database: crate::database(folder),
        timing: Timing {
            poll: Duration::from_millis(200),
            keep_alive: Duration::from_millis(100),
            drain: Duration::from_secs(2),
            ..Timing::default()
        },
        ..Config::new(folder)
    }
}

impl Portal {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tests::folder();
        let mut config = config(folder.path());
        change(&mut config);
        let server = serve(config).await;
        let agent = Fake::admitted(&server, "one").await;
        Self::around(server, folder, agent)
    }

    /// Ends it and starts another on the same folder; the agent keeps its token.
    pub(crate) async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        self.server.shutdown().await;
        let mut config = config(self.folder.path());
        change(&mut config);
        let server = serve(config).await;
        let agent = Fake::new(&server.url(), self.agent.id, self.agent.token);
        Self::around(server, self.folder, agent)
    }

    fn around(server: server::Portal, folder: TempDir, agent: Fake) -> Self {
        Self {
            http: reqwest::Client::new(),
            api: client::Portal::new(&server.url()).expect("an address"),
            server,
            folder,
            agent,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.http
            .get(self.url(path))
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.http.post(self.url(path));
        let request = request.header("content-type", "application/json");
        request.body(body).send().await.expect("an answer")
    }

    /// A new run from the fake agent.
    pub(crate) async fn run(&self) -> RunId {
        self.run_of("tcp:db.example.test,1433").await
    }

    pub(crate) async fn run_of(&self, server: &str) -> RunId {
        let asked = NewRun {
            agents: vec![self.agent.id],
            ..new_run(server)
        };
        let created = self.api.create(&asked).await.expect("created");
        created.runs[0].id
    }

    /// A new run, claimed.
    pub(crate) async fn claimed(&self) -> Claim {
        let run = self.run().await;
        let claim = self.agent.claim().await;
        assert_eq!(claim.run, run);
        claim
    }

    /// A run that went well from end to end.
    pub(crate) async fn completed(&self) -> RunId {
        let claim = self.claimed().await;
        let events = [started(), step(1), finished(false)];
        self.agent.post(&claim, 1, &events).await.expect("taken");
        claim.run
    }

    /// Reads the stream to its end, which comes when the run is settled.
    pub(crate) async fn until_settled(&self, run: RunId) -> Vec<RunEvent> {
        let mut stream = self.api.events(run, 0);
        let all = async {
            let mut all = Vec::new();
            while let Some(event) = stream.next().await.expect("an event") {
                all.push(event);
            }
            all
        };
        tokio::time::timeout(LONG, all)
            .await
            .expect("the stream ends")
    }

    pub(crate) async fn view(&self, run: RunId) -> RunView {
        self.api.run(run).await.expect("a run")
    }
}

async fn serve(config: Config) -> server::Portal {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    server::start(config, listener).await.expect("it starts")
}

/// A wall clock that only moves when it is put forward.
pub(crate) struct Tick(AtomicI64);

impl Tick {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_800_000_000)))
    }

    pub(crate) fn as_clock(self: &Arc<Self>) -> Arc<dyn Clock> {
        Arc::clone(self) as Arc<dyn Clock>
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Tick {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).expect("a time")
    }
}

pub(crate) fn new_run(server: &str) -> NewRun {
    serde_json::from_value(serde_json::json!({ "server": server })).expect("a new run")
}

pub(crate) fn small_log(events: u64) -> Caps {
    Caps {
        log_events: events,
        ..Caps::default()
    }
}

/// An agent that does what it is told.
pub(crate) struct Fake {
    pub(crate) id: AgentId,
    pub(crate) token: String,
    pub(crate) portal: AgentPortal,
}

impl Fake {
    pub(crate) async fn admitted(server: &server::Portal, name: &str) -> Self {
        let admitted = server
            .admit(name, "a-key", "a-fingerprint")
            .await
            .expect("admitted");
        Self::new(&server.url(), admitted.id, admitted.token)
    }

    pub(crate) fn new(url: &str, id: AgentId, token: String) -> Self {
        Self {
            id,
            portal: AgentPortal::new(url, &token).expect("an address"),
            token,
        }
    }

    /// Polls once, knowing these leases.
    pub(crate) async fn poll(&self, known: &[LeaseId], free: u32) -> PollReply {
        let poll = Poll {
            version: "1.2.3".into(),
            free,
            known: known.to_vec(),
            cancelled: vec![],
        };
        self.portal.poll(&poll, LONG).await.expect("an answer")
    }

    /// Claims one run, which must be there.
    pub(crate) async fn claim(&self) -> Claim {
        let mut reply = self.poll(&[], 1).await;
        reply.claims.pop().expect("a claim")
    }

    pub(crate) async fn post(
        &self,
        claim: &Claim,
        first_n: u64,
        events: &[AgentEvent],
    ) -> Result<EventAck, Error> {
        let batch = EventBatch {
            lease: claim.lease,
            first_n,
            events: events.to_vec(),
        };
        self.portal.events(claim.run, &batch).await
    }

    pub(crate) async fn heartbeat(&self, leases: &[LeaseId]) -> Vec<(u64, bool)> {
        let heartbeat = Heartbeat {
            version: "1.2.3".into(),
            leases: leases.to_vec(),
        };
        let reply = self.portal.heartbeat(&heartbeat).await.expect("an answer");
        let standing = reply.leases.iter();
        standing.map(|one| (one.expires_in_ms, one.stop)).collect()
    }
}

pub(crate) fn event(elapsed_us: u64, body: EventBody) -> AgentEvent {
    AgentEvent {
        at: Utc
            .with_ymd_and_hms(2026, 11, 20, 12, 0, 0)
            .single()
            .expect("a time"),
        elapsed_us,
        body,
    }
}

pub(crate) fn started() -> AgentEvent {
    event(
        0,
        EventBody::RunStarted {
            agent_version: "1.2.3".into(),
            clock_ahead_ms: None,
        },
    )
}

pub(crate) fn step(number: u32) -> AgentEvent {
    event(
        u64::from(number),
        EventBody::StepStarted {
            step: StepId(number),
            parent: None,
            step_kind: StepKind::TcpConnect,
            hop: 0,
            subject: Subject {
                endpoint: Some(format!("192.0.2.{}:1433", number % 250)),
                ..Subject::default()
            },
        },
    )
}

pub(crate) fn steps(numbers: std::ops::RangeInclusive<u32>) -> Vec<AgentEvent> {
    numbers.map(step).collect()
}

pub(crate) fn finished(cancelled: bool) -> AgentEvent {
    event(1_000_000, EventBody::RunFinished { cancelled })
}

pub(crate) fn restarted() -> AgentEvent {
    event(1_000_000, EventBody::AgentRestarted)
}

/// Asserts that an answer is a problem with this status and code, in the one shape, and that people can look
/// the code up; gives it.
pub(crate) async fn problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(
        response.status(),
        StatusCode::from_u16(status).expect("a status")
    );
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let id = response.headers()["x-request-id"].clone();
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["code"], code, "{problem}");
    let documented = include_str!("../../../docs/API.md").contains(&format!("`{code}`"));
    assert!(documented, "{code} is not in docs/API.md");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], id.to_str().expect("text"));
    problem
}

/// The kind of each event, as it is written.
pub(crate) fn kinds(events: &[RunEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let body = serde_json::to_value(&event.body).expect("JSON");
            body["kind"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}
