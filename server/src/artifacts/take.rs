//! Taking a file in, and finding it again.

use super::{Draft, refused};
use crate::app::App;
use crate::runs::{RunError, may_hand_in};
use crate::store::PutArtifact;
use model::{AgentId, Artifact, ArtifactKind, LeaseId, RunId};
use sha2::{Digest, Sha256};

/// A file on its way in.
pub struct Incoming {
    draft: Box<dyn Draft>,
    sha256: Sha256,
    run: RunId,
    name: String,
    kind: ArtifactKind,
    bytes: u64,
}

/// Begins to take a file in, from the agent that holds or held the run's lease.
///
/// # Errors
/// When it is not that agent's to hand in, or comes too late, or the run has enough.
pub async fn begin(
    app: &App,
    agent: AgentId,
    run: RunId,
    lease: LeaseId,
    name: &str,
) -> Result<Incoming, RunError> {
    let row = app.store.run(run).await?.ok_or(RunError::NotFound)?;
    may_hand_in(app, &row, agent, lease)?;
    let kind = ArtifactKind::of(name).ok_or_else(|| {
        RunError::invalid("bad_artifact_name", "No file of a run is called like this.")
    })?;
    let there = app.store.artifacts(run).await?;
    if there.len() >= app.caps.artifacts && !there.iter().any(|one| one.name == name) {
        return Err(too_many());
    }
    Ok(Incoming {
        draft: app.files.begin().await.map_err(refused)?,
        sha256: Sha256::new(),
        run,
        name: name.to_owned(),
        kind,
        bytes: 0,
    })
}

impl Incoming {
    /// Bytes so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes more of it.
    ///
    /// # Errors
    /// When the disk does not.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        self.draft.write(bytes).await.map_err(refused)?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// It is whole: keeps it, and says whether it is new.
    ///
    /// # Errors
    /// When another file of that name is there, or the run is gone.
    pub async fn finish(self, app: &App) -> Result<(Artifact, bool), RunError> {
        let artifact = Artifact {
            name: self.name,
            bytes: self.bytes,
            sha256: hex::encode(self.sha256.finalize()),
            kind: self.kind,
            left_out: false,
        };
        let run = self.run;
        let kept = self.draft.keep(run, &artifact.sha256).await;
        kept.map_err(refused)?;
        match app
            .store
            .put_artifact(run, &artifact, app.caps.artifacts)
            .await?
        {
            PutArtifact::New => {
                tracing::info!(
                    run.id = %run,
                    artifact.name = artifact.name,
                    artifact.bytes = artifact.bytes,
                    "file taken in"
                );
                app.wake.run_changed(run);
                Ok((artifact, true))
            }
            PutArtifact::Same => Ok((artifact, false)),
            PutArtifact::Other => Err(RunError::Settled {
                code: "artifact_conflict",
                reason: "The run has another file of this name.",
            }),
            PutArtifact::TooMany => Err(too_many()),
            PutArtifact::NoRun => {
                app.sweeper.wake();
                Err(RunError::NotFound)
            }
        }
    }
}

fn too_many() -> RunError {
    RunError::invalid(
        "too_many_artifacts",
        "The run has as many files as it may have.",
    )
}

/// A run's file of that name.
///
/// # Errors
/// When there is no such run, or it has no such file.
pub async fn named(app: &App, run: RunId, name: &str) -> Result<Artifact, RunError> {
    let all = app.store.artifacts(run).await?;
    match all.into_iter().find(|artifact| artifact.name == name) {
        Some(artifact) => Ok(artifact),
        None if app.store.tail(run).await?.is_none() => Err(RunError::NotFound),
        None => Err(RunError::NoArtifact),
    }
}
