//! Where the events of a run come from.

use model::{Artifact, RunEvent};
use std::io::Read;
use thiserror::Error;

/// Why something could not be written.
#[derive(Debug, Error)]
pub enum Error {
    /// The log could not be read.
    #[error("the run's log could not be read")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The receiving end could not take it.
    #[error("the output could not be written")]
    Output(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<std::fmt::Error> for Error {
    fn from(error: std::fmt::Error) -> Self {
        Self::Output(Box::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Output(Box::new(error))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(Box::new(error))
    }
}

/// A run's log, in order of `seq`. A keeper with a large log visits it page by page, so it is never in memory
/// as a whole. It is visited several times for one archive; events after the run's `last_seq` are left out, so
/// a log that grows meanwhile does no harm.
pub trait Log {
    /// Calls `visit` for each event, in order, and stops at its first error.
    ///
    /// # Errors
    /// [`Error::Log`] when the log cannot be read; else what `visit` said.
    fn each(&self, visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>) -> Result<(), Error>;

    /// The bytes of a file beside the log. A keeper of a log alone has none.
    ///
    /// # Errors
    /// [`Error::Log`] when there is none, or it cannot be read.
    fn artifact(&self, artifact: &Artifact) -> Result<Box<dyn Read + '_>, Error> {
        let name = &artifact.name;
        Err(Error::Log(format!("{name} is not kept here").into()))
    }
}

impl<L: Log> Log for &L {
    fn each(&self, visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>) -> Result<(), Error> {
        (**self).each(visit)
    }

    fn artifact(&self, artifact: &Artifact) -> Result<Box<dyn Read + '_>, Error> {
        (**self).artifact(artifact)
    }
}

impl Log for &[RunEvent] {
    fn each(&self, visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>) -> Result<(), Error> {
        self.iter().try_for_each(visit)
    }
}

impl Log for Vec<RunEvent> {
    fn each(&self, visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>) -> Result<(), Error> {
        self.iter().try_for_each(visit)
    }
}
