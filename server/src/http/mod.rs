//! HTTP: the only place that knows axum.
//!
//! A handler parses, authorises, calls one function of `runs` or `agents`, and maps the answer. Around all of
//! them stand, from the outside in: the request's id and its log line (`log`), the security headers
//! (`headers`), errors as problem+json (`problem`), the guard against foreign and cross-site calls (`guard`),
//! and who may call what (`access`). Beneath all of it, `serve` and `tls` make requests of connections.

mod access;
mod agent_api;
mod agents;
mod api_page;
mod artifacts;
mod downloads;
mod extract;
mod groups;
mod guard;
mod headers;
mod log;
mod login;
mod ops;
mod page;
mod patterns;
mod problem;
mod reader;
mod runs;
mod serve;
mod shares;
mod stream;
mod tls;

use crate::app::App;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::MethodRouter;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use serve::{Serving, serve};
pub(crate) use tls::Certificate;
pub use tls::TlsError;

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
        .routes(routes!(groups::create))
        .routes(routes!(groups::get))
        .routes(routes!(groups::events))
        .routes(routes!(groups::cancel))
        .routes(routes!(downloads::all_files))
        .routes(routes!(downloads::report_markdown))
        .routes(routes!(downloads::report_html))
        .routes(routes!(artifacts::download))
        .routes(routes!(shares::create, shares::list))
        .routes(routes!(shares::preview))
        .routes(routes!(shares::open, shares::revoke))
        .routes(routes!(shares::events))
        .routes(routes!(shares::all_files))
        .routes(routes!(shares::report_markdown))
        .routes(routes!(shares::report_html))
        .routes(routes!(patterns::get))
        .routes(routes!(agents::practice))
        .routes(routes!(agents::list))
        .routes(routes!(agents::invite))
        .routes(routes!(agents::remove))
        .routes(routes!(agent_api::enrol))
        .routes(routes!(login::session))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
        .merge(agent_api())
}

fn agent_api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(agent_api::poll))
        .routes(routes!(agent_api::heartbeat))
        .routes(routes!(agent_api::events))
        .routes(routes!(agent_api::cleaning))
        .routes(routes!(artifacts::hand_in))
}

/// The API's description.
#[must_use]
pub fn openapi() -> Document {
    api().into_openapi()
}

/// Every route, as `METHOD /path`.
#[must_use]
pub fn routes() -> BTreeSet<String> {
    let document = openapi();
    let plain = plain(&document);
    access::routes(&document, plain.iter().map(|(path, _)| *path))
}

/// A route that is only read.
type Read = (&'static str, MethodRouter<Shared>);

/// The routes that the description does not list.
fn plain(document: &Document) -> Vec<Read> {
    let mut routes = vec![ops::openapi(document)];
    routes.extend(api_page::routes());
    routes.extend(page::routes());
    routes
}

/// A route is missing in the table of who may call what, or the table has one that is none.
#[derive(Debug, thiserror::Error)]
#[error("routes and the table of who may call them differ: {0:?}")]
pub struct Unlisted(Vec<String>);

/// All routes and what stands around them.
///
/// # Errors
/// When it is not said of each who may call it.
pub(crate) fn router(app: &Shared) -> Result<Router, Unlisted> {
    let (api, document) = api().split_for_parts();
    let plain = plain(&document);
    let routes = access::routes(&document, plain.iter().map(|(path, _)| *path));
    let differences = access::differences(&routes);
    if !differences.is_empty() {
        return Err(Unlisted(differences));
    }
    let routes = plain
        .into_iter()
        .fold(api, |router, (path, route)| router.route(path, route));
    Ok(guarded(routes.fallback(page::file), app))
}

/// What agents call and nothing else: for the portal's own agent, where all else wants TLS.
pub(crate) fn agents_router(app: &Shared) -> Router {
    let (routes, _) = agent_api().split_for_parts();
    guarded(routes, app)
}

fn guarded(routes: Router<Shared>, app: &Shared) -> Router {
    let app = Arc::clone(app);
    routes
        .layer(from_fn_with_state(Arc::clone(&app), access::keep))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(from_fn(problem::finish))
        .layer(from_fn_with_state(Arc::clone(&app), headers::add))
        .layer(from_fn_with_state(Arc::clone(&app), log::request))
        .with_state(app)
}
