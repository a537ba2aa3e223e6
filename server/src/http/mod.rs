//! HTTP: the only place that knows axum.
//!
//! A handler parses, authorises, calls one function of `runs` or `agents`, and maps the answer. Around all of
//! them stand, from the outside in: the request's id and its log line (`log`), the security headers
//! (`headers`), errors as problem+json (`problem`), and the guard against foreign and cross-site calls
//! (`guard`).

mod agent_api;
mod agents;
mod api_page;
mod downloads;
mod extract;
mod groups;
mod guard;
mod headers;
mod log;
mod ops;
mod page;
mod problem;
mod reader;
mod runs;
mod stream;

use crate::app::App;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the handlers share.
pub(crate) type Shared = Arc<App>;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Linecheck",
        description = "Finds out why a connection to Azure SQL or SQL Server fails, drops or stalls."
    ),
    components(schemas(model::Problem, model::RunEvent))
)]
struct Api;

fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(runs::create, runs::list))
        .routes(routes!(runs::get, runs::delete))
        .routes(routes!(runs::cancel))
        .routes(routes!(stream::events))
        .routes(routes!(groups::get))
        .routes(routes!(groups::events))
        .routes(routes!(groups::cancel))
        .routes(routes!(downloads::all_files))
        .routes(routes!(downloads::report_markdown))
        .routes(routes!(downloads::report_html))
        .routes(routes!(agents::practice))
        .routes(routes!(agents::list))
        .routes(routes!(agents::invite))
        .routes(routes!(agents::remove))
        .routes(routes!(agent_api::enrol))
        .routes(routes!(agent_api::poll))
        .routes(routes!(agent_api::heartbeat))
        .routes(routes!(agent_api::events))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
}

/// The API's description.
#[must_use]
pub fn openapi() -> Document {
    api().into_openapi()
}

/// Serves until `drain`, then lets connections end.
pub(crate) async fn serve(
    app: Shared,
    listener: TcpListener,
    drain: CancellationToken,
) -> io::Result<()> {
    // Events are small and should not wait for each other.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router(app))
        .with_graceful_shutdown(drain.cancelled_owned())
        .await
}

/// All routes and what stands around them.
fn router(app: Shared) -> Router {
    let (api, document) = api().split_for_parts();
    api.merge(ops::openapi(&document))
        .merge(api_page::routes())
        .merge(page::routes())
        .fallback(page::file)
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(from_fn(problem::finish))
        .layer(from_fn(headers::add))
        .layer(from_fn_with_state(Arc::clone(&app), log::request))
        .with_state(app)
}
