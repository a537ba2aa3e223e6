//! Opening a link: the stranger's side, and the preview of it.

use crate::app::App;
use crate::runs::{self, RunError};
use crate::store::{ShareRow, StoreResult};
use bundle::redact::Redactor;
use chrono::{DateTime, Utc};
use model::api::SharedRun;
use model::{Redaction, RunId, RunView};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A link that is good, and how far it shows its run.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The link.
    pub share: ShareRow,
    /// Highest `seq` that it shows now.
    pub last_seq: u64,
}

/// What is kept of a token.
pub(super) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Opens the link with this token. Whatever is wrong with it takes the same way to the same answer.
///
/// # Errors
/// [`RunError::NoShare`] when it is unknown, malformed, expired or revoked, or its run is gone.
pub async fn open(app: &App, token: &str) -> Result<Opened, RunError> {
    again(app, &token_hash(token))
        .await?
        .ok_or(RunError::NoShare)
}

/// The link of this hash, while it is good.
pub(super) async fn again(app: &App, hash: &[u8; 32]) -> StoreResult<Option<Opened>> {
    let good =
        |share: &ShareRow| bool::from(share.token_hash.ct_eq(hash)) && share.expires_at > app.now();
    let Some(found) = app.store.share(hash).await?.filter(good) else {
        return Ok(None);
    };
    // Where the log ends is read before whether the link still follows it: else a run that settles in between,
    // and goes on, would be shown too far.
    let tail = app.store.tail(found.run).await?;
    let share = app.store.share(hash).await?.filter(good);
    let (Some(share), Some(tail)) = (share, tail) else {
        return Ok(None);
    };
    Ok(Some(Opened {
        last_seq: share.last_seq.unwrap_or(tail.last_seq),
        share,
    }))
}

/// Whether the link of this hash is still good.
///
/// # Errors
/// The store's.
pub async fn still_good(app: &App, hash: &[u8; 32]) -> StoreResult<bool> {
    Ok(again(app, hash).await?.is_some())
}

/// What a link shows.
///
/// # Errors
/// When its run is gone.
pub async fn shared(app: &App, opened: &Opened) -> Result<SharedRun, RunError> {
    let share = &opened.share;
    let expires_at = Some(share.expires_at);
    match redacted(app, share.run, opened.last_seq, share.redact, expires_at).await {
        Err(RunError::NotFound) => Err(RunError::NoShare),
        other => other,
    }
}

/// What a link to this run would show if it were made now.
///
/// # Errors
/// When there is no such run.
pub async fn preview(app: &App, run: RunId, redact: Redaction) -> Result<SharedRun, RunError> {
    let tail = app.store.tail(run).await?.ok_or(RunError::NotFound)?;
    redacted(app, run, tail.last_seq, redact, None).await
}

/// The run of a link, whole, as far as the link shows it.
///
/// # Errors
/// When its run is gone.
pub async fn whole(app: &App, opened: &Opened) -> Result<RunView, RunError> {
    let _turn = app.shares.folds.acquire().await;
    let run = opened.share.run;
    let row = app.store.run(run).await?.ok_or(RunError::NoShare)?;
    Ok(runs::as_of(app.store.as_ref(), &row, opened.last_seq, |_| ()).await?)
}

async fn redacted(
    app: &App,
    run: RunId,
    last_seq: u64,
    redact: Redaction,
    expires_at: Option<DateTime<Utc>>,
) -> Result<SharedRun, RunError> {
    let _turn = app.shares.folds.acquire().await;
    let row = app.store.run(run).await?.ok_or(RunError::NotFound)?;
    let mut redactor = Redactor::new(redact);
    let whole: RunView = runs::as_of(app.store.as_ref(), &row, last_seq, |event| {
        redactor.event(event);
    })
    .await?;
    Ok(SharedRun {
        run: redactor.view(&whole),
        redact,
        expires_at,
        masked: redactor.masked(),
    })
}
