//! The portal's API, over HTTP, on a real store. The modules mirror the routes.
//!
//! Runs are made by a fake agent that speaks the agents' API, so that every order of things can be had.

mod agents;
mod artifacts;
mod documents;
mod downloads;
mod drain;
mod enrolment;
mod group_of_agents;
mod groups;
mod guard;
mod ingest;
mod lifecycle;
mod metrics;
mod restart;
mod retain;
mod runs;
mod shares;
mod stream;
mod support;

/// These are told on SQLite; `api_postgres` tells some of them again.
fn database(_: &std::path::Path) -> Option<server::store::Address> {
    None
}
