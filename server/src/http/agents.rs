//! `/api/agents` and `/api/practice`: where runs can be made from, and what they can be tried on.

use super::Shared;
use super::problem::ApiError;
use crate::agents;
use axum::Json as Answer;
use axum::extract::State;
use model::api::{AgentView, Practice};

/// The agents, the portal's own first.
#[utoipa::path(get, path = "/api/agents", tag = "agents", responses((status = 200, body = Vec<AgentView>)))]
pub(super) async fn list(State(app): State<Shared>) -> Result<Answer<Vec<AgentView>>, ApiError> {
    Ok(Answer(agents::all(&app).await?))
}

/// The practice targets; none when the portal was started without.
#[utoipa::path(get, path = "/api/practice", tag = "agents", responses((status = 200, body = Vec<Practice>)))]
pub(super) async fn practice(State(app): State<Shared>) -> Answer<Vec<Practice>> {
    Answer(app.practice.clone())
}
