//! A new run: what was asked for, made sure of, becomes a plan in the queue of its agent.

use super::RunError;
use super::deadlines::Due;
use super::lifecycle::Life;
use crate::app::App;
use crate::store::{AgentRow, Entry, FirstRun, RunRow};
use model::api::{Auth, NewRun, RunCreated, RunsCreated};
use model::{AgentId, EventBody, Plan, PlanLogin, RunId, Target};

/// Longest user and database name that SQL Server knows.
const LONGEST_NAME: usize = 128;
/// A sealed box of the longest secret that agents open, in base64, is below this.
const LONGEST_SEALED: usize = 32 * 1024;

/// Makes a run and queues it for its agent.
///
/// # Errors
/// [`RunError::Invalid`] when it cannot be run, else the store's.
pub async fn create(app: &App, asked: NewRun) -> Result<RunsCreated, RunError> {
    let target = target(&asked)?;
    if let Some(reason) = asked.options.reason_refused() {
        return Err(RunError::invalid("bad_option", reason));
    }
    let agent = agent(app, &asked.agents).await?;
    let (login, sealed) = login(asked.auth, agent.id)?;
    let now = app.now();
    let run = RunId(app.ids.make(now));
    let plan = Plan {
        run,
        target,
        login,
        options: asked.options,
    };
    let row = RunRow {
        plan: plan.clone(),
        group: None,
        agent: agent.id,
        agent_name: agent.name.clone(),
        state: Life::NEW.state,
        interruption: None,
        outcome: None,
        cancelling: false,
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
    let first = Entry {
        at: now,
        elapsed_us: None,
        body: EventBody::RunCreated {
            plan,
            agent: agent.id,
            agent_name: agent.name,
        },
        number: None,
    };
    let first = FirstRun {
        row,
        sealed,
        entries: vec![first],
    };
    app.store.create_runs(&[first]).await?;
    app.deadlines.set(run, Due::Claim, app.timing.queued);
    app.wake.agent_has_work(agent.id);
    tracing::info!(run.id = %run, agent.id = %agent.id, "run created");
    Ok(RunsCreated {
        runs: vec![RunCreated {
            id: run,
            url: format!("/runs/{run}"),
            agent: agent.id,
        }],
        group: None,
    })
}

fn target(asked: &NewRun) -> Result<Target, RunError> {
    let parsed = target::parse(&asked.server)
        .map_err(|error| RunError::invalid(error.code(), error.to_string()))?;
    let database = asked.database.trim();
    if target::holds_secret(database) {
        let error = target::Error::SecretInTarget;
        return Err(RunError::invalid(
            error.code(),
            "The database holds a secret.",
        ));
    }
    if database.chars().count() > LONGEST_NAME || database.chars().any(char::is_control) {
        return Err(RunError::invalid(
            "bad_database",
            "A database name has at most 128 characters and no control characters.",
        ));
    }
    Ok(Target {
        server: parsed.server,
        host: parsed.host,
        port: parsed.port,
        instance: parsed.instance,
        database: if database.is_empty() {
            "master".to_owned()
        } else {
            database.to_owned()
        },
        kind: parsed.kind.as_str().to_owned(),
    })
}

async fn agent(app: &App, asked: &[AgentId]) -> Result<AgentRow, RunError> {
    let wanted = match asked {
        [] => app.built_in.ok_or_else(|| {
            RunError::invalid(
                "no_agent",
                "This portal runs no agent of its own; name one to run from.",
            )
        })?,
        [one] => *one,
        _ => {
            return Err(RunError::invalid(
                "one_agent_only",
                "A run is made from one agent.",
            ));
        }
    };
    let agents = app.store.agents().await?;
    agents
        .into_iter()
        .find(|agent| agent.id == wanted)
        .ok_or_else(|| RunError::invalid("unknown_agent", "There is no such agent."))
}

fn login(auth: Auth, agent: AgentId) -> Result<(PlanLogin, Option<String>), RunError> {
    let Auth::Sql { user, mut sealed } = auth else {
        return Ok((PlanLogin::None, None));
    };
    if user.is_empty() || user.chars().count() > LONGEST_NAME || user.chars().any(char::is_control)
    {
        return Err(RunError::invalid(
            "bad_user",
            "A user name has 1 to 128 characters and no control characters.",
        ));
    }
    let secret = sealed.remove(&agent).ok_or_else(|| {
        RunError::invalid(
            "sealed_missing",
            "The secret is not sealed to the agent that makes the run.",
        )
    })?;
    if !sealed.is_empty() {
        return Err(RunError::invalid(
            "sealed_elsewhere",
            "A secret is sealed to an agent that does not make the run.",
        ));
    }
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    if secret.is_empty() || secret.len() > LONGEST_SEALED || !secret.chars().all(base64) {
        return Err(RunError::invalid(
            "bad_sealed",
            "The sealed secret is not base64, or is too long.",
        ));
    }
    Ok((PlanLogin::Sql { user }, Some(secret)))
}
