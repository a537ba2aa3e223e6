//! A store that measures another: how long each call took, and whether it failed.
//!
//! It knows no SQL and changes nothing that passes through it.

use super::{Metrics, OperationLabels};
use crate::store::{
    AgentRow, Counts, Disturbance, Entry, Filter, FirstRun, LiveRun, PutArtifact, Retention,
    RunRow, RunTx, ShareRow, Store, StoreResult, Tail,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    AgentEvent, AgentId, Artifact, GroupId, LeaseId, RunEvent, RunId, RunSummary, ShareId,
};
use std::sync::Arc;
use std::time::Instant;

/// A store, measured.
pub struct Measured {
    inner: Arc<dyn Store>,
    metrics: Arc<Metrics>,
}

impl Measured {
    /// Measures a store from now on.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, metrics: Arc<Metrics>) -> Self {
        Self { inner, metrics }
    }
}

/// Awaits a call and notes how it went.
async fn note<T>(
    metrics: &Metrics,
    operation: &'static str,
    call: impl Future<Output = StoreResult<T>>,
) -> StoreResult<T> {
    let start = Instant::now();
    let answer = call.await;
    let labels = OperationLabels { operation };
    let elapsed = start.elapsed().as_secs_f64();
    metrics.store.get_or_create(&labels).observe(elapsed);
    // Zero is a figure too: whoever watches for errors sees that there were none.
    let errors = metrics.store_errors.get_or_create(&labels);
    errors.inc_by(answer.is_err().into());
    answer
}

#[async_trait]
impl Store for Measured {
    async fn create_runs(&self, runs: &[FirstRun]) -> StoreResult<()> {
        note(&self.metrics, "create_runs", self.inner.create_runs(runs)).await
    }

    async fn group(&self, group: GroupId) -> StoreResult<Vec<RunId>> {
        note(&self.metrics, "group", self.inner.group(group)).await
    }

    async fn run(&self, run: RunId) -> StoreResult<Option<RunRow>> {
        note(&self.metrics, "run", self.inner.run(run)).await
    }

    async fn runs(&self, filter: &Filter, limit: u32) -> StoreResult<Vec<RunSummary>> {
        note(&self.metrics, "runs", self.inner.runs(filter, limit)).await
    }

    async fn counts(&self, since: DateTime<Utc>) -> StoreResult<Counts> {
        note(&self.metrics, "counts", self.inner.counts(since)).await
    }

    async fn hide_run(&self, run: RunId) -> StoreResult<bool> {
        note(&self.metrics, "hide_run", self.inner.hide_run(run)).await
    }

    async fn hide_runs(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        note(
            &self.metrics,
            "hide_runs",
            self.inner.hide_runs(retention, limit),
        )
        .await
    }

    async fn sweep(&self, limit: u32) -> StoreResult<u64> {
        note(&self.metrics, "sweep", self.inner.sweep(limit)).await
    }

    async fn tail(&self, run: RunId) -> StoreResult<Option<Tail>> {
        note(&self.metrics, "tail", self.inner.tail(run)).await
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        note(
            &self.metrics,
            "events",
            self.inner.events(run, after, limit),
        )
        .await
    }

    async fn sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        note(&self.metrics, "sealed", self.inner.sealed(run)).await
    }

    async fn instance_sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        let asked = self.inner.instance_sealed(run);
        note(&self.metrics, "instance_sealed", asked).await
    }

    async fn live_runs(&self, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>> {
        note(&self.metrics, "live_runs", self.inner.live_runs(agent)).await
    }

    async fn run_of_lease(&self, lease: LeaseId) -> StoreResult<Option<RunId>> {
        note(
            &self.metrics,
            "run_of_lease",
            self.inner.run_of_lease(lease),
        )
        .await
    }

    async fn put_agent(&self, agent: &AgentRow) -> StoreResult<()> {
        note(&self.metrics, "put_agent", self.inner.put_agent(agent)).await
    }

    async fn agents(&self) -> StoreResult<Vec<AgentRow>> {
        note(&self.metrics, "agents", self.inner.agents()).await
    }

    async fn agent_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AgentRow>> {
        note(
            &self.metrics,
            "agent_by_token",
            self.inner.agent_by_token(token_hash),
        )
        .await
    }

    async fn delete_agent(&self, agent: AgentId) -> StoreResult<bool> {
        note(
            &self.metrics,
            "delete_agent",
            self.inner.delete_agent(agent),
        )
        .await
    }

    async fn put_enrolment(
        &self,
        token_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        note(
            &self.metrics,
            "put_enrolment",
            self.inner.put_enrolment(token_hash, expires_at, now),
        )
        .await
    }

    async fn enrol(
        &self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
        agent: &AgentRow,
    ) -> StoreResult<bool> {
        note(
            &self.metrics,
            "enrol",
            self.inner.enrol(token_hash, now, agent),
        )
        .await
    }

    async fn put_session(
        &self,
        cookie_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        note(
            &self.metrics,
            "put_session",
            self.inner.put_session(cookie_hash, expires_at, now),
        )
        .await
    }

    async fn session(&self, cookie_hash: &[u8; 32]) -> StoreResult<Option<DateTime<Utc>>> {
        note(&self.metrics, "session", self.inner.session(cookie_hash)).await
    }

    async fn delete_session(&self, cookie_hash: &[u8; 32]) -> StoreResult<bool> {
        note(
            &self.metrics,
            "delete_session",
            self.inner.delete_session(cookie_hash),
        )
        .await
    }

    async fn put_artifact(
        &self,
        run: RunId,
        artifact: &Artifact,
        most: usize,
    ) -> StoreResult<PutArtifact> {
        note(
            &self.metrics,
            "put_artifact",
            self.inner.put_artifact(run, artifact, most),
        )
        .await
    }

    async fn artifacts(&self, run: RunId) -> StoreResult<Vec<Artifact>> {
        note(&self.metrics, "artifacts", self.inner.artifacts(run)).await
    }

    async fn put_share(&self, share: &ShareRow) -> StoreResult<bool> {
        note(&self.metrics, "put_share", self.inner.put_share(share)).await
    }

    async fn share(&self, token_hash: &[u8; 32]) -> StoreResult<Option<ShareRow>> {
        note(&self.metrics, "share", self.inner.share(token_hash)).await
    }

    async fn shares(&self, run: RunId) -> StoreResult<Vec<ShareRow>> {
        note(&self.metrics, "shares", self.inner.shares(run)).await
    }

    async fn count_view(&self, share: ShareId) -> StoreResult<()> {
        note(&self.metrics, "count_view", self.inner.count_view(share)).await
    }

    async fn delete_share(&self, share: ShareId) -> StoreResult<Option<ShareRow>> {
        note(
            &self.metrics,
            "delete_share",
            self.inner.delete_share(share),
        )
        .await
    }

    async fn heard(&self, agent: AgentId, at: DateTime<Utc>, version: &str) -> StoreResult<()> {
        note(&self.metrics, "heard", self.inner.heard(agent, at, version)).await
    }

    async fn ready(&self) -> StoreResult<()> {
        note(&self.metrics, "ready", self.inner.ready()).await
    }

    async fn open(&self, run: RunId) -> StoreResult<Option<Box<dyn RunTx>>> {
        let opened = note(&self.metrics, "open", self.inner.open(run)).await?;
        Ok(opened.map(|inner| {
            let metrics = Arc::clone(&self.metrics);
            Box::new(MeasuredTx { inner, metrics }) as Box<dyn RunTx>
        }))
    }

    async fn disturbed(&self) -> Disturbance {
        self.inner.disturbed().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// A run that is open for a change, measured.
struct MeasuredTx {
    inner: Box<dyn RunTx>,
    metrics: Arc<Metrics>,
}

#[async_trait]
impl RunTx for MeasuredTx {
    fn row(&self) -> &RunRow {
        self.inner.row()
    }

    async fn events(&mut self, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        note(&self.metrics, "tx_events", self.inner.events(after, limit)).await
    }

    async fn numbered(
        &mut self,
        lease: LeaseId,
        from: u64,
        to: u64,
    ) -> StoreResult<Vec<(u64, AgentEvent)>> {
        note(
            &self.metrics,
            "tx_numbered",
            self.inner.numbered(lease, from, to),
        )
        .await
    }

    async fn append(&mut self, entries: &[Entry]) -> StoreResult<u64> {
        note(&self.metrics, "tx_append", self.inner.append(entries)).await
    }

    async fn commit(self: Box<Self>, row: RunRow) -> StoreResult<RunRow> {
        let Self { inner, metrics } = *self;
        note(&metrics, "tx_commit", inner.commit(row)).await
    }
}
