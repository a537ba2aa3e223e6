//! What the own server says of its replicas: all of it once, their states again and again, its error log at the end.
//! What this login may not see is a fact like any other; a connection that is lost is opened again.

use super::clock::Clock;
use super::{rows, statements};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::lasting::held_connection::HeldConnection;
use crate::lasting::{skip, trying_ground};
use crate::record::{Place, StepLog, Try, bounded};
use model::lasting::{CatalogPart, EndpointRow, ReplicaFact, ReplicaRow, ReplicaSession, Untold};
use model::{FailureCode, Observation, StepKind};
use std::collections::BTreeMap;
use std::time::Duration;
use tds::rows::Value;
use tds::token::Reply;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout_at};

/// How often states are read.
const EVERY: Duration = Duration::from_secs(2);
/// A connection that was lost is opened again so often at most.
const REOPEN_EVERY: Duration = Duration::from_secs(5);
/// The error log is read from so long before the run.
const BEFORE_MIN: u64 = 30;
/// Rows of states that are told.
const MOST_TOLD: u32 = 2_000;
const MOST_REPLICAS: usize = 64;
const MASTER: &str = "master";
const TEXT_CHARS: usize = 400;

pub(super) struct Catalog<'a> {
    open: Option<Open<'a>>,
    peer: (String, u16),
}

/// A catalog that can be asked.
struct Open<'a> {
    hop: Hop<'a>,
    step: StepLog<'a>,
    session: Option<HeldConnection<'a>>,
    reopened: Instant,
    clock: Option<Clock>,
    /// Each replica as it was last told.
    known: BTreeMap<(String, String), ReplicaRow>,
    /// States can be read.
    has_states: bool,
    told: u32,
    failure: Option<Failure>,
}

/// Why there is no answer.
enum No {
    /// The server refused: its number and words.
    Refused(i32, String),
    /// The connection is lost.
    Lost(String),
}

impl<'a> Catalog<'a> {
    /// Asks everything once, where somebody signs in.
    pub(super) async fn open(first: &Hop<'a>, asked: &ReplicaSession) -> Self {
        let peer = (asked.peer.clone(), asked.port);
        let kind = StepKind::ReplicaCatalog;
        let ground = match trying_ground(first) {
            Ok(ground) => ground,
            Err(failure) => {
                skip(first, kind, &failure);
                return Self { open: None, peer };
            }
        };
        // A replica's own database may be out of reach while the server is not.
        let hop = Hop {
            database: MASTER.to_owned(),
            ..ground
        };
        let recorder = first.run.recorder;
        let step = recorder.start(kind, Place::default(), hop.subject(None));
        let started = Instant::now();
        let opened = HeldConnection::open(hop.clone(), step, 1).await;
        let (session, failure) = match opened {
            Ok(session) => (session, None),
            Err(not_there) => {
                let failure = not_there.failure;
                step.attempt(Try::over(1, started, not_there.local, Some(&failure)));
                step.failed(failure.code, failure.detail.as_deref());
                return Self { open: None, peer };
            }
        };
        let local = Some(session.local().to_owned());
        step.attempt(Try::over(1, started, local, None));
        let mut open = Open {
            hop,
            step,
            session: Some(session),
            reopened: Instant::now(),
            clock: None,
            known: BTreeMap::new(),
            has_states: true,
            told: 0,
            failure,
        };
        open.all().await;
        Self {
            open: Some(open),
            peer,
        }
    }

    /// The session time-out of the replica whose endpoint this is; of any other, when none is known by it.
    pub(super) fn session_timeout_ms(&self) -> Option<u64> {
        let known = &self.open.as_ref()?.known;
        let place = format!("{}:{}", self.peer.0, self.peer.1).to_ascii_lowercase();
        let is_peer = |row: &&ReplicaRow| {
            let url = row.endpoint_url.as_deref().unwrap_or_default();
            url.to_ascii_lowercase().ends_with(&format!("/{place}"))
        };
        let others = || known.values().filter(|row| !row.local);
        let row = others().find(is_peer).or_else(|| others().next());
        let row = row.or_else(|| known.values().next());
        row?.session_timeout_s
            .map(|seconds| u64::from(seconds).saturating_mul(1_000))
            .filter(|ms| *ms > 0)
    }

    /// Reads states until the end, and tells what changed.
    pub(super) async fn watch(&mut self, end: Instant) {
        let Some(open) = &mut self.open else { return };
        let mut rate = interval_at(Instant::now() + EVERY, EVERY);
        rate.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while timeout_at(end, rate.tick()).await.is_ok() {
            // What an answer takes beyond the end is lost with its connection.
            if timeout_at(end, open.replicas()).await.is_err() {
                open.session = None;
            }
        }
    }

    /// The error log, and the end.
    pub(super) async fn close(self) {
        let Some(mut open) = self.open else { return };
        open.replicas().await;
        open.error_log().await;
        if let Some(session) = open.session.take() {
            session.close().await;
        }
        open.step.end(open.failure.as_ref());
    }
}

impl<'a> Open<'a> {
    async fn all(&mut self) {
        if let Some(reply) = self.told(CatalogPart::Server, statements::SERVER).await
            && let Some(row) = reply.rows().next()
        {
            self.tell(ReplicaFact::Server(rows::server(row)));
        }
        let asked_us = self.step.now_us();
        if let Some(reply) = self.told(CatalogPart::Clock, statements::CLOCK).await
            && let Some((utc, zone)) = reply.rows().next().and_then(rows::pair)
            && let Some((clock, fact)) = Clock::read(&utc, &zone, asked_us, self.step.now_us())
        {
            self.clock = Some(clock);
            self.tell(ReplicaFact::Clock(fact));
        }
        self.replicas().await;
        self.endpoints().await;
    }

    /// Replicas and states; those that changed are told.
    async fn replicas(&mut self) {
        let part = CatalogPart::Replicas;
        let reply = if self.has_states {
            match self.ask(statements::REPLICAS).await {
                Ok(reply) => Some(reply),
                Err(No::Refused(number, text)) => {
                    self.untold(part, Some(number), text);
                    self.has_states = false;
                    self.told(part, statements::REPLICAS_BARE).await
                }
                Err(No::Lost(_)) => None,
            }
        } else if self.known.is_empty() {
            None
        } else {
            self.ask(statements::REPLICAS_BARE).await.ok()
        };
        let at_us = self.step.now_us();
        let clock = self.clock;
        let rows: Vec<ReplicaRow> = reply
            .iter()
            .flat_map(Reply::rows)
            .filter_map(|row| rows::replica(row, clock))
            .take(MOST_REPLICAS)
            .collect();
        for row in rows {
            let key = (row.group.clone(), row.replica.clone());
            if self.known.get(&key) == Some(&row) {
                continue;
            }
            if self.told < MOST_TOLD {
                self.told += 1;
                let told = ReplicaRow {
                    at_us,
                    ..row.clone()
                };
                self.tell(ReplicaFact::Replica(Box::new(told)));
            }
            self.known.insert(key, row);
        }
    }

    async fn endpoints(&mut self) {
        let Some(reply) = self
            .told(CatalogPart::Endpoints, statements::ENDPOINTS)
            .await
        else {
            return;
        };
        let mut endpoints: Vec<EndpointRow> = reply.rows().filter_map(rows::endpoint).collect();
        if !endpoints.is_empty()
            && let Some(reply) = self
                .told(CatalogPart::Permissions, statements::PERMISSIONS)
                .await
        {
            let granted: Vec<(String, String)> = reply.rows().filter_map(rows::pair).collect();
            for endpoint in &mut endpoints {
                let of_it = granted.iter().filter(|(name, _)| *name == endpoint.name);
                endpoint.may_connect = Some(of_it.map(|(_, who)| who.clone()).collect());
            }
        }
        for endpoint in endpoints {
            self.tell(ReplicaFact::Endpoint(Box::new(endpoint)));
        }
    }

    async fn error_log(&mut self) {
        let minutes = self.step.now_us() / 60_000_000 + BEFORE_MIN;
        let sql = statements::error_log(minutes);
        let Some(reply) = self.told(CatalogPart::ErrorLog, &sql).await else {
            return;
        };
        let rows: Vec<&[Value]> = reply.rows().collect();
        // The newest came first.
        for row in rows.into_iter().rev() {
            if let Some(line) = rows::log_line(row, self.clock) {
                self.tell(ReplicaFact::Log(line));
            }
        }
    }

    fn tell(&self, fact: ReplicaFact) {
        self.step.observe(None, Observation::Replica(fact));
    }

    fn untold(&self, what: CatalogPart, number: Option<i32>, text: String) {
        self.tell(ReplicaFact::Untold(Untold { what, number, text }));
    }

    /// Asks, and says what was not told.
    async fn told(&mut self, part: CatalogPart, sql: &str) -> Option<Reply> {
        match self.ask(sql).await {
            Ok(reply) => Some(reply),
            Err(No::Refused(number, text)) => {
                self.untold(part, Some(number), text);
                None
            }
            Err(No::Lost(text)) => {
                self.untold(part, None, text);
                None
            }
        }
    }

    async fn ask(&mut self, sql: &str) -> Result<Reply, No> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.reopen().await?,
        };
        let deadline = Instant::now() + self.hop.run.limits.query;
        match session.query(sql, deadline).await {
            Ok(reply) => {
                self.session = Some(session);
                let refused = reply.errors().next();
                let refused = refused
                    .map(|error| No::Refused(error.number, bounded(&error.text, TEXT_CHARS)));
                refused.map_or(Ok(reply), Err)
            }
            Err(lost) => {
                let errors = lost.errors.first().map(|error| error.text.clone());
                let why = errors.or(lost.why);
                let why = why.unwrap_or_else(|| "the connection was lost".to_owned());
                session.cut().await;
                Err(No::Lost(bounded(&why, TEXT_CHARS)))
            }
        }
    }

    /// Another connection, some seconds after the one before.
    async fn reopen(&mut self) -> Result<HeldConnection<'a>, No> {
        let lost = |text: &str| Err(No::Lost(text.to_owned()));
        if self.failure.is_some() {
            return lost("the server does not let this login in any more");
        }
        if self.reopened.elapsed() < REOPEN_EVERY {
            return lost("the connection was lost");
        }
        self.reopened = Instant::now();
        match HeldConnection::open(self.hop.clone(), self.step, 1).await {
            Ok(session) => Ok(session),
            Err(not_there) => {
                let failure = not_there.failure;
                let words = failure.code.to_string();
                // Another try could lock the account.
                if matches!(
                    failure.code,
                    FailureCode::LoginRejected | FailureCode::LoginBudgetSpent
                ) {
                    self.failure = Some(failure);
                }
                Err(No::Lost(words))
            }
        }
    }
}
