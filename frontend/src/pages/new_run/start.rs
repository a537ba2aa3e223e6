//! Starting: seal the secret to each agent, ask the portal, remember the target.

use super::Page;
use crate::api::{self, Failure};
use crate::browser;
use crate::state::form::Ready;
use crate::state::recent::{self, Recent};
use crate::state::sign_in::auth;
use chrono::Duration;
use leptos::prelude::*;
use model::api::{AgentView, NewRun, RunsCreated};
use model::{AgentId, Options};
use std::collections::BTreeMap;
use target::Parsed;
use zeroize::Zeroizing;

/// How long an agent may take to the first use of what was sealed.
const VALID_MINUTES: i64 = 15;

/// Starts the run, or several; answers where the page is.
pub(super) async fn start(page: Page, ready: Ready) -> Result<String, Failure> {
    let request = sealed(page, ready)?;
    let created: RunsCreated = api::post("/api/runs", &request).await?;
    page.form
        .update(|form| form.password = Zeroizing::default());
    remember(request);
    place(&created)
}

/// Where the page of what was started is.
pub(crate) fn place(created: &RunsCreated) -> Result<String, Failure> {
    match (&created.group, created.runs.first()) {
        (Some(group), _) => Ok(format!("/groups/{group}")),
        (None, Some(run)) => Ok(run.url.clone()),
        (None, None) => Err(Failure::Unreadable),
    }
}

/// Offers the target again next time.
pub(crate) fn remember(request: NewRun) {
    let kept = recent::read(browser::stored(recent::KEY).as_deref());
    let one = Recent {
        server: request.server,
        database: request.database,
    };
    let list = recent::with(kept, one);
    if let Ok(text) = serde_json::to_string(&list) {
        browser::keep(recent::KEY, &text);
    }
}

/// What the portal is asked for, with the secret sealed to each agent.
pub(crate) fn sealed(page: Page, ready: Ready) -> Result<NewRun, Failure> {
    let Ready {
        target,
        mut request,
        login,
        agents,
    } = ready;
    let mut sealed = BTreeMap::new();
    if let Some(user) = login.sealed_for() {
        if agents.is_empty() {
            return Err(Failure::Here("The agent's key is not here yet, so the secret cannot be sealed. Try again in a moment.".into()));
        }
        let secret = page.form.with_untracked(|form| form.password.clone());
        let purpose = purpose(user, &target, &request.options);
        sealed = seal_to(&agents, &purpose, &secret)?;
    }
    request.auth = auth(login, sealed);
    Ok(request)
}

/// What a secret is sealed for, and nothing else.
pub(crate) fn purpose(user: &str, target: &Parsed, options: &Options) -> seal::Purpose {
    seal::Purpose {
        user: user.to_owned(),
        host: target.host.clone(),
        port: target.port,
        trust_server_certificate: options.trust_server_certificate,
        allow_clear_text: options.allow_clear_text,
    }
}

/// Seals the secret to each agent, so that none can open what is another's.
pub(crate) fn seal_to(
    agents: &[AgentView],
    purpose: &seal::Purpose,
    secret: &str,
) -> Result<BTreeMap<AgentId, String>, Failure> {
    let mut sealed = BTreeMap::new();
    for agent in agents {
        let name = &agent.name;
        let refused = |error: seal::Error| {
            Failure::Here(format!(
                "The secret could not be sealed to {name}: {error}."
            ))
        };
        let key = seal::PublicKey::from_base64(&agent.public_key).map_err(refused)?;
        if seal::fingerprint(&key) != agent.fingerprint {
            return Err(Failure::Here(format!(
                "The key of {name} does not have the fingerprint that is shown. Nothing was sent."
            )));
        }
        // Each its own: a nonce is used once.
        let good_for = browser::now() + Duration::minutes(VALID_MINUTES);
        let contents = seal::Contents::new(secret.to_owned(), purpose.clone(), good_for);
        sealed.insert(agent.id, seal::seal(&contents, &key).map_err(refused)?);
    }
    Ok(sealed)
}
