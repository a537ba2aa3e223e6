//! Statements about files beside a run's log. Their bytes are not the database's.

use super::{Connection, SqlRow, rows};
use crate::store::{PutArtifact, StoreError, StoreResult};
use model::{Artifact, ArtifactKind, RunId};
use sqlx::Row;

/// The run is locked: of two that come at once, one finds the other.
pub(super) async fn put(
    db: &mut Connection,
    run: RunId,
    artifact: &Artifact,
    most: usize,
) -> StoreResult<PutArtifact> {
    let there = of_run(db, run).await?;
    if let Some(kept) = there.iter().find(|kept| kept.name == artifact.name) {
        let same = kept.sha256 == artifact.sha256 && kept.bytes == artifact.bytes;
        return Ok(if same {
            PutArtifact::Same
        } else {
            PutArtifact::Other
        });
    }
    if there.len() >= most {
        return Ok(PutArtifact::TooMany);
    }
    let hash = hex::decode(&artifact.sha256)
        .map_err(|_| StoreError::Corrupt("a hash that is not hex".into()))?;
    let made = sqlx::query(
        "INSERT INTO artifacts (run, name, bytes, sha256) \
         SELECT r.id, $2, $3, $4 FROM runs r WHERE r.id = $1 AND NOT r.hidden",
    )
    .bind(run.0)
    .bind(&artifact.name)
    .bind(rows::to_i64(artifact.bytes)?)
    .bind(hash)
    .execute(db)
    .await?
    .rows_affected();
    Ok(if made > 0 {
        PutArtifact::New
    } else {
        PutArtifact::NoRun
    })
}

pub(super) async fn of_run(db: &mut Connection, run: RunId) -> StoreResult<Vec<Artifact>> {
    let found = sqlx::query(
        "SELECT a.name, a.bytes, a.sha256 FROM artifacts a JOIN runs r ON r.id = a.run \
         WHERE a.run = $1 AND NOT r.hidden ORDER BY a.name",
    )
    .bind(run.0)
    .fetch_all(db)
    .await?;
    found.iter().map(artifact).collect()
}

fn artifact(row: &SqlRow) -> StoreResult<Artifact> {
    let name: String = row.try_get("name")?;
    let hash: Vec<u8> = row.try_get("sha256")?;
    let kind = ArtifactKind::of(&name)
        .ok_or_else(|| StoreError::Corrupt("a file of a name that none has".into()))?;
    Ok(Artifact {
        kind,
        name,
        bytes: rows::to_u64(row.try_get("bytes")?)?,
        sha256: hex::encode(hash),
        left_out: false,
    })
}
