//! The dry run, and what it was made for.

use super::{Guide, Told};
use crate::api::{self, Failure};
use crate::browser;
use crate::pages::new_run::{purpose, remember, seal_to, sealed};
use crate::state::form::{Form, Ready};
use crate::state::sign_in::SignIn;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::{NewRun, RunCreated, RunsCreated};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Has every statement told. Nobody signs in for that, so both secrets stay in this page.
pub(super) fn dry_run(guide: Guide) {
    let Some(ready) = ready(guide, true) else {
        return;
    };
    let of = untrack(|| guide.of());
    guide.told.set(None);
    guide.seen.set(false);
    ask(guide, ready, move |created, _| {
        guide.told.set(Some(Told {
            run: created.id,
            of,
        }));
        request_animation_frame(|| browser::focus("statements"));
    });
}

/// Begins for good, and goes to the run's page.
pub(super) fn begin(guide: Guide) {
    let missing = guide.fields.with_untracked(|fields| {
        let form = guide.page.form;
        form.with_untracked(|form| fields.missing(form))
    });
    if !missing.is_empty() {
        return guide.refuse(missing);
    }
    let Some(ready) = ready(guide, false) else {
        return;
    };
    let route = guide.route;
    ask(guide, ready, move |created, request| {
        guide
            .page
            .form
            .update(|form| form.password = Zeroizing::default());
        guide
            .fields
            .update(|fields| fields.password = Zeroizing::default());
        remember(request);
        route.go(&created.url);
    });
}

/// What the portal is asked for, or nothing, with what is wrong told.
fn ready(guide: Guide, dry_run: bool) -> Option<Ready> {
    let page = guide.page;
    page.form.update(|form| {
        form.take_apart();
    });
    guide.failure.set(None);
    let form = page.form.get_untracked();
    let form = if dry_run {
        Form {
            sign_in: SignIn::None,
            ..form.without_password()
        }
    } else {
        form
    };
    let base = page
        .agents
        .with_untracked(|agents| form.ready(agents.here().map(Vec::as_slice)));
    let link = guide.fields.with_untracked(|fields| fields.asked(dry_run));
    page.mistakes.set(
        base.as_ref()
            .err()
            .map(|told| (**told).clone())
            .unwrap_or_default(),
    );
    match (base, link) {
        (Ok(mut ready), Ok(link)) => {
            guide.wrong.set(Vec::new());
            ready.request.options.lasting.instance_link = Some(link);
            Some(ready)
        }
        (_, link) => {
            guide.refuse(link.err().unwrap_or_default());
            None
        }
    }
}

/// Seals, asks the portal, and goes on with what was made.
fn ask(guide: Guide, ready: Ready, then: impl FnOnce(&RunCreated, NewRun) + 'static) {
    guide.busy.set(true);
    spawn_local(async move {
        match asked(guide, ready).await {
            Ok((created, request)) => then(&created, request),
            Err(refused) => {
                guide.failure.try_set(Some(refused));
            }
        }
        guide.busy.try_set(false);
    });
}

async fn asked(guide: Guide, ready: Ready) -> Result<(RunCreated, NewRun), Failure> {
    let options = &ready.request.options;
    let link = options.lasting.instance_link.as_ref();
    let mut instance_sealed = BTreeMap::new();
    if let Some(link) = link.filter(|link| !link.dry_run) {
        let (parsed, secret) = guide
            .fields
            .with_untracked(|fields| (fields.parsed(), fields.password.clone()));
        let parsed = parsed.map_err(|error| Failure::Here(error.to_string()))?;
        let purpose = purpose(&link.user, &parsed, options);
        instance_sealed = seal_to(&ready.agents, &purpose, &secret)?;
    }
    let mut request = sealed(guide.page, ready)?;
    request.instance_sealed = instance_sealed;
    let created: RunsCreated = api::post("/api/runs", &request).await?;
    let created = created.runs.into_iter().next().ok_or(Failure::Unreadable)?;
    Ok((created, request))
}
