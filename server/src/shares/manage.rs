//! Making, listing and revoking links: the operator's side.

use super::open::token_hash;
use crate::app::App;
use crate::runs::RunError;
use crate::store::ShareRow;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use model::api::{NewShare, ShareCreated, ShareView};
use model::{RunId, ShareId};

/// Links of one run.
pub const MOST: usize = 50;

/// Makes a link. Its token is in the answer and nowhere else.
///
/// # Errors
/// When there is no such run, its life is too short or too long, or the run has too many.
pub async fn create(app: &App, run: RunId, asked: &NewShare) -> Result<ShareCreated, RunError> {
    if !(NewShare::LEAST_S..=NewShare::MOST_S).contains(&asked.expires_in_s) {
        return Err(RunError::invalid(
            "bad_expiry",
            "expires_in_s must be between 60 (a minute) and 7776000 (90 days).",
        ));
    }
    let _one = app.shares.making.lock().await;
    let now = app.now();
    let (kept, over): (Vec<_>, Vec<_>) = app
        .store
        .shares(run)
        .await?
        .into_iter()
        .partition(|share| share.expires_at > now);
    for share in over {
        app.store.delete_share(share.id).await?;
    }
    if kept.len() >= MOST {
        return Err(RunError::invalid(
            "too_many_shares",
            format!("The run has {MOST} share links. Revoke one first."),
        ));
    }
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let share = ShareRow {
        id: ShareId(app.ids.make(now)),
        token_hash: token_hash(&token),
        run,
        redact: asked.redact,
        created_at: now,
        expires_at: now + TimeDelta::seconds(i64::from(asked.expires_in_s)),
        last_seq: None,
        views: 0,
    };
    if !app.store.put_share(&share).await? {
        return Err(RunError::NotFound);
    }
    tracing::info!(
        run.id = %run,
        share.id = %share.id,
        share.redact = share.redact.as_str(),
        share.expires_at = %share.expires_at,
        "share link made"
    );
    Ok(ShareCreated {
        id: share.id,
        url: format!("{}/s/{token}", app.gate.reach.public_url),
    })
}

/// The links of a run that are good, newest first.
///
/// # Errors
/// When there is no such run.
pub async fn list(app: &App, run: RunId) -> Result<Vec<ShareView>, RunError> {
    let now = app.now();
    let shares = app.store.shares(run).await?;
    if shares.is_empty() && app.store.tail(run).await?.is_none() {
        return Err(RunError::NotFound);
    }
    let good = shares.into_iter().filter(|share| share.expires_at > now);
    Ok(good.map(view).collect())
}

fn view(share: ShareRow) -> ShareView {
    ShareView {
        id: share.id,
        redact: share.redact,
        created_at: share.created_at,
        expires_at: share.expires_at,
        last_seq: share.last_seq,
        views: share.views,
    }
}

/// Ends a link, and whatever is open of it.
///
/// # Errors
/// When there is none.
pub async fn revoke(app: &App, share: ShareId) -> Result<(), RunError> {
    let gone = app.store.delete_share(share).await?;
    let gone = gone.ok_or(RunError::NoShare)?;
    app.wake.run_changed(gone.run);
    tracing::info!(run.id = %gone.run, share.id = %gone.id, "share link revoked");
    Ok(())
}
