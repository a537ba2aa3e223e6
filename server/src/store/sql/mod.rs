//! The store in SQL, written once and compiled for each database: whoever includes it says which.
//!
//! The statements are what both databases understand. What differs stands outside: how connections are made and
//! kept, the tables, and how a run is locked ([`super::LOCK_RUN`]).

mod access;
mod agents;
mod artifacts;
mod list;
mod patterns;
mod rows;
mod runs;
mod shares;
mod sweep;
mod tx;

use super::{Connection, Db, LOCK_RUN, Own, SqlRow};
use crate::store::{
    AgentRow, Counts, Disturbance, Filter, FirstRun, LiveRun, PutArtifact, Retention, RunRow,
    RunTx, ShareRow, Store, StoreResult, Tail, within,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AgentId, Artifact, GroupId, LeaseId, RunEvent, RunId, RunSummary, ShareId};

#[async_trait]
impl Store for Own {
    async fn create_runs(&self, runs: &[FirstRun]) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            for FirstRun {
                row,
                practice,
                sealed,
                instance_sealed,
                entries,
            } in runs
            {
                runs::insert(&mut tx, row, *practice).await?;
                let boxes = (sealed.as_deref(), instance_sealed.as_deref());
                runs::keep_sealed(&mut tx, row.id(), boxes).await?;
                let (last_seq, log_bytes) = tx::append(&mut tx, row.id(), 0, 0, entries).await?;
                if row.state.is_settled() {
                    runs::complete(&mut tx, row, last_seq, log_bytes).await?;
                }
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn group(&self, group: GroupId) -> StoreResult<Vec<RunId>> {
        within(async { runs::of_group(&mut *self.reader().await?, group).await }).await
    }

    async fn run(&self, run: RunId) -> StoreResult<Option<RunRow>> {
        within(async { runs::get(&mut *self.reader().await?, run).await }).await
    }

    async fn runs(&self, filter: &Filter, limit: u32) -> StoreResult<Vec<RunSummary>> {
        within(async { list::list(&mut *self.reader().await?, filter, limit).await }).await
    }

    async fn counts(&self, since: DateTime<Utc>) -> StoreResult<Counts> {
        within(async { patterns::counts(&mut *self.reader().await?, since).await }).await
    }

    async fn hide_run(&self, run: RunId) -> StoreResult<bool> {
        within(async {
            let mut tx = self.begin().await?;
            let hidden = sweep::hide_one(&mut tx, run).await?;
            tx.commit().await?;
            Ok(hidden)
        })
        .await
    }

    async fn hide_runs(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        within(async {
            let mut tx = self.begin().await?;
            let hidden = sweep::hide(&mut tx, retention, limit).await?;
            tx.commit().await?;
            Ok(hidden)
        })
        .await
    }

    async fn sweep(&self, limit: u32) -> StoreResult<u64> {
        within(async {
            let mut tx = self.begin().await?;
            let gone = sweep::take_away(&mut tx, limit).await?;
            tx.commit().await?;
            Ok(gone)
        })
        .await
    }

    async fn tail(&self, run: RunId) -> StoreResult<Option<Tail>> {
        within(async { runs::tail(&mut *self.reader().await?, run).await }).await
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        within(async { tx::events(&mut *self.reader().await?, run, after, limit).await }).await
    }

    async fn sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        within(async { runs::sealed(&mut *self.reader().await?, run).await }).await
    }

    async fn instance_sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        within(async { runs::instance_sealed(&mut *self.reader().await?, run).await }).await
    }

    async fn live_runs(&self, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>> {
        within(async { runs::live(&mut *self.reader().await?, agent).await }).await
    }

    async fn run_of_lease(&self, lease: LeaseId) -> StoreResult<Option<RunId>> {
        within(async { runs::of_lease(&mut *self.reader().await?, lease).await }).await
    }

    async fn open(&self, run: RunId) -> StoreResult<Option<Box<dyn RunTx>>> {
        within(async {
            let mut tx = self.begin().await?;
            runs::lock(&mut tx, run).await?;
            let row = runs::get(&mut tx, run).await?;
            Ok(row.map(|row| Box::new(tx::OpenRun::new(tx, row)) as Box<dyn RunTx>))
        })
        .await
    }

    async fn put_agent(&self, agent: &AgentRow) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            agents::put(&mut tx, agent).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn agents(&self) -> StoreResult<Vec<AgentRow>> {
        within(async { agents::all(&mut *self.reader().await?).await }).await
    }

    async fn agent_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AgentRow>> {
        within(async { agents::by_token(&mut *self.reader().await?, token_hash).await }).await
    }

    async fn delete_agent(&self, agent: AgentId) -> StoreResult<bool> {
        within(async {
            let mut tx = self.begin().await?;
            let gone = agents::delete(&mut tx, agent).await?;
            tx.commit().await?;
            Ok(gone)
        })
        .await
    }

    async fn put_enrolment(
        &self,
        token_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            access::put_enrolment(&mut tx, token_hash, expires_at, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn enrol(
        &self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
        agent: &AgentRow,
    ) -> StoreResult<bool> {
        within(async {
            let mut tx = self.begin().await?;
            if !access::use_enrolment(&mut tx, token_hash, now).await? {
                return Ok(false);
            }
            agents::put(&mut tx, agent).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn put_session(
        &self,
        cookie_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            access::put_session(&mut tx, cookie_hash, expires_at, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn session(&self, cookie_hash: &[u8; 32]) -> StoreResult<Option<DateTime<Utc>>> {
        within(async { access::session(&mut *self.reader().await?, cookie_hash).await }).await
    }

    async fn delete_session(&self, cookie_hash: &[u8; 32]) -> StoreResult<bool> {
        within(async {
            let mut tx = self.begin().await?;
            let gone = access::delete_session(&mut tx, cookie_hash).await?;
            tx.commit().await?;
            Ok(gone)
        })
        .await
    }

    async fn put_artifact(
        &self,
        run: RunId,
        artifact: &Artifact,
        most: usize,
    ) -> StoreResult<PutArtifact> {
        within(async {
            let mut tx = self.begin().await?;
            runs::lock(&mut tx, run).await?;
            let put = artifacts::put(&mut tx, run, artifact, most).await?;
            tx.commit().await?;
            Ok(put)
        })
        .await
    }

    async fn artifacts(&self, run: RunId) -> StoreResult<Vec<Artifact>> {
        within(async { artifacts::of_run(&mut *self.reader().await?, run).await }).await
    }

    async fn put_share(&self, share: &ShareRow) -> StoreResult<bool> {
        within(async {
            let mut tx = self.begin().await?;
            runs::lock(&mut tx, share.run).await?;
            let made = shares::put(&mut tx, share).await?;
            tx.commit().await?;
            Ok(made)
        })
        .await
    }

    async fn share(&self, token_hash: &[u8; 32]) -> StoreResult<Option<ShareRow>> {
        within(async { shares::by_token(&mut *self.reader().await?, token_hash).await }).await
    }

    async fn shares(&self, run: RunId) -> StoreResult<Vec<ShareRow>> {
        within(async { shares::of_run(&mut *self.reader().await?, run).await }).await
    }

    async fn count_view(&self, share: ShareId) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            shares::count_view(&mut tx, share).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn delete_share(&self, share: ShareId) -> StoreResult<Option<ShareRow>> {
        within(async {
            let mut tx = self.begin().await?;
            let was = shares::delete(&mut tx, share).await?;
            tx.commit().await?;
            Ok(was)
        })
        .await
    }

    async fn heard(&self, agent: AgentId, at: DateTime<Utc>, version: &str) -> StoreResult<()> {
        within(async {
            let mut tx = self.begin().await?;
            agents::heard(&mut tx, agent, at, version).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn ready(&self) -> StoreResult<()> {
        within(async {
            sqlx::query("SELECT 1")
                .execute(&mut *self.reader().await?)
                .await?;
            let tx = self.begin().await?;
            Ok(tx.rollback().await?)
        })
        .await
    }

    async fn disturbed(&self) -> Disturbance {
        self.next_disturbance().await
    }

    async fn close(&self) {
        self.end().await;
    }
}
