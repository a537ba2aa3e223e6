//! `/api/agents`, enrolments and `/api/practice`: where runs can be made from, and what they can be tried on.

use super::Shared;
use super::extract::{NamedAgent, Nothing};
use super::problem::ApiError;
use crate::agents;
use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use model::api::{AgentView, Enrolment, NewEnrolment, Practice};

/// The agents, the portal's own first.
#[utoipa::path(get, path = "/api/agents", tag = "agents", responses((status = 200, body = Vec<AgentView>)))]
pub(super) async fn list(State(app): State<Shared>) -> Result<Answer<Vec<AgentView>>, ApiError> {
    Ok(Answer(agents::all(&app).await?))
}

/// Makes a token that admits one agent.
#[utoipa::path(post, path = "/api/agents/enrolments", tag = "agents", request_body = NewEnrolment, responses(
    (status = 201, body = Enrolment, description = "The only time that the token is seen"),
    (status = 409, body = model::Problem, description = "Too many agents or open enrolments", content_type = "application/problem+json"),
))]
pub(super) async fn invite(
    State(app): State<Shared>,
    Nothing: Nothing,
) -> Result<(StatusCode, Answer<Enrolment>), ApiError> {
    let enrolment = agents::invite(&app).await?;
    Ok((StatusCode::CREATED, Answer(enrolment)))
}

/// Removes an agent: its token is refused from now on, its runs are interrupted.
#[utoipa::path(delete, path = "/api/agents/{id}", tag = "agents", params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "Gone"),
    (status = 404, body = model::Problem, description = "There is no such agent", content_type = "application/problem+json"),
    (status = 409, body = model::Problem, description = "It is the portal's own", content_type = "application/problem+json"),
))]
pub(super) async fn remove(
    State(app): State<Shared>,
    NamedAgent(agent): NamedAgent,
) -> Result<StatusCode, ApiError> {
    agents::remove(&app, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The practice targets; none when the portal was started without.
#[utoipa::path(get, path = "/api/practice", tag = "agents", responses((status = 200, body = Vec<Practice>)))]
pub(super) async fn practice(State(app): State<Shared>) -> Answer<Vec<Practice>> {
    Answer(app.practice.clone())
}
