//! What the portal keeps, behind one trait: runs and their logs, leases, sealed secrets, agents.
//!
//! ```text
//!   Store ◀── sql (the statements, once) ──┬── sqlite    a file: one writer, some readers
//!                                          └── postgres  two pools, a row lock a run, one portal a database
//! ```
//!
//! SQL stands only in here. A store does not know what a state means or what comes after it: it opens a
//! run under a lock ([`Store::open`]), and whoever opened it decides, appends and saves, in one transaction.
//! Nothing is acknowledged before [`RunTx::commit`] has returned, and then it is on the disk.

mod backup;
mod failure;
mod migrate;
mod place;
mod postgres;
mod sqlite;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    AgentEvent, AgentId, Artifact, EventBody, Finding, GroupId, Interruption, LeaseId, Outcome,
    Plan, Redaction, RunEvent, RunId, RunState, RunSummary, ShareId,
};

pub use backup::{BackupError, backup};
use failure::within;
pub use place::{beside, open};
pub use postgres::{Address, Postgres};
pub use sqlite::Sqlite;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full; reads go on.
    #[error("the disk is full")]
    Full,
    /// The database did not answer in time, or cannot be opened.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Something that was stored cannot be read back.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

/// A store's answer.
pub type StoreResult<T> = Result<T, StoreError>;

/// What became of the database while nobody asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// It was away and is back. What fell due meanwhile counts against nobody.
    Back,
    /// Another portal has it now; this one must end.
    Taken,
}

/// A run, as it is kept beside its log.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// What is to be done; holds the run's id and target.
    pub plan: Plan,
    /// Its group, when several were started together.
    pub group: Option<GroupId>,
    /// Where from.
    pub agent: AgentId,
    /// That agent's name when the run was made.
    pub agent_name: String,
    /// Where it is in its life.
    pub state: RunState,
    /// Why it was interrupted, when it was.
    pub interruption: Option<Interruption>,
    /// Set once settled.
    pub outcome: Option<Outcome>,
    /// A cancel was asked for and has not yet taken effect.
    pub cancelling: bool,
    /// What it made on the server has not yet been read back as gone.
    pub cleaning: bool,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its agent claimed it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it settled.
    pub settled_at: Option<DateTime<Utc>>,
    /// The claim on it; a run has one in its life at most.
    pub lease: Option<Lease>,
    /// Highest `seq` of its log.
    pub last_seq: u64,
    /// Bytes of its log.
    pub log_bytes: u64,
    /// The log reached its cap.
    pub truncated: bool,
    /// The verdict first; empty until settled.
    pub findings: Vec<Finding>,
    /// Version of the rules that made the findings; 0 until settled.
    pub rules_version: u32,
}

impl RunRow {
    /// The run's id.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.plan.run
    }
}

/// An agent's claim on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its id.
    pub id: LeaseId,
    /// Highest contiguous `n` that was acknowledged.
    pub acked: u64,
    /// The agent's last event is stored, or the agent was removed: nothing more is taken.
    pub ended: bool,
}

/// An entry for a run's log; the store gives it its `seq`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The wall clock of whoever made the event.
    pub at: DateTime<Utc>,
    /// Absent on the portal's own.
    pub elapsed_us: Option<u64>,
    /// What happened.
    pub body: EventBody,
    /// The agent's own number, absent on the portal's own.
    pub number: Option<(LeaseId, u64)>,
}

/// Which runs a list shows. Newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Prefix of the server string, any case, with or without `tcp:`.
    pub server: Option<String>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Only runs with this finding.
    pub finding: Option<String>,
    /// Only runs from this agent.
    pub agent: Option<AgentId>,
    /// Made at or after.
    pub since: Option<DateTime<Utc>>,
    /// Made before.
    pub until: Option<DateTime<Utc>>,
    /// Older than this run.
    pub before: Option<RunId>,
}

/// Counts of runs and of what they found; neither says which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs by week.
    pub runs: Vec<(Week, u64)>,
    /// Findings, in no order.
    pub findings: Vec<FindingCount>,
}

/// Weeks since Monday, 5 January 1970, UTC.
pub type Week = i64;

/// How often one finding was made in one week, at one kind of endpoint, from one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingCount {
    /// The week.
    pub week: Week,
    /// Kind of endpoint.
    pub kind: String,
    /// Name of the agent.
    pub agent: String,
    /// Code of the finding.
    pub code: String,
    /// Runs that it was made of.
    pub found: u64,
    /// Runs with a problem whose verdict it is.
    pub explains: u64,
}

/// Where a run's log ends: what a live stream asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Where the run is in its life.
    pub state: RunState,
    /// Highest `seq`.
    pub last_seq: u64,
}

/// A run that is not settled, as its agent and the timers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveRun {
    /// The run.
    pub run: RunId,
    /// Its agent.
    pub agent: AgentId,
    /// `queued` or `running`.
    pub state: RunState,
    /// The claim on it.
    pub lease: Option<LeaseId>,
    /// A cancel was asked for.
    pub cancelling: bool,
}

/// An agent, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    /// The agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// The portal's own.
    pub built_in: bool,
    /// SHA-256 of its token; the token itself is kept nowhere.
    pub token_hash: [u8; 32],
    /// X25519 public key, base64.
    pub public_key: String,
    /// Of that key.
    pub fingerprint: String,
    /// Its version.
    pub version: String,
    /// When it was admitted.
    pub created_at: DateTime<Utc>,
    /// When it was last heard of; what is written here may be half a minute old.
    pub last_heartbeat: Option<DateTime<Utc>>,
}

/// A share link, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// The link, as its maker names it.
    pub id: ShareId,
    /// SHA-256 of the token in the link; the token itself is kept nowhere.
    pub token_hash: [u8; 32],
    /// What it shows.
    pub run: RunId,
    /// What it masks.
    pub redact: Redaction,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Highest `seq` that it shows. Absent while the run lasts: the store sets it in the transaction that
    /// settles the run, and never changes it after.
    pub last_seq: Option<u64>,
    /// How often it was opened.
    pub views: u64,
}

/// What became of a file that was to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutArtifact {
    /// It is written down.
    New,
    /// It was there already, with the same bytes.
    Same,
    /// Another file of that name is there.
    Other,
    /// The run has as many as it may.
    TooMany,
    /// There is no such run.
    NoRun,
}

/// Which settled runs are kept. Both rules may be absent; a run that one of them rules out goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Runs made before this go.
    pub made_before: Option<DateTime<Utc>>,
    /// Only this many are kept, the newest.
    pub most: Option<u64>,
}

/// A new run, its sealed secret, and the first entries of its log.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// The run; `last_seq` and `log_bytes` are the store's to set.
    pub row: RunRow,
    /// Its findings are never counted: it is made to practise.
    pub practice: bool,
    /// Sealed to the run's agent.
    pub sealed: Option<String>,
    /// Likewise, for the managed instance of its link.
    pub instance_sealed: Option<String>,
    /// The log's first entries.
    pub entries: Vec<Entry>,
}

/// Everything the portal keeps.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes new runs, all in one transaction: those of a group are made together or not at all. One that is
    /// over already is written whole.
    async fn create_runs(&self, runs: &[FirstRun]) -> StoreResult<()>;
    /// The runs of a group, by id; none when there is no such group.
    async fn group(&self, group: GroupId) -> StoreResult<Vec<RunId>>;
    /// One run.
    async fn run(&self, run: RunId) -> StoreResult<Option<RunRow>>;
    /// Up to `limit` runs, newest first.
    async fn runs(&self, filter: &Filter, limit: u32) -> StoreResult<Vec<RunSummary>>;
    /// How often each finding was made of runs made at or after `since`: settled ones that may be counted.
    async fn counts(&self, since: DateTime<Utc>) -> StoreResult<Counts>;
    /// Hides a run: from now on no reader finds it, nor what belongs to it. [`Store::sweep`] takes it away.
    /// False when there was none.
    async fn hide_run(&self, run: RunId) -> StoreResult<bool>;
    /// Hides up to `limit` of the settled runs that are not to be kept, oldest first; how many.
    async fn hide_runs(&self, retention: &Retention, limit: u32) -> StoreResult<u64>;
    /// Takes up to `limit` rows (events, findings, runs…) of hidden runs away in one transaction; how many.
    /// Zero: nothing is left of them.
    async fn sweep(&self, limit: u32) -> StoreResult<u64>;
    /// Where its log ends.
    async fn tail(&self, run: RunId) -> StoreResult<Option<Tail>>;
    /// Up to `limit` events with a higher `seq`, in order.
    async fn events(&self, run: RunId, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>>;
    /// The sealed secret, while it is kept.
    async fn sealed(&self, run: RunId) -> StoreResult<Option<String>>;
    /// The sealed secret for the managed instance of its link, likewise.
    async fn instance_sealed(&self, run: RunId) -> StoreResult<Option<String>>;
    /// The runs that are not settled, oldest first; of one agent, or of all.
    async fn live_runs(&self, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>>;
    /// The run of a lease.
    async fn run_of_lease(&self, lease: LeaseId) -> StoreResult<Option<RunId>>;
    /// Opens a run for a change; nobody else changes it until this is committed or dropped.
    async fn open(&self, run: RunId) -> StoreResult<Option<Box<dyn RunTx>>>;
    /// Writes an agent, or writes over it.
    async fn put_agent(&self, agent: &AgentRow) -> StoreResult<()>;
    /// All agents, by name.
    async fn agents(&self) -> StoreResult<Vec<AgentRow>>;
    /// The agent whose token has this hash.
    async fn agent_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AgentRow>>;
    /// Forgets an agent; its token is worth nothing from now on. Its runs keep its name. False when there was none.
    async fn delete_agent(&self, agent: AgentId) -> StoreResult<bool>;
    /// Writes down that an enrolment token with this hash admits one agent until then; expired ones are forgotten.
    async fn put_enrolment(
        &self,
        token_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()>;
    /// Uses an enrolment up and writes the agent it admits, in one transaction. False when there is none that is
    /// still good: of callers at once, exactly one is told true.
    async fn enrol(
        &self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
        agent: &AgentRow,
    ) -> StoreResult<bool>;
    /// Writes down a login, by the hash of its cookie; expired ones are forgotten.
    async fn put_session(
        &self,
        cookie_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()>;
    /// When the login with this hash ends, expired or not.
    async fn session(&self, cookie_hash: &[u8; 32]) -> StoreResult<Option<DateTime<Utc>>>;
    /// Ends a login; false when there was none.
    async fn delete_session(&self, cookie_hash: &[u8; 32]) -> StoreResult<bool>;
    /// Writes down a file beside a run's log, of which the run may have `most`. Its bytes are kept elsewhere.
    async fn put_artifact(
        &self,
        run: RunId,
        artifact: &Artifact,
        most: usize,
    ) -> StoreResult<PutArtifact>;
    /// The files beside a run's log, by name.
    async fn artifacts(&self, run: RunId) -> StoreResult<Vec<Artifact>>;
    /// Writes a new share link of a run that is there; false when there is no such run. Of a settled run its
    /// `last_seq` is set when it was absent.
    async fn put_share(&self, share: &ShareRow) -> StoreResult<bool>;
    /// The share link whose token has this hash, expired or not.
    async fn share(&self, token_hash: &[u8; 32]) -> StoreResult<Option<ShareRow>>;
    /// All share links of a run, newest first.
    async fn shares(&self, run: RunId) -> StoreResult<Vec<ShareRow>>;
    /// Counts one opening.
    async fn count_view(&self, share: ShareId) -> StoreResult<()>;
    /// Revokes a share link; the row as it was, none when there was none.
    async fn delete_share(&self, share: ShareId) -> StoreResult<Option<ShareRow>>;
    /// Notes when an agent was last heard of.
    async fn heard(&self, agent: AgentId, at: DateTime<Utc>, version: &str) -> StoreResult<()>;
    /// Answers when it can be read and written.
    async fn ready(&self) -> StoreResult<()>;
    /// Returns when the database was disturbed; call it again for the next time.
    async fn disturbed(&self) -> Disturbance;
    /// Writes what is pending and lets go of the files.
    async fn close(&self);
}

/// A run, open for a change. Dropped without [`RunTx::commit`], nothing has happened.
#[async_trait]
pub trait RunTx: Send {
    /// The run as it was when it was opened.
    fn row(&self) -> &RunRow;
    /// Up to `limit` events with a higher `seq`, those appended here included.
    async fn events(&mut self, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>>;
    /// The kept events of the lease with numbers in this range, by number.
    async fn numbered(
        &mut self,
        lease: LeaseId,
        from: u64,
        to: u64,
    ) -> StoreResult<Vec<(u64, AgentEvent)>>;
    /// Appends entries; the answer is the `seq` of the last. `last_seq` and `log_bytes` are kept by the store.
    async fn append(&mut self, entries: &[Entry]) -> StoreResult<u64>;
    /// Writes the row (all but plan, agent, `last_seq` and `log_bytes`), forgets the sealed secret of a
    /// settled run, and makes all of it durable. The answer is the row as it now is.
    async fn commit(self: Box<Self>, row: RunRow) -> StoreResult<RunRow>;
}

/// What lists are searched by: lower case, without `tcp:`.
#[must_use]
pub fn server_key(server: &str) -> String {
    let lower = server.trim().to_lowercase();
    lower.strip_prefix("tcp:").unwrap_or(&lower).to_owned()
}
