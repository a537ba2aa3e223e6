//! An agent's events, taken into a run's log.
//!
//! An agent numbers its events `n` from 1 within its lease. What is stored is a prefix of them without gaps,
//! so a batch is the part that came before, which must be the same, and the part that is new:
//!
//! ```text
//!             1 … acked          acked+1 …
//!   stored   ██████████
//!   batch        ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓     compared │ appended
//!   batch                       ░░░░░░░░░     a gap: 409, `wanted` = acked + 1
//! ```
//!
//! All of a batch is taken in one transaction, or none of it.

use super::change::{life_of, write};
use super::deadlines::Due;
use super::lifecycle::{self, Input, LastWord};
use super::{RunError, lifecycle::Refused};
use crate::app::App;
use crate::config::Caps;
use crate::store::{Entry, Lease, RunRow, RunTx};
use model::agent_api::{EventAck, EventBatch};
use model::{AgentEvent, AgentId, EventBody, LeaseId, RunId, RunState};
use std::time::Duration;

/// Most events of one batch.
const LARGEST_BATCH: usize = 10_000;

/// Takes a batch.
///
/// # Errors
/// When it does not fit: another agent's, a gap, other content under the same number, after the last event,
/// too late.
pub async fn ingest(
    app: &App,
    agent: AgentId,
    run: RunId,
    batch: EventBatch,
) -> Result<EventAck, RunError> {
    let last = read(&batch)?;
    let mut tx = app.store.open(run).await?.ok_or(RunError::NotFound)?;
    let row = tx.row().clone();
    let lease = held(&row, agent, batch.lease)?;
    let wanted = lease.acked + 1;
    if batch.first_n > wanted {
        return Err(RunError::Gap { wanted });
    }
    let old = usize::try_from(wanted - batch.first_n)
        .unwrap_or(usize::MAX)
        .min(batch.events.len());
    compare(tx.as_mut(), &batch, old).await?;
    let new = batch.events.get(old..).unwrap_or_default();
    if new.is_empty() {
        renew(app, &row);
        return Ok(acknowledged(app, &row));
    }
    if row.state.is_settled() {
        in_time(app, &row)?;
    }
    // Before anything is made of them: do they fit at all?
    lifecycle::next(life_of(&row), Input::Batch(last))?;
    let mut to_be = row;
    let entries = keep(&mut to_be, lease.id, wanted, new, app.caps);
    if let Some(lease) = &mut to_be.lease {
        lease.acked += new.len() as u64;
    }
    let row = write(app, tx, to_be, Input::Batch(last), entries).await?;
    Ok(acknowledged(app, &row))
}

/// The lease, when that agent holds or held it.
pub(super) fn held(row: &RunRow, agent: AgentId, named: LeaseId) -> Result<Lease, RunError> {
    if row.agent != agent {
        return Err(RunError::NotYours);
    }
    let Some(lease) = row.lease else {
        return Err(Refused::NotLeased.into());
    };
    if lease.id != named {
        return Err(RunError::Settled {
            code: "unknown_lease",
            reason: "The run is held under another lease.",
        });
    }
    Ok(lease)
}

/// Whether an agent may hand in a file of the run: as long as its late batches would be taken, and after the last
/// one, too.
///
/// # Errors
/// Why not.
pub(crate) fn may_hand_in(
    app: &App,
    row: &RunRow,
    agent: AgentId,
    named: LeaseId,
) -> Result<(), RunError> {
    held(row, agent, named)?;
    if row.state.is_settled() {
        in_time(app, row)?;
    }
    Ok(())
}

/// What a batch must be, whatever is stored; and the agent's last word, when it ends with it.
fn read(batch: &EventBatch) -> Result<Option<LastWord>, RunError> {
    if batch.first_n == 0 {
        return Err(RunError::invalid(
            "bad_number",
            "Events are numbered from 1.",
        ));
    }
    if batch.events.len() > LARGEST_BATCH {
        return Err(RunError::invalid(
            "batch_too_large",
            "A batch has at most 10000 events.",
        ));
    }
    let most = i64::MAX as u64;
    if batch.first_n > most / 2 || batch.events.iter().any(|event| event.elapsed_us > most) {
        return Err(RunError::invalid("bad_number", "A number is too large."));
    }
    if batch.events.iter().any(|event| !is_agents(&event.body)) {
        return Err(RunError::invalid(
            "not_an_agents_event",
            "A batch holds an event that only the portal writes.",
        ));
    }
    let (last, others) = match batch.events.split_last() {
        None => return Ok(None),
        Some(parts) => parts,
    };
    if others.iter().any(|event| event.body.is_last()) {
        return Err(RunError::invalid(
            "after_last",
            "A batch holds events after the last one.",
        ));
    }
    Ok(match last.body {
        EventBody::RunFinished { cancelled } => Some(LastWord::Finished { cancelled }),
        EventBody::AgentRestarted => Some(LastWord::Restarted),
        _ => None,
    })
}

/// Whether an agent may say this; some things only the portal says, well-formed or not. That a log was truncated
/// both may say: an agent's spool is bounded, too.
fn is_agents(body: &EventBody) -> bool {
    const PORTALS: [&str; 5] = [
        "run_created",
        "run_claimed",
        "cancel_requested",
        "cleaning_reported",
        "run_settled",
    ];
    match body {
        EventBody::RunCreated { .. }
        | EventBody::RunClaimed { .. }
        | EventBody::CancelRequested
        | EventBody::CleaningReported { .. }
        | EventBody::RunSettled { .. } => false,
        EventBody::Unknown(raw) => raw
            .get("kind")
            .and_then(serde_json::Value::as_str)
            .is_some_and(|kind| !PORTALS.contains(&kind)),
        _ => true,
    }
}

/// The first `old` events came before; they must be the same. What a truncated log did not keep cannot be
/// compared and is taken for the same.
async fn compare(tx: &mut dyn RunTx, batch: &EventBatch, old: usize) -> Result<(), RunError> {
    if old == 0 {
        return Ok(());
    }
    let to = batch.first_n + old as u64 - 1;
    let run = tx.row().id();
    for (n, stored) in tx.numbered(batch.lease, batch.first_n, to).await? {
        let place = usize::try_from(n - batch.first_n).unwrap_or(usize::MAX);
        if batch.events.get(place) != Some(&stored) {
            tracing::warn!(run.id = %run, lease.id = %batch.lease, event.n = n, "same number, other content");
            return Err(RunError::Conflict { n });
        }
    }
    Ok(())
}

fn in_time(app: &App, row: &RunRow) -> Result<(), RunError> {
    let window = Duration::from_millis(row.plan.deadline_ms()).saturating_add(app.timing.late);
    let since = row.started_at.unwrap_or(row.created_at);
    let late = chrono::TimeDelta::from_std(window)
        .ok()
        .and_then(|window| since.checked_add_signed(window))
        .is_some_and(|end| app.now() > end);
    if late {
        return Err(RunError::Settled {
            code: "too_late",
            reason: "The plan's deadline passed too long ago.",
        });
    }
    Ok(())
}

/// The entries that the caps leave of new events. The agent's last event is always kept.
fn keep(
    row: &mut RunRow,
    lease: LeaseId,
    first_n: u64,
    new: &[AgentEvent],
    caps: Caps,
) -> Vec<Entry> {
    let (mut count, mut bytes) = (row.last_seq, row.log_bytes);
    let mut entries = Vec::with_capacity(new.len());
    for (n, event) in (first_n..).zip(new) {
        let last = event.body.is_last();
        if row.truncated && !last {
            continue;
        }
        count += 1;
        bytes += serde_json::to_string(&event.body).map_or(0, |text| text.len() as u64);
        if !last && (count > caps.log_events || bytes > caps.log_bytes) {
            row.truncated = true;
            entries.push(Entry {
                at: event.at,
                elapsed_us: None,
                body: EventBody::LogTruncated { kept: count - 1 },
                number: None,
            });
            continue;
        }
        entries.push(Entry {
            at: event.at,
            elapsed_us: Some(event.elapsed_us),
            body: event.body.clone(),
            number: Some((lease, n)),
        });
    }
    entries
}

/// Hearing of a lease renews it.
pub(crate) fn renew(app: &App, row: &RunRow) {
    if row.state == RunState::Running {
        app.deadlines.set(row.id(), Due::Renewal, app.timing.lease);
    }
}

fn acknowledged(app: &App, row: &RunRow) -> EventAck {
    let left = app.deadlines.left(row.id(), Due::Renewal);
    EventAck {
        acked: row.lease.map_or(0, |lease| lease.acked),
        expires_in_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
        stop: stops(row),
    }
}

/// Whether the agent is to end the run.
pub(crate) fn stops(row: &RunRow) -> bool {
    row.cancelling || matches!(row.state, RunState::Cancelled | RunState::Completed)
}
