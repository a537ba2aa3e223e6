//! What agents say, after a run, of the objects that it had made on the server.
//!
//! Whether a run is `cleaning` is no state of its own: it stands beside whatever state the run is in, for as long as
//! its log holds an object that was announced and not read back as gone, unless its agent gave up.

use super::RunError;
use super::change::write;
use super::ingest::held;
use super::lifecycle::Input;
use crate::app::App;
use crate::store::Entry;
use model::agent_api::CleaningReport;
use model::{AgentId, EventBody, Observation, RunId};

/// Objects of one report.
const MOST: usize = 256;

/// Takes a report. One that came before changes nothing.
///
/// # Errors
/// When it is another agent's run, or no lease of it.
pub async fn cleaned(
    app: &App,
    agent: AgentId,
    run: RunId,
    report: CleaningReport,
) -> Result<(), RunError> {
    if report.gone.len() > MOST {
        return Err(RunError::invalid(
            "too_many_objects",
            "A report names at most 256 objects.",
        ));
    }
    let tx = app.store.open(run).await?.ok_or(RunError::NotFound)?;
    let row = tx.row().clone();
    held(&row, agent, report.lease)?;
    if !row.cleaning {
        return Ok(());
    }
    let entry = Entry {
        at: app.now(),
        elapsed_us: None,
        body: EventBody::CleaningReported {
            gone: report.gone,
            given_up: report.given_up,
        },
        number: None,
    };
    let row = write(app, tx, row, Input::Cleaned, vec![entry]).await?;
    tracing::info!(run.id = %run, run.cleaning = row.cleaning, "objects on the server cleaned up");
    Ok(())
}

/// Whether an entry of the log may change whether the run is cleaning.
pub(super) fn concerns(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::CleaningReported { .. }
            | EventBody::Observed {
                observation: Observation::ServerObject(_),
                ..
            }
    )
}
