//! Taking an agent away: its token is worth nothing at once, its held polls end, its runs are interrupted.

use super::AgentError;
use crate::app::App;
use crate::runs;
use model::AgentId;

/// Removes an agent. What it still holds or has not sent is lost; what it sent stays.
///
/// # Errors
/// When there is none, or it is the portal's own; else the store's.
pub async fn remove(app: &App, agent: AgentId) -> Result<(), AgentError> {
    let agents = app.store.agents().await?;
    let row = agents.iter().find(|row| row.id == agent);
    let row = row.ok_or(AgentError::NotFound)?;
    if row.built_in {
        return Err(AgentError::BuiltIn);
    }
    if !app.store.delete_agent(agent).await? {
        return Err(AgentError::NotFound);
    }
    app.presence.forget(agent);
    tracing::info!(agent.id = %agent, agent.name = row.name, "agent removed");
    for live in app.store.live_runs(Some(agent)).await? {
        runs::agent_removed(app, live.run).await?;
    }
    Ok(())
}
