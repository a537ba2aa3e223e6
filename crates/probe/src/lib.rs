//! The engine: a plan becomes steps, steps become observations. The only crate that touches a target.
//!
//! It states facts and never judges: what a failed step *means* is for the rules. It knows no portal, no spool
//! and no sealed form; its caller gives it a plan, the opened secret, a [`Context`] and a [`Sink`].
//!
//! ```text
//! run ─┬─ host_facts
//!      └─ hop 0 ─┬─ dns_lookup   one per source
//!                ├─ tcp_connect  one per address; the first established connection goes on:
//!                ├─ tds_prelogin, tls_handshake  one per address that connects
//!                └─ tds_login    at the first address that may carry it
//!      ┌─ tds_redirect (hop 1…), each with its own steps as above
//!      │   └─ token_request, ticket_request  once, by the first login that needs an access token or a Kerberos ticket
//!      ├─ sql_query    at the last hop
//!      ├─ database_lookup  in `master`, when the plan names another database
//!      └─ login_attempt    further logins, one after the other
//!
//! lasting: what goes on for minutes to days, once all of the above has gone well
//! beside the path, told by it: gateways, TLS versions, sign-in hosts… each a step of its own
//! network_trace  over all of it
//! ```
//!
//! Three habits hold throughout. Nothing that a peer sends can panic the engine or make it grow: every read
//! has a limit and a deadline. Every closed connection has one record of its end. The whole run is one future,
//! so dropping it closes everything.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod address;
mod beside;
mod connection;
mod context;
mod course;
mod failure;
mod files;
mod hop;
mod host;
mod identity;
mod instance;
mod ip_class;
mod journal;
mod lasting;
mod local_ports;
mod login;
mod login_step;
mod message;
mod names;
mod objects;
mod policy;
mod prelogin;
mod query;
mod record;
mod redirect;
mod route;
mod run;
mod signer;
mod stream;
mod tcp;
mod ticket;
mod tls;
mod token;
pub mod trace;

pub use context::{Context, LoginBudget, Secret, Secrets, Unlimited, instance_plan, system_roots};
pub use files::{Keep, KeptFile};
pub use identity::{BadIdentityAddress, IdentityAddress, IdentityEndpoints, Metadata};
pub use journal::{Journal, NoJournal};
pub use names::{NameSources, SystemLookup};
pub use objects::{Cleaned, clean};
pub use policy::{Allow, BadRule, Policy, Purpose, Refusal};
pub use record::Sink;
pub use run::run;

/// Every statement that the plan's link between a SQL Server and a managed instance would send, in its order.
#[must_use]
pub fn link_statements(plan: &model::Plan) -> Vec<model::lasting::PlannedStatement> {
    lasting::instance_link::planned(plan)
}

/// Every question that a server is asked about its availability replicas.
#[must_use]
pub fn replica_questions() -> Vec<String> {
    lasting::replica_questions()
}
