//! The pages: thin, each one a layout over parts and state.

mod new_run;
mod not_found;
mod run;
mod runs;

pub(crate) use new_run::NewRun;
pub(crate) use not_found::NotFound;
pub(crate) use run::Run;
pub(crate) use runs::Runs;
