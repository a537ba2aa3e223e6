//! Files beside a run's log: handed in by its agent, downloaded by the operator.

use super::Shared;
use super::downloads::piped;
use super::extract::{Agent, Params, Run};
use super::problem::ApiError;
use crate::artifacts::{self, Incoming};
use crate::runs::RunError;
use axum::Json as Answer;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use futures::StreamExt;
use model::{Artifact, LeaseId};
use serde::Deserialize;
use std::convert::Infallible;
use std::io;
use std::time::Duration;
use utoipa::IntoParams;

/// A file that comes in may stop for this long.
const STALLED: Duration = Duration::from_secs(30);
/// And take this long in all.
const WHOLE: Duration = Duration::from_secs(15 * 60);

/// The file that the address names.
pub(super) struct Named(String);

impl FromRequestParts<Shared> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        Ok(Self(path.map(|Path((_, name))| name).unwrap_or_default()))
    }
}

/// Under which claim a file is handed in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HandIn {
    /// The claim.
    lease: LeaseId,
}

/// Hands in a file of a run, whole.
#[utoipa::path(post, path = "/api/agent/runs/{id}/artifacts/{name}", tag = "agent",
    params(("id" = uuid::Uuid, Path), ("name" = String, Path), HandIn),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, body = Artifact),
    (status = 200, body = Artifact, description = "It was there already, with the same bytes"),
    (status = 401, body = model::Problem, description = "No token, or a wrong one", content_type = "application/problem+json"),
    (status = 403, body = model::Problem, description = "Another agent's run", content_type = "application/problem+json"),
    (status = 409, body = model::Problem, description = "Another file of that name is there, or too late", content_type = "application/problem+json"),
    (status = 413, body = model::Problem, description = "Too large", content_type = "application/problem+json"),
    (status = 422, body = model::Problem, description = "No file of a run is called so, or it has enough", content_type = "application/problem+json"),
))]
pub(super) async fn hand_in(
    State(app): State<Shared>,
    Agent(agent): Agent,
    Run(run): Run,
    Named(name): Named,
    Params(HandIn { lease }): Params<HandIn>,
    request: Request,
) -> Result<(StatusCode, Answer<Artifact>), ApiError> {
    let most = app.caps.artifact_bytes;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut incoming = artifacts::begin(&app, agent.id, run, lease, &name).await?;
    let whole = tokio::time::timeout(WHOLE, receive(request, &mut incoming, most));
    whole.await.unwrap_or_else(|_| Err(too_slow()))?;
    let (artifact, new) = incoming.finish(&app).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Answer(artifact)))
}

async fn receive(request: Request, incoming: &mut Incoming, most: u64) -> Result<(), ApiError> {
    let mut chunks = request.into_body().into_data_stream();
    while let Some(chunk) = tokio::time::timeout(STALLED, chunks.next())
        .await
        .map_err(|_| too_slow())?
    {
        let chunk = chunk.map_err(|_| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "body_broken",
                "The body did not arrive whole.",
            )
        })?;
        if incoming.bytes() + chunk.len() as u64 > most {
            return Err(too_large(most));
        }
        incoming.write(&chunk).await?;
    }
    Ok(())
}

fn too_large(most: u64) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("The body is larger than {most} bytes."),
    )
}

fn too_slow() -> ApiError {
    ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "The body did not arrive in time.",
    )
}

/// A file of the run, as its agent handed it in.
#[utoipa::path(get, path = "/api/runs/{id}/artifacts/{name}", tag = "downloads",
    params(("id" = uuid::Uuid, Path), ("name" = String, Path)), responses(
    (status = 200, content_type = "application/octet-stream", description = "Its bytes"),
    (status = 404, body = model::Problem, description = "There is no such run, or it has no such file", content_type = "application/problem+json"),
))]
pub(super) async fn download(
    State(app): State<Shared>,
    Run(run): Run,
    Named(name): Named,
) -> Result<Response, ApiError> {
    let artifact = artifacts::named(&app, run, &name).await?;
    let opened = {
        let (app, hash) = (app.clone(), artifact.sha256.clone());
        tokio::task::spawn_blocking(move || app.files.open(run, &hash)).await
    };
    let Ok(Ok(mut file)) = opened else {
        tracing::error!(run.id = %run, artifact.name = artifact.name, "a file is written down and not there");
        return Err(RunError::NoArtifact.into());
    };
    let kind = artifact.kind.media_type();
    let mut response = piped(run, kind, &artifact.name, move |mut out| {
        io::copy(&mut file, &mut out).map(drop).map_err(Into::into)
    });
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, artifact.bytes.into());
    Ok(response)
}
