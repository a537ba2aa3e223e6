//! What was asked for, made sure of: the target, the agents, the login, and that they fit together.

use super::RunError;
use crate::app::App;
use crate::store::AgentRow;
use model::api::{Auth, NewRun};
use model::{AgentId, PlanLogin, Target};
use std::collections::BTreeMap;

/// Most agents of one group.
const MOST_AGENTS: usize = 8;
/// Longest database name that SQL Server knows.
const LONGEST_NAME: usize = 128;
/// A sealed box of the longest secret that agents open, in base64, is below this.
const LONGEST_SEALED: usize = 32 * 1024;

/// What is to be reached.
pub(super) fn target(asked: &NewRun) -> Result<Target, RunError> {
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

/// Where to run from: the portal's own agent, when none is named.
pub(super) async fn agents(app: &App, asked: &[AgentId]) -> Result<Vec<AgentRow>, RunError> {
    let wanted = match asked {
        [] => vec![app.built_in.ok_or_else(|| {
            RunError::invalid(
                "no_agent",
                "This portal runs no agent of its own; name one to run from.",
            )
        })?],
        named => named.to_vec(),
    };
    if wanted.len() > MOST_AGENTS {
        return Err(RunError::invalid(
            "too_many_agents",
            "Runs are made from 8 agents at most.",
        ));
    }
    let mut known: BTreeMap<AgentId, AgentRow> = BTreeMap::new();
    for agent in app.store.agents().await? {
        known.insert(agent.id, agent);
    }
    let mut agents = Vec::with_capacity(wanted.len());
    for id in &wanted {
        let agent = known.remove(id).ok_or_else(|| {
            if wanted.iter().filter(|other| *other == id).count() > 1 {
                RunError::invalid("agent_twice", "An agent is named twice.")
            } else {
                RunError::invalid("unknown_agent", "There is no such agent.")
            }
        })?;
        agents.push(agent);
    }
    Ok(agents)
}

/// Practice targets listen on the portal's own host: on another, the same name and port are something else.
/// Whether it is one of them.
pub(super) fn practice(app: &App, target: &Target, agents: &[AgentRow]) -> Result<bool, RunError> {
    let offered = app.practice.iter().filter_map(|practice| {
        let server = practice.server.as_deref()?;
        target::parse(server).ok()
    });
    let practice = offered
        .into_iter()
        .any(|offered| offered.host == target.host && offered.port == target.port);
    if practice && agents.iter().any(|agent| !agent.built_in) {
        return Err(RunError::invalid(
            "practice_elsewhere",
            "Practice targets are on the portal's own host; only its own agent can reach them.",
        ));
    }
    Ok(practice)
}

/// The managed instance of a link: who it is, that a secret came for it when it is signed in to, and whether it is one
/// to practise with.
pub(super) fn instance(app: &App, asked: &NewRun, agents: &[AgentRow]) -> Result<bool, RunError> {
    let link = asked.options.lasting.instance_link.as_ref();
    let Some(link) = link else {
        return match asked.instance_sealed.is_empty() {
            true => Ok(false),
            false => Err(RunError::invalid(
                "sealed_elsewhere",
                "A secret is sealed for a managed instance, and no link is asked for.",
            )),
        };
    };
    let parsed = target::parse(&link.instance)
        .map_err(|error| RunError::invalid(error.code(), format!("The instance: {error}")))?;
    if parsed.port.is_none() {
        return Err(RunError::invalid(
            "bad_instance",
            "The managed instance needs a port: its name alone, or name,3342 for its public endpoint.",
        ));
    }
    if !link.dry_run {
        boxes(&asked.instance_sealed, agents)?;
    } else if !asked.instance_sealed.is_empty() {
        return Err(RunError::invalid(
            "sealed_elsewhere",
            "A dry run of a link signs in to no managed instance.",
        ));
    }
    let target = Target {
        server: parsed.server,
        host: parsed.host,
        port: parsed.port,
        instance: parsed.instance,
        database: "master".to_owned(),
        kind: parsed.kind.as_str().to_owned(),
    };
    practice(app, &target, agents)
}

/// How to sign in, and the secret sealed to each of the agents.
pub(super) fn login(
    auth: Auth,
    agents: &[AgentRow],
) -> Result<(PlanLogin, BTreeMap<AgentId, String>), RunError> {
    let none = BTreeMap::new;
    let (login, sealed) = match auth {
        Auth::None => (PlanLogin::None, none()),
        Auth::Sql { user, sealed } => (PlanLogin::Sql { user }, sealed),
        Auth::Dummy => (PlanLogin::Dummy, none()),
        Auth::EntraToken { sealed } => (PlanLogin::EntraToken, sealed),
        Auth::EntraPassword { user, sealed } => (PlanLogin::EntraPassword { user }, sealed),
        Auth::EntraServicePrincipal {
            tenant,
            client_id,
            sealed,
        } => (
            PlanLogin::EntraServicePrincipal { tenant, client_id },
            sealed,
        ),
        Auth::EntraManagedIdentity { client_id } => {
            (PlanLogin::EntraManagedIdentity { client_id }, none())
        }
        Auth::EntraDeviceCode { tenant } => (PlanLogin::EntraDeviceCode { tenant }, none()),
        Auth::Integrated => (PlanLogin::Integrated, none()),
    };
    if let Some((code, sentence)) = login.reason_refused() {
        return Err(RunError::invalid(code, sentence));
    }
    if login.sealed_for().is_some() {
        boxes(&sealed, agents)?;
    }
    Ok((login, sealed))
}

/// Whether there is one box for each agent that makes a run, and no other.
fn boxes(sealed: &BTreeMap<AgentId, String>, agents: &[AgentRow]) -> Result<(), RunError> {
    if agents.iter().any(|agent| !sealed.contains_key(&agent.id)) {
        return Err(RunError::invalid(
            "sealed_missing",
            "The secret is not sealed to every agent that makes a run.",
        ));
    }
    if sealed.len() > agents.len() {
        return Err(RunError::invalid(
            "sealed_elsewhere",
            "A secret is sealed to an agent that does not make a run.",
        ));
    }
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    let good = |secret: &String| {
        (1..=LONGEST_SEALED).contains(&secret.len()) && secret.chars().all(base64)
    };
    if !sealed.values().all(good) {
        return Err(RunError::invalid(
            "bad_sealed",
            "The sealed secret is not base64, or is too long.",
        ));
    }
    Ok(())
}
