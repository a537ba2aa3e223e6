//! New runs: what was asked for, made sure of, becomes a plan in the queue of each agent.

use super::deadlines::Due;
use super::lifecycle::Life;
use super::{RunError, asked, change};
use crate::app::App;
use crate::store::{AgentRow, Entry, FirstRun, RunRow};
use chrono::{DateTime, Utc};
use model::api::{NewGroup, NewRun, RunCreated, RunsCreated};
use model::{AgentId, EventBody, GroupId, Options, Plan, PlanLogin, RunId, Target};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// Fewest and most runs of a group with targets of their own.
const GROUP: std::ops::RangeInclusive<usize> = 2..=8;

/// Makes a run for each agent and queues it there: all of them, or none.
///
/// # Errors
/// [`RunError::Invalid`] when it cannot be run, else the store's.
pub async fn create(app: &App, asked: NewRun) -> Result<RunsCreated, RunError> {
    let ready = Ready::of(app, asked).await?;
    queue(app, vec![ready]).await
}

/// Makes runs with targets of their own, each from one agent, as one group: all of them, or none.
///
/// # Errors
/// [`RunError::Invalid`] when one of them cannot be run, else the store's.
pub async fn create_group(app: &App, asked: NewGroup) -> Result<RunsCreated, RunError> {
    if !GROUP.contains(&asked.runs.len()) || asked.runs.iter().any(|run| run.agents.len() > 1) {
        return Err(RunError::invalid(
            "bad_group",
            "A group has 2 to 8 runs, each from one agent.",
        ));
    }
    let mut all = Vec::with_capacity(asked.runs.len());
    for run in asked.runs {
        all.push(Ready::of(app, run).await?);
    }
    queue(app, all).await
}

/// What was asked for, made sure of.
struct Ready {
    target: Target,
    options: Options,
    login: PlanLogin,
    sealed: BTreeMap<AgentId, String>,
    instance_sealed: BTreeMap<AgentId, String>,
    agents: Vec<AgentRow>,
    practice: bool,
    /// Who would be told of an agent that is removed meanwhile.
    watched: Vec<(AgentId, CancellationToken)>,
}

impl Ready {
    async fn of(app: &App, asked: NewRun) -> Result<Self, RunError> {
        let target = asked::target(&asked)?;
        if let Some(reason) = asked.options.reason_refused() {
            return Err(RunError::invalid("bad_option", reason));
        }
        // Watched before they are looked up, so that no removal is missed.
        let watched = asked
            .agents
            .iter()
            .map(|agent| (*agent, app.presence.removal(*agent)))
            .collect();
        let agents = asked::agents(app, &asked.agents).await?;
        let practice = asked::practice(app, &target, &agents)?;
        let practice = asked::instance(app, &asked, &agents)? || practice;
        let instance_sealed = asked.instance_sealed;
        let (login, sealed) = asked::login(asked.auth, &agents)?;
        Ok(Self {
            target,
            options: asked.options,
            login,
            sealed,
            instance_sealed,
            agents,
            practice,
            watched,
        })
    }
}

/// Writes them all in one transaction, and wakes their agents.
async fn queue(app: &App, all: Vec<Ready>) -> Result<RunsCreated, RunError> {
    let now = app.now();
    let count: usize = all.iter().map(|ready| ready.agents.len()).sum();
    let group = (count > 1).then(|| GroupId(app.ids.make(now)));
    let mut firsts = Vec::with_capacity(count);
    let mut watched = Vec::new();
    for mut ready in all {
        for agent in &ready.agents {
            let plan = Plan {
                run: RunId(app.ids.make(now)),
                target: ready.target.clone(),
                login: ready.login.clone(),
                options: ready.options.clone(),
            };
            let sealed = ready.sealed.remove(&agent.id);
            firsts.push(FirstRun {
                practice: ready.practice,
                instance_sealed: ready.instance_sealed.remove(&agent.id),
                ..first(plan, group, agent, sealed, now)
            });
        }
        watched.append(&mut ready.watched);
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
