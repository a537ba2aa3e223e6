//! `/api/agent`: what agents call, with their token; the first call, with an enrolment's.

use super::Shared;
use super::extract::{Agent, BATCH, Json, Run};
use super::problem::ApiError;
use crate::{agents, runs};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use model::agent_api::{
    CleaningReport, Enrol, Enrolled, EventAck, EventBatch, Heartbeat, HeartbeatReply, Poll,
    PollReply,
};

/// Admits an agent that brings an enrolment's token.
#[utoipa::path(post, path = "/api/agent/enrol", tag = "agent", request_body = Enrol, responses(
    (status = 201, body = Enrolled),
    (status = 401, body = model::Problem, description = "The token was used, has expired or never was", content_type = "application/problem+json"),
    (status = 422, body = model::Problem, description = "The name or the key cannot be used", content_type = "application/problem+json"),
))]
pub(super) async fn enrol(
    State(app): State<Shared>,
    Json(asked): Json<Enrol>,
) -> Result<(StatusCode, Answer<Enrolled>), ApiError> {
    let enrolled = agents::enrol(&app, asked).await?;
    Ok((StatusCode::CREATED, Answer(enrolled)))
}

/// Asks for work; held open until there is some.
#[utoipa::path(post, path = "/api/agent/poll", tag = "agent", request_body = Poll, responses(
    (status = 200, body = PollReply),
    (status = 401, body = model::Problem, description = "No token, or a wrong one", content_type = "application/problem+json"),
))]
pub(super) async fn poll(
    State(app): State<Shared>,
    Agent(agent): Agent,
    Json(poll): Json<Poll>,
) -> Result<Answer<PollReply>, ApiError> {
    Ok(Answer(agents::poll(&app, agent.id, &poll).await?))
}

/// Renews leases.
#[utoipa::path(post, path = "/api/agent/heartbeat", tag = "agent", request_body = Heartbeat, responses(
    (status = 200, body = HeartbeatReply),
    (status = 401, body = model::Problem, description = "No token, or a wrong one", content_type = "application/problem+json"),
))]
pub(super) async fn heartbeat(
    State(app): State<Shared>,
    Agent(agent): Agent,
    Json(heartbeat): Json<Heartbeat>,
) -> Result<Answer<HeartbeatReply>, ApiError> {
    Ok(Answer(agents::heartbeat(&app, agent.id, &heartbeat).await?))
}

/// Hands in events of a run.
#[utoipa::path(post, path = "/api/agent/runs/{id}/events", tag = "agent", request_body = EventBatch,
    params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = EventAck),
    (status = 401, body = model::Problem, description = "No token, or a wrong one", content_type = "application/problem+json"),
    (status = 403, body = model::Problem, description = "Another agent's run", content_type = "application/problem+json"),
    (status = 409, body = model::Problem, description = "A gap, other content under the same number, or too late", content_type = "application/problem+json"),
))]
pub(super) async fn events(
    State(app): State<Shared>,
    Agent(agent): Agent,
    Run(run): Run,
    Json(batch): Json<EventBatch, BATCH>,
) -> Result<Answer<EventAck>, ApiError> {
    Ok(Answer(runs::ingest(&app, agent.id, run, batch).await?))
}

/// Says what became, after a run, of objects that it had made on the server.
#[utoipa::path(post, path = "/api/agent/runs/{id}/cleaning", tag = "agent", request_body = CleaningReport,
    params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "Taken, now or before"),
    (status = 401, body = model::Problem, description = "No token, or a wrong one", content_type = "application/problem+json"),
    (status = 403, body = model::Problem, description = "Another agent's run", content_type = "application/problem+json"),
    (status = 404, body = model::Problem, description = "There is no such run", content_type = "application/problem+json"),
    (status = 409, body = model::Problem, description = "Another lease", content_type = "application/problem+json"),
))]
pub(super) async fn cleaning(
    State(app): State<Shared>,
    Agent(agent): Agent,
    Run(run): Run,
    Json(report): Json<CleaningReport>,
) -> Result<StatusCode, ApiError> {
    runs::cleaned(&app, agent.id, run, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
