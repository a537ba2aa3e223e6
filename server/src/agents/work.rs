//! Work for an agent: a held poll that answers at once when there is something to do, and the heartbeat.

use super::AgentError;
use crate::app::App;
use crate::runs::{self, RunError};
use crate::store::RunRow;
use model::agent_api::{Claim, Heartbeat, HeartbeatReply, LeaseStanding, Poll, PollReply};
use model::{AgentId, LeaseId, RunState};
use tokio::time::Instant;

/// Runs that one agent holds at once.
const MOST_HELD: usize = 8;

/// Answers with claims and cancels as soon as there are any, or with nothing when the poll has been held long
/// enough or the portal goes away.
///
/// # Errors
/// [`AgentError::Removed`] as soon as the agent is removed, else the store's.
pub async fn poll(app: &App, agent: AgentId, poll: &Poll) -> Result<PollReply, AgentError> {
    let end = Instant::now() + app.timing.poll;
    let mut work = app.wake.worker(agent);
    let removal = app.presence.removal(agent);
    loop {
        if removal.is_cancelled() {
            return Err(AgentError::Removed);
        }
        app.presence.heard(app, agent, &poll.version).await?;
        let reply = look(app, agent, poll).await?;
        if !reply.claims.is_empty() || !reply.cancels.is_empty() {
            return Ok(reply);
        }
        tokio::select! {
            () = work.changed() => {}
            () = removal.cancelled() => {}
            () = tokio::time::sleep_until(end) => return Ok(reply),
            () = app.closing.cancelled() => return Ok(reply),
        }
    }
}

async fn look(app: &App, agent: AgentId, poll: &Poll) -> Result<PollReply, RunError> {
    let live = app.store.live_runs(Some(agent)).await?;
    let mut reply = PollReply::default();
    let mut held = 0;
    for run in live.iter().filter(|run| run.state == RunState::Running) {
        held += 1;
        let Some(lease) = run.lease else { continue };
        let known = poll.known.contains(&lease);
        if known && run.cancelling && !poll.cancelled.contains(&lease) {
            reply.cancels.push(lease);
        }
        // An answer was lost: the same claim once more, unless the run is to end anyway.
        if !known
            && !run.cancelling
            && let Some(row) = app.store.run(run.run).await?
        {
            reply.claims.push(claim(app, row, lease).await?);
        }
    }
    if app.closing.is_cancelled() {
        return Ok(reply);
    }
    let free = usize::try_from(poll.free).unwrap_or(usize::MAX);
    let free = free
        .saturating_sub(reply.claims.len())
        .min(MOST_HELD.saturating_sub(held));
    let queued = live.iter().filter(|run| run.state == RunState::Queued);
    for run in queued.take(free) {
        let Some(row) = runs::claim(app, run.run).await? else {
            continue;
        };
        if let Some(lease) = row.lease {
            reply.claims.push(claim(app, row, lease.id).await?);
        }
    }
    Ok(reply)
}

async fn claim(app: &App, row: RunRow, lease: LeaseId) -> Result<Claim, RunError> {
    let sealed = app.store.sealed(row.id()).await?;
    let instance_sealed = match row.plan.options.lasting.instance_link {
        Some(_) => app.store.instance_sealed(row.id()).await?,
        None => None,
    };
    Ok(Claim {
        run: row.id(),
        lease,
        sealed,
        instance_sealed,
        plan: row.plan,
        expires_in_ms: millis(app.timing.lease),
    })
}

/// Renews the leases that the agent names, and says how each stands.
///
/// # Errors
/// The store's.
pub async fn heartbeat(
    app: &App,
    agent: AgentId,
    heartbeat: &Heartbeat,
) -> Result<HeartbeatReply, RunError> {
    app.presence.heard(app, agent, &heartbeat.version).await?;
    let mut reply = HeartbeatReply::default();
    for lease in &heartbeat.leases {
        reply.leases.push(standing(app, agent, *lease).await?);
    }
    Ok(reply)
}

async fn standing(app: &App, agent: AgentId, lease: LeaseId) -> Result<LeaseStanding, RunError> {
    let row = match app.store.run_of_lease(lease).await? {
        Some(run) => app.store.run(run).await?,
        None => None,
    };
    let Some(row) = row.filter(|row| row.agent == agent) else {
        // Not its own, or deleted: nobody waits for it.
        return Ok(LeaseStanding {
            lease,
            expires_in_ms: 0,
            stop: true,
        });
    };
    runs::renew(app, &row);
    let running = row.state == RunState::Running;
    Ok(LeaseStanding {
        lease,
        expires_in_ms: if running { millis(app.timing.lease) } else { 0 },
        stop: runs::stops(&row),
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
