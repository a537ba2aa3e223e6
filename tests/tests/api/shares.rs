//! Share links: made, opened by strangers, followed, frozen, revoked; and what they do not show.

use crate::support::{LONG, Portal, event, finished, problem, started, step};
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use model::api::{NewShare, ShareCreated, ShareView, SharedRun};
use model::{
    AgentEvent, EventBody, FailureCode, Interface, Observation, Redaction, RunEvent, RunId,
    RunState, ServerMessage, StepId, StepKind, StepState, Subject,
};
use reqwest::Response;
use serde_json::Value;
use server::{Clock, Config, Timing};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// The system's clock, and as many seconds more as a test says.
#[derive(Default)]
struct Forward(AtomicI64);

impl Clock for Forward {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

fn with_clock(clock: &Arc<Forward>) -> impl FnOnce(&mut Config) + use<> {
    let clock = Arc::clone(clock);
    move |config| {
        config.timing.share_check = Duration::from_millis(20);
        config.clock = clock;
    }
}

/// A link, from both sides.
struct Link {
    created: ShareCreated,
    token: String,
}

impl Portal {
    async fn share(&self, run: RunId, expires_in_s: u32, redact: Redaction) -> Link {
        let asked = NewShare {
            expires_in_s,
            redact,
        };
        let body = serde_json::to_string(&asked).expect("JSON");
        let response = self.post(&format!("/api/runs/{run}/shares"), body).await;
        assert_eq!(response.status(), 201);
        let created: ShareCreated = response.json().await.expect("a share");
        let (portal, token) = created.url.split_once("/s/").expect("a link");
        assert_eq!(portal, self.server.url());
        // 256 bits.
        assert_eq!(token.len(), 43);
        let token = token.to_owned();
        Link { created, token }
    }

    async fn open(&self, link: &Link) -> SharedRun {
        let response = self.get(&format!("/api/shares/{}", link.token)).await;
        assert_eq!(response.status(), 200);
        response.json().await.expect("a shared run")
    }

    async fn shares(&self, run: RunId) -> Vec<ShareView> {
        let response = self.get(&format!("/api/runs/{run}/shares")).await;
        response.json().await.expect("shares")
    }

    async fn revoke(&self, link: &Link) -> Response {
        let request = self
            .http
            .delete(self.url(&format!("/api/shares/{}", link.created.id)));
        let request = request.header("content-type", "application/json");
        request.send().await.expect("an answer")
    }

    /// A shared stream that the portal has begun to answer.
    async fn listen(&self, link: &Link, after: u64) -> Response {
        let path = format!("/api/shares/{}/events?after={after}", link.token);
        let response = self.get(&path).await;
        assert_eq!(response.status(), 200);
        response
    }

    /// A shared stream, to its end: its events, and the state it ends with.
    async fn stream(&self, link: &Link, after: u64) -> (Vec<RunEvent>, String) {
        to_the_end(self.listen(link, after).await).await
    }

    /// Every file that strangers can take away.
    async fn files(&self, link: &Link) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for name in ["", "/events", "/report.md", "/report.html", "/AllFiles.zip"] {
            let path = format!("/api/shares/{}{name}", link.token);
            let response = self.get(&path).await;
            assert_eq!(response.status(), 200, "{name}");
            let bytes = response.bytes().await.expect("all of it");
            assert!(bytes.len() > 100, "{name}");
            if name.ends_with(".zip") {
                files.extend(tests::archive::files(&bytes));
            }
            files.insert(name.to_owned(), bytes.to_vec());
        }
        files
    }
}

async fn to_the_end(stream: Response) -> (Vec<RunEvent>, String) {
    let text = tokio::time::timeout(LONG, stream.text()).await;
    read(&text.expect("it ends").expect("text"))
}

/// The events of a stream's text, and the state in its `end`.
fn read(text: &str) -> (Vec<RunEvent>, String) {
    let mut events = Vec::new();
    let mut end = String::new();
    for message in text.split("\n\n") {
        let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
        let Some(data) = field("data:") else { continue };
        if field("event:").is_some() {
            let data: Value = serde_json::from_str(data.trim()).expect("JSON");
            end = data["state"].as_str().expect("a state").to_owned();
        } else {
            let event: RunEvent = serde_json::from_str(data.trim()).expect("an event");
            assert_eq!(field("id:").expect("an id").trim(), event.seq.to_string());
            events.push(event);
        }
    }
    (events, end)
}

const WEEK: u32 = 7 * 24 * 60 * 60;

/// Names that a run shows, each in several places.
const CANARIES: [&str; 7] = [
    "db.example.test",
    "quokka",
    "wombat",
    "10.77.66.55",
    "203.0.113.77",
    "00:1a:2b:3c:4d:5e",
    "192.0.2.",
];

fn observed(step: u32, observation: Observation) -> AgentEvent {
    event(
        u64::from(step),
        EventBody::Observed {
            step: StepId(step),
            attempt: None,
            observation,
        },
    )
}

/// A run in which a server refuses a client's address, and says whose.
fn telling() -> Vec<AgentEvent> {
    let login = EventBody::StepStarted {
        step: StepId(2),
        parent: None,
        step_kind: StepKind::TdsLogin,
        hop: 0,
        subject: Subject {
            host: Some("db.example.test".into()),
            endpoint: Some("192.0.2.7:1433".into()),
            ..Subject::default()
        },
    };
    let refused = EventBody::StepFinished {
        step: StepId(2),
        state: StepState::Failed,
        code: Some(FailureCode::LoginRejected),
        detail: Some("40615 from db.example.test at 00:1a:2b:3c:4d:5e".into()),
        elapsed_us: 5,
    };
    vec![
        started(),
        step(1),
        observed(
            1,
            Observation::Host {
                hostname: "quokka".into(),
                os: "linux".into(),
                arch: "x86_64".into(),
                interfaces: vec![Interface {
                    name: "wlan7".into(),
                    addresses: vec!["10.77.66.55".into()],
                    mtu: None,
                }],
                resolvers: vec!["10.77.66.1:53".into()],
                proxy_variables: Vec::new(),
                trusted_roots: 1,
                ephemeral_ports: None,
tls_versions: Vec::new(),
tls_suites: Vec::new(),
            },
        ),
        event(2, login),
        observed(
            2,
            Observation::ServerError(ServerMessage {
                number: 40615,
                state: 1,
                class: 14,
                message: "Cannot open server 'db' requested by the login. Client with IP address '203.0.113.77' \
                          is not allowed to access the server. Login failed for user 'wombat'."
                    .into(),
                server: "db".into(),
                procedure: String::new(),
                line: 1,
            }),
        ),
        event(3, refused),
        finished(false),
    ]
}

async fn told(portal: &Portal) -> RunId {
    let claim = portal.claimed().await;
    portal
        .agent
        .post(&claim, 1, &telling())
        .await
        .expect("taken");
    claim.run
}

#[tokio::test]
async fn a_link_opens_counts_and_ends() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    let whole = portal.view(run).await;
    let link = portal.share(run, WEEK, Redaction::Support).await;
    let response = portal.get(&format!("/api/shares/{}", link.token)).await;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let shown: SharedRun = response.json().await.expect("a shared run");
    assert_eq!((shown.run.id, shown.run.last_seq), (run, whole.last_seq));
    assert_eq!(shown.run.target, whole.target);
    assert_eq!(shown.run.findings, whole.findings);
    assert_eq!(shown.run.outcome, whole.outcome);
    assert_eq!(shown.run.settled_at, whole.settled_at);
    assert_eq!(
        (shown.masked["interface"], shown.masked["resolver"]),
        (1, 1)
    );
    portal
        .http
        .head(portal.url(&format!("/api/shares/{}", link.token)))
        .send()
        .await
        .expect("an answer");
    portal.files(&link).await;
    let [listed] = portal.shares(run).await.try_into().expect("one");
    assert_eq!(
        (listed.id, listed.views, listed.last_seq),
        (link.created.id, 2, Some(whole.last_seq))
    );
    assert_eq!(
        listed.expires_at - listed.created_at,
        TimeDelta::seconds(i64::from(WEEK))
    );
    assert_eq!(portal.revoke(&link).await.status(), 204);
    assert!(portal.shares(run).await.is_empty());
    problem(portal.revoke(&link).await, 404, "no_such_share").await;
    problem(
        portal.get(&format!("/api/shares/{}", link.token)).await,
        404,
        "no_such_share",
    )
    .await;
}

#[tokio::test]
async fn the_default_is_support_for_a_week_and_both_ends_are_bounded() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let path = format!("/api/runs/{run}/shares");
    let made = portal.post(&path, "{}").await;
    assert_eq!(made.status(), 201);
    let [share] = portal.shares(run).await.try_into().expect("one");
    assert_eq!(share.redact, Redaction::Support);
    assert_eq!(share.expires_at - share.created_at, TimeDelta::days(7));
    for (seconds, status) in [
        (59, 422),
        (60, 201),
        (90 * 86_400, 201),
        (90 * 86_400 + 1, 422),
    ] {
        let response = portal
            .post(&path, format!("{{\"expires_in_s\":{seconds}}}"))
            .await;
        if status == 422 {
            problem(response, 422, "bad_expiry").await;
        } else {
            assert_eq!(response.status(), status, "{seconds}");
        }
    }
    problem(
        portal.post(&path, "{\"redact\":\"none\"}").await,
        422,
        "bad_field",
    )
    .await;
    for _ in 3..50 {
        assert_eq!(portal.post(&path, "{}").await.status(), 201);
    }
    problem(portal.post(&path, "{}").await, 422, "too_many_shares").await;
    let nobody = RunId(uuid::Uuid::from_u128(7));
    let path = format!("/api/runs/{nobody}/shares");
    problem(portal.post(&path, "{}").await, 404, "no_such_run").await;
    problem(portal.get(&path).await, 404, "no_such_run").await;
}

#[tokio::test]
async fn a_preview_is_what_the_link_then_shows() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    for redact in [Redaction::Support, Redaction::Public] {
        let path = format!("/api/runs/{run}/shares/preview?redact={}", redact.as_str());
        let preview: SharedRun = portal.get(&path).await.json().await.expect("a preview");
        let link = portal.share(run, WEEK, redact).await;
        let mut shown = portal.open(&link).await;
        assert!(preview.expires_at.is_none() && shown.expires_at.take().is_some());
        assert_eq!(preview, shown);
    }
    let path = format!("/api/runs/{run}/shares/preview?redact=all");
    problem(portal.get(&path).await, 400, "bad_query").await;
}

#[tokio::test]
async fn public_shows_no_name_and_the_same_verdict() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    let whole = portal.view(run).await;
    let link = portal.share(run, WEEK, Redaction::Public).await;
    let files = portal.files(&link).await;
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in {name}");
        }
        assert!(
            !text.contains(&portal.agent.id.to_string()),
            "the agent's id in {name}"
        );
        assert!(
            !text.contains(&link.token.to_lowercase()),
            "the token in {name}"
        );
    }
    let shown = portal.open(&link).await;
    let verdict = |run: &model::RunView| {
        let verdict = run.verdict.clone().expect("settled");
        (verdict.code, verdict.severity, verdict.evidence)
    };
    assert_eq!(verdict(&shown.run), verdict(&whole));
    assert_eq!(
        shown.run.verdict.as_ref().expect("settled").code,
        "firewall_blocked"
    );
    let zip = files["/AllFiles.zip"].clone();
    let bundle = bundle::open(&zip, &bundle::Limits::default()).expect("a bundle");
    assert_eq!(bundle.run, shown.run);
    assert_eq!(bundle.events, portal.stream(&link, 0).await.0);
    // The run itself is as it was.
    assert_eq!(portal.view(run).await, whole);
}

#[tokio::test]
async fn the_runs_own_files_can_be_redacted_too() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    let link = portal.share(run, WEEK, Redaction::Public).await;
    for name in ["AllFiles.zip", "report.md", "report.html"] {
        let path = format!("/api/runs/{run}/{name}?redact=public");
        let own = portal.get(&path).await.bytes().await.expect("all of it");
        let path = format!("/api/shares/{}/{name}", link.token);
        let shared = portal.get(&path).await.bytes().await.expect("all of it");
        assert_eq!(own, shared, "{name}");
        let path = format!("/api/runs/{run}/{name}?redact=support");
        let support = portal.get(&path).await;
        assert_eq!(support.status(), 200);
        let path = format!("/api/runs/{run}/{name}?redact=no");
        problem(portal.get(&path).await, 400, "bad_query").await;
    }
}

#[tokio::test]
async fn who_comes_back_in_the_middle_meets_the_same_names() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    let link = portal.share(run, WEEK, Redaction::Public).await;
    let (all, end) = portal.stream(&link, 0).await;
    assert_eq!(end, "completed");
    let last = u64::try_from(all.len()).expect("few");
    for after in 0..=last + 1 {
        let (rest, end) = portal.stream(&link, after).await;
        let from = usize::try_from(after.min(last)).expect("few");
        assert_eq!((rest.as_slice(), end.as_str()), (&all[from..], "completed"));
    }
    let path = format!("/api/shares/{}/events", link.token);
    let request = portal
        .http
        .get(portal.url(&path))
        .header("last-event-id", "3");
    let text = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert_eq!(read(&text).0, all[3..]);
    problem(
        portal.get(&format!("{path}?after=x")).await,
        400,
        "bad_query",
    )
    .await;
}

#[tokio::test]
async fn a_live_link_follows_and_is_frozen_when_the_run_settles() {
    let portal = Portal::with(|config| {
        config.timing = Timing {
            lease: Duration::from_millis(500),
            ..config.timing
        };
    })
    .await;
    let claim = portal.claimed().await;
    let link = portal.share(claim.run, WEEK, Redaction::Support).await;
    let early = portal.open(&link).await;
    assert_eq!(
        (early.run.state, early.run.last_seq),
        (RunState::Running, 2)
    );
    assert!(early.run.verdict.is_none());
    let events = telling();
    let (early, late) = events.split_at(3);
    let following = portal.stream(&link, 0);
    let posting = portal.agent.post(&claim, 1, early);
    // The agent then falls silent; its lease runs out.
    let ((events, end), posted) = tokio::join!(following, posting);
    posted.expect("taken");
    assert_eq!((events.len(), end.as_str()), (6, "interrupted"));
    let [listed] = portal.shares(claim.run).await.try_into().expect("one");
    assert_eq!(listed.last_seq, Some(6));
    let frozen = portal.open(&link).await;
    assert_eq!(frozen.run.state, RunState::Interrupted);
    let zip = portal.files(&link).await;

    // What comes late completes the run, and is not the link's.
    let late = portal.agent.post(&claim, 4, late).await;
    late.expect("taken");
    let now = portal.view(claim.run).await;
    assert_eq!(now.state, RunState::Completed);
    assert_eq!(now.verdict.expect("settled").code, "firewall_blocked");
    assert_eq!(portal.open(&link).await, frozen);
    let (again, end) = portal.stream(&link, 0).await;
    assert_eq!((&again, end.as_str()), (&events, "interrupted"));
    assert_eq!(portal.files(&link).await["run.json"], zip["run.json"]);
    let new = portal.share(claim.run, WEEK, Redaction::Support).await;
    assert_eq!(portal.open(&new).await.run.state, RunState::Completed);
}

#[tokio::test]
async fn revoking_ends_an_open_stream_at_once() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let link = portal.share(claim.run, WEEK, Redaction::Support).await;
    let path = format!("/api/shares/{}/events", link.token);
    let mut body = portal.get(&path).await.bytes_stream();
    let first = tokio::time::timeout(LONG, body.next())
        .await
        .expect("in time");
    assert!(first.is_some());
    let start = Instant::now();
    assert_eq!(portal.revoke(&link).await.status(), 204);
    let rest = async {
        let mut text = String::new();
        while let Some(chunk) = body.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
        }
        text
    };
    let text = tokio::time::timeout(LONG, rest).await.expect("it ends");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(read(&text).1, "gone");
}

#[tokio::test]
async fn expiry_ends_the_link_and_an_open_stream() {
    let clock = Arc::new(Forward::default());
    let portal = Portal::with(with_clock(&clock)).await;
    let claim = portal.claimed().await;
    let link = portal.share(claim.run, 60, Redaction::Support).await;
    let longer = portal.share(claim.run, 120, Redaction::Support).await;
    // Only a stream that is open can end: one asked for too late is told of no link.
    let open = portal.listen(&link, 0).await;
    clock.0.store(61, Ordering::SeqCst);
    let (_, end) = to_the_end(open).await;
    assert_eq!(end, "gone");
    problem(
        portal.get(&format!("/api/shares/{}", link.token)).await,
        404,
        "no_such_share",
    )
    .await;
    portal.open(&longer).await;
    let listed: Vec<_> = portal
        .shares(claim.run)
        .await
        .iter()
        .map(|share| share.id)
        .collect();
    assert_eq!(listed, [longer.created.id]);
}

/// An answer without what differs from one to the next by its nature.
async fn shape(response: Response) -> (u16, BTreeMap<String, String>, Value) {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    let mut body: Value = response.json().await.expect("JSON");
    body["request_id"] = Value::Null;
    (status, headers, body)
}

#[tokio::test]
async fn whatever_is_wrong_with_a_link_the_answer_is_the_same() {
    let clock = Arc::new(Forward::default());
    let portal = Portal::with(with_clock(&clock)).await;
    let run = portal.completed().await;
    let deleted = portal.completed().await;
    let revoked = portal.share(run, WEEK, Redaction::Public).await;
    let expired = portal.share(run, 60, Redaction::Public).await;
    let hidden = portal.share(deleted, WEEK, Redaction::Public).await;
    let good = portal.share(run, WEEK, Redaction::Public).await;
    assert_eq!(portal.revoke(&revoked).await.status(), 204);
    portal.api.delete(deleted).await.expect("deleted");
    clock.0.store(61, Ordering::SeqCst);
    let unknown = "A".repeat(43);
    let long = "A".repeat(4_000);
    let with_bit = format!("{}A", good.token);
    let id = good.created.id.to_string();
    let tokens = [
        unknown.as_str(),
        &revoked.token,
        &expired.token,
        &hidden.token,
        &long,
        &with_bit,
        &id,
        "x",
        "%FF%FE",
        "%00",
        "..%2f..",
        "🦘",
    ];
    let mut seen = Vec::new();
    for file in ["", "/events", "/AllFiles.zip", "/report.md", "/report.html"] {
        let good = portal
            .get(&format!("/api/shares/{}{file}", good.token))
            .await;
        assert_eq!(good.status(), 200, "{file}");
        for token in tokens {
            let response = portal.get(&format!("/api/shares/{token}{file}")).await;
            seen.push((format!("{token}{file}"), shape(response).await));
        }
    }
    let (_, (status, headers, body)) = &seen[0];
    assert_eq!(
        (*status, &body["code"]),
        (404, &Value::from("no_such_share"))
    );
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-robots-tag"], "noindex, nofollow");
    for (path, shape) in &seen {
        assert_eq!(shape, &seen[0].1, "{path}");
    }
}

#[tokio::test]
async fn a_links_page_is_the_page_and_is_kept_out_of_everything() {
    let portal = Portal::start().await;
    let response = portal.get("/s/whatever").await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["x-robots-tag"], "noindex, nofollow");
    assert!(
        !portal
            .get("/runs")
            .await
            .headers()
            .contains_key("x-robots-tag")
    );
}

#[tokio::test]
async fn a_token_is_written_nowhere() {
    let portal = Portal::start().await;
    let run = told(&portal).await;
    let link = portal.share(run, WEEK, Redaction::Support).await;
    portal.files(&link).await;
    let needles = tests::canary::needles(&link.token);
    let read = tests::canary::assert_absent_below(portal.folder.path(), &needles);
    assert!(read > 10_000, "the database was read");
}
