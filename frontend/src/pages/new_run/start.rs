//! Starting: seal the password to each agent, ask the portal, remember the target.

use super::Page;
use crate::api::{self, Failure};
use crate::browser;
use crate::state::form::{Ready, SignIn};
use crate::state::recent::{self, Recent};
use chrono::Duration;
use leptos::prelude::*;
use model::api::{AgentView, Auth, RunsCreated};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// How long an agent may take to the first use of what was sealed.
const VALID_MINUTES: i64 = 15;

/// Starts the run, or several; answers where the page is.
pub(super) async fn start(page: Page, ready: Ready) -> Result<String, Failure> {
    let Ready {
        target,
        mut request,
        agents,
    } = ready;
    let sign_in = page.form.with_untracked(|form| form.sign_in);
    if sign_in == SignIn::Sql {
        if agents.is_empty() {
            return Err(Failure::Here("The agent's key is not here yet, so the password cannot be sealed. Try again in a moment.".into()));
        }
        let (user, password) = page
            .form
            .with_untracked(|form| (form.user.trim().to_owned(), form.password.clone()));
        let purpose = seal::Purpose {
            user,
            host: target.host,
            port: target.port,
            trust_server_certificate: request.options.trust_server_certificate,
            allow_clear_text: request.options.allow_clear_text,
        };
        request.auth = seal_to(&agents, &purpose, password)?;
    }
    let created: RunsCreated = api::post("/api/runs", &request).await?;
    page.form
        .update(|form| form.password = Zeroizing::default());
    let kept = recent::read(browser::stored(recent::KEY).as_deref());
    let one = Recent {
        server: request.server,
        database: request.database,
    };
    let list = recent::with(kept, one);
    if let Ok(text) = serde_json::to_string(&list) {
        browser::keep(recent::KEY, &text);
    }
    match (created.group, created.runs.first()) {
        (Some(group), _) => Ok(format!("/groups/{group}")),
        (None, Some(run)) => Ok(run.url.clone()),
        (None, None) => Err(Failure::Unreadable),
    }
}

/// Seals the password to each agent, so that none can open what is another's.
fn seal_to(
    agents: &[AgentView],
    purpose: &seal::Purpose,
    password: Zeroizing<String>,
) -> Result<Auth, Failure> {
    let mut sealed = BTreeMap::new();
    for agent in agents {
        let name = &agent.name;
        let refused = |error: seal::Error| {
            Failure::Here(format!(
                "The password could not be sealed to {name}: {error}."
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
        let contents = seal::Contents::new(password.to_string(), purpose.clone(), good_for);
        sealed.insert(agent.id, seal::seal(&contents, &key).map_err(refused)?);
    }
    Ok(Auth::Sql {
        user: purpose.user.clone(),
        sealed,
    })
}
