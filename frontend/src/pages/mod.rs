//! The pages: thin, each one a layout over parts and state.

mod agents;
mod decode;
mod group;
mod link;
mod login;
mod new_run;
mod not_found;
mod open;
mod patterns;
mod replicas;
mod run;
mod runs;

pub(crate) use agents::Agents;
pub(crate) use decode::Decode;
pub(crate) use group::{Group, Heartbeats, Page as GroupPage, Replicas};
pub(crate) use link::Link;
pub(crate) use login::Login;
pub(crate) use new_run::{NewRun, Page as StartPage, what_lasts};
pub(crate) use not_found::NotFound;
pub(crate) use open::Open;
pub(crate) use patterns::Patterns;
pub(crate) use replicas::ReplicaSessions;
pub(crate) use run::{Lasting, Page as RunPage, Run, Shared};
pub(crate) use runs::Runs;
