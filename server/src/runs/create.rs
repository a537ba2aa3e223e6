//! New runs: what was asked for, made sure of, becomes a plan in the queue of each agent.

use super::deadlines::Due;
use super::lifecycle::Life;
use super::{RunError, asked, change};
use crate::app::App;
use crate::store::{AgentRow, Entry, FirstRun, RunRow};
use chrono::{DateTime, Utc};
use model::api::{NewRun, RunCreated, RunsCreated};
use model::{AgentId, EventBody, GroupId, Plan, RunId};
use tokio_util::sync::CancellationToken;

/// Makes a run for each agent and queues it there: all of them, or none.
///
/// # Errors
/// [`RunError::Invalid`] when it cannot be run, else the store's.
pub async fn create(app: &App, asked: NewRun) -> Result<RunsCreated, RunError> {
    let target = asked::target(&asked)?;
    if let Some(reason) = asked.options.reason_refused() {
        return Err(RunError::invalid("bad_option", reason));
    }
    // Watched before they are looked up, so that no removal is missed.
    let watched: Vec<(AgentId, CancellationToken)> = asked
        .agents
        .iter()
        .map(|agent| (*agent, app.presence.removal(*agent)))
        .collect();
    let agents = asked::agents(app, &asked.agents).await?;
    let practice = asked::practice(app, &target, &agents)?;
    let instance_practice = asked::instance(app, &asked, &agents)?;
    let mut instance_sealed = asked.instance_sealed;
    let practice = practice || instance_practice;
    let (login, mut sealed) = asked::login(asked.auth, &agents)?;
    let now = app.now();
    let group = (agents.len() > 1).then(|| GroupId(app.ids.make(now)));
    let mut firsts = Vec::with_capacity(agents.len());
    for agent in &agents {
        let plan = Plan {
            run: RunId(app.ids.make(now)),
            target: target.clone(),
            login: login.clone(),
            options: asked.options.clone(),
        };
        let sealed = sealed.remove(&agent.id);
        firsts.push(FirstRun {
            practice,
            instance_sealed: instance_sealed.remove(&agent.id),
            ..first(plan, group, agent, sealed, now)
        });
    }
    app.store.create_runs(&firsts).await?;
    let mut runs = Vec::with_capacity(firsts.len());
    for FirstRun { row, .. } in firsts {
        let (id, agent) = (row.id(), row.agent);
        app.deadlines.set(id, Due::Claim, app.timing.queued);
        app.wake.agent_has_work(agent);
        tracing::info!(run.id = %id, agent.id = %agent, "run created");
        let removed = |(watched, removal): &(AgentId, CancellationToken)| {
            *watched == agent && removal.is_cancelled()
        };
        if watched.iter().any(removed) {
            change::agent_removed(app, id).await?;
        }
        runs.push(RunCreated {
            id,
            url: format!("/runs/{id}"),
            agent,
        });
    }
    Ok(RunsCreated { runs, group })
}

/// A new run and the first entry of its log.
fn first(
    plan: Plan,
    group: Option<GroupId>,
    agent: &AgentRow,
    sealed: Option<String>,
    now: DateTime<Utc>,
) -> FirstRun {
    let created = Entry {
        at: now,
        elapsed_us: None,
        body: EventBody::RunCreated {
            plan: Box::new(plan.clone()),
            agent: agent.id,
            agent_name: agent.name.clone(),
        },
        number: None,
    };
    let row = RunRow {
        plan,
        group,
        agent: agent.id,
        agent_name: agent.name.clone(),
        state: Life::NEW.state,
        interruption: None,
        outcome: None,
        cancelling: false,
        cleaning: false,
        created_at: now,
        started_at: None,
        settled_at: None,
        lease: None,
        last_seq: 0,
        log_bytes: 0,
        truncated: false,
        findings: Vec::new(),
        rules_version: 0,
    };
    FirstRun {
        row,
        practice: false,
        sealed,
        instance_sealed: None,
        entries: vec![created],
    }
}
