//! `/api/patterns`: what runs found, in counts.

use super::Shared;
use super::problem::ApiError;
use crate::runs;
use axum::Json as Answer;
use axum::extract::State;
use model::Patterns;

/// What the runs of the last 12 weeks found, in counts. Runs that opted out are not in it.
#[utoipa::path(get, path = "/api/patterns", tag = "runs", responses((status = 200, body = Patterns)))]
pub(super) async fn get(State(app): State<Shared>) -> Result<Answer<Patterns>, ApiError> {
    Ok(Answer(runs::patterns(&app).await?))
}
