//! A portal's agent API, in memory: what an agent may rely on, and nothing else. It can keep its answers back,
//! as one that is killed after it stored something.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use model::agent_api::{
    Claim, CleaningReport, EventAck, EventBatch, Heartbeat, HeartbeatReply, LeaseStanding, Poll,
    PollReply,
};
use model::{AgentEvent, LeaseId, Plan, Problem, RunId};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::eventually;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;
use uuid::Uuid;

pub(crate) const TOKEN: &str = "a-token-for-tests";

/// How long a poll is held open.
const HELD: Duration = Duration::from_secs(5);
/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// One lease as the portal knows it.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<AgentEvent>,
    pub(crate) stop: bool,
    /// Batches that held events which were stored before.
    pub(crate) repeats: usize,
    pub(crate) heartbeats: usize,
}

impl Log {
    pub(crate) fn is_complete(&self) -> bool {
        self.events.last().is_some_and(|event| event.body.is_last())
    }
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Claim>,
    claimed: BTreeMap<LeaseId, Claim>,
    logs: BTreeMap<LeaseId, Log>,
    answers_kept_back: bool,
    /// The agent was removed: its token is no longer known.
    removed: bool,
    heartbeats: usize,
    cleanings: Vec<CleaningReport>,
    /// The `free` of each poll.
    free: Vec<u32>,
}

#[derive(Clone, Default)]
pub(crate) struct Portal {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
}

impl Portal {
    /// Serves on a free port until the test ends.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let portal = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let router = Router::new()
            .route("/api/agent/poll", post(poll))
            .route("/api/agent/heartbeat", post(heartbeat))
            .route("/api/agent/runs/{run}/events", post(events))
            .route("/api/agent/runs/{run}/cleaning", post(cleaning))
            .with_state(portal.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (portal, address)
    }

    fn change<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        let out = act(&mut self.inner.lock().expect("not poisoned"));
        self.changed.notify_waiters();
        out
    }

    /// Queues a run.
    pub(crate) fn queue(&self, plan: Plan, sealed: Option<String>) -> LeaseId {
        let lease = LeaseId(Uuid::new_v4());
        self.change(|inner| {
            inner.queue.push_back(Claim {
                run: plan.run,
                lease,
                plan,
                sealed,
                instance_sealed: None,
                expires_in_ms: 30_000,
            });
        });
        lease
    }

    pub(crate) fn cancel(&self, lease: LeaseId) {
        self.change(|inner| inner.logs.entry(lease).or_default().stop = true);
    }

    /// Stores, but answers nothing from now on.
    pub(crate) fn keep_answers_back(&self, keep: bool) {
        self.change(|inner| inner.answers_kept_back = keep);
    }

    /// Forgets the agent's token.
    pub(crate) fn remove_agent(&self) {
        self.change(|inner| inner.removed = true);
    }

    pub(crate) fn log(&self, lease: LeaseId) -> Log {
        self.change(|inner| inner.logs.get(&lease).cloned().unwrap_or_default())
    }

    pub(crate) fn claimed(&self) -> usize {
        self.change(|inner| inner.claimed.len())
    }

    pub(crate) fn heartbeats(&self) -> usize {
        self.change(|inner| inner.heartbeats)
    }

    /// What was told of clean-ups.
    pub(crate) fn cleanings(&self) -> Vec<CleaningReport> {
        self.change(|inner| inner.cleanings.clone())
    }

    pub(crate) fn least_free(&self) -> Option<u32> {
        self.change(|inner| inner.free.iter().copied().min())
    }

    /// The lease's log, once it is as wanted.
    pub(crate) async fn until(
        &self,
        what: &str,
        lease: LeaseId,
        wanted: impl Fn(&Log) -> bool,
    ) -> Log {
        eventually(what, PATIENCE, async || {
            Some(self.log(lease)).filter(|log| wanted(log))
        })
        .await
    }

    pub(crate) async fn complete(&self, lease: LeaseId) -> Log {
        self.until("the last event", lease, Log::is_complete).await
    }

    /// Never returns while answers are kept back.
    async fn answer(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.inner.lock().expect("not poisoned").answers_kept_back {
                return;
            }
            changed.await;
        }
    }
}

fn authorised(portal: &Portal, headers: &HeaderMap) -> bool {
    let wanted = format!("Bearer {TOKEN}");
    let removed = portal.change(|inner| inner.removed);
    !removed
        && headers
            .get(header::AUTHORIZATION)
            .is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

fn problem(status: StatusCode, code: &str, wanted: Option<u64>) -> Response {
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: "no".to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        detail: None,
        request_id: None,
        wanted,
    };
    (status, Json(problem)).into_response()
}

async fn poll(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Json(poll): Json<Poll>,
) -> Response {
    if !authorised(&portal, &headers) {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", None);
    }
    portal.change(|inner| inner.free.push(poll.free));
    let news = async {
        loop {
            let changed = portal.changed.notified();
            let reply = {
                let mut inner = portal.inner.lock().expect("not poisoned");
                reply(&mut inner, &poll)
            };
            if reply != PollReply::default() {
                return reply;
            }
            changed.await;
        }
    };
    let reply = timeout(HELD, news).await.unwrap_or_default();
    portal.answer().await;
    Json(reply).into_response()
}

fn reply(inner: &mut Inner, poll: &Poll) -> PollReply {
    let unfinished =
        |inner: &Inner, lease: &LeaseId| !inner.logs.get(lease).is_some_and(Log::is_complete);
    let mut claims: Vec<Claim> = inner
        .claimed
        .values()
        .filter(|claim| !poll.known.contains(&claim.lease) && unfinished(inner, &claim.lease))
        .cloned()
        .collect();
    while claims.len() < poll.free as usize {
        let Some(claim) = inner.queue.pop_front() else {
            break;
        };
        inner.claimed.insert(claim.lease, claim.clone());
        claims.push(claim);
    }
    let cancels = inner
        .logs
        .iter()
        .filter(|(lease, log)| log.stop && !log.is_complete() && !poll.cancelled.contains(lease))
        .map(|(lease, _)| *lease)
        .collect();
    PollReply { claims, cancels }
}

async fn heartbeat(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Json(heartbeat): Json<Heartbeat>,
) -> Response {
    if !authorised(&portal, &headers) {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", None);
    }
    let leases = portal.change(|inner| {
        inner.heartbeats += 1;
        heartbeat
            .leases
            .into_iter()
            .map(|lease| {
                let log = inner.logs.entry(lease).or_default();
                log.heartbeats += 1;
                LeaseStanding {
                    lease,
                    expires_in_ms: 30_000,
                    stop: log.stop,
                }
            })
            .collect()
    });
    portal.answer().await;
    Json(HeartbeatReply { leases }).into_response()
}

async fn cleaning(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Json(report): Json<CleaningReport>,
) -> Response {
    if !authorised(&portal, &headers) {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", None);
    }
    portal.change(|inner| inner.cleanings.push(report));
    portal.answer().await;
    StatusCode::NO_CONTENT.into_response()
}

async fn events(
    State(portal): State<Portal>,
    Path(run): Path<RunId>,
    headers: HeaderMap,
    Json(batch): Json<EventBatch>,
) -> Response {
    if !authorised(&portal, &headers) {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", None);
    }
    let stored = portal.change(|inner| {
        let claim = inner.claimed.get(&batch.lease);
        if claim.is_none_or(|claim| claim.run != run) {
            return Err((StatusCode::FORBIDDEN, "not_yours", None));
        }
        let log = inner.logs.entry(batch.lease).or_default();
        let stored = log.events.len() as u64;
        if batch.first_n == 0 || batch.first_n > stored + 1 {
            return Err((StatusCode::CONFLICT, "gap", Some(stored + 1)));
        }
        let again = (stored + 1 - batch.first_n) as usize;
        let again = again.min(batch.events.len());
        let from = batch.first_n as usize - 1;
        if log.events[from..from + again] != batch.events[..again] {
            return Err((StatusCode::CONFLICT, "conflict", None));
        }
        log.repeats += usize::from(again > 0);
        log.events.extend_from_slice(&batch.events[again..]);
        Ok(EventAck {
            acked: log.events.len() as u64,
            expires_in_ms: 30_000,
            stop: log.stop,
        })
    });
    portal.answer().await;
    match stored {
        Ok(ack) => Json(ack).into_response(),
        Err((status, code, wanted)) => problem(status, code, wanted),
    }
}
