//! The portal's log: JSON, one object a line, on standard error. What is never logged is in `docs/LOGGING.md`.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// What is logged unless the settings say otherwise. Libraries log values (statements, headers) at finer
/// levels, so they stay at `warn` whatever is asked for ours.
pub const DEFAULT: &str = "info";

/// Starts logging.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start(level: &str) -> Result<(), TelemetryError> {
    let level: tracing::Level = level.parse().map_err(|_| TelemetryError::Level)?;
    let filter = format!("warn,server={level},agent={level},lab={level},linecheck={level}");
    let filter = EnvFilter::try_new(filter).map_err(|_| TelemetryError::Level)?;
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()?;
    Ok(())
}

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Not a level.
    #[error("the log level must be error, warn, info, debug or trace")]
    Level,
    /// Started before.
    #[error(transparent)]
    Started(#[from] TryInitError),
}
