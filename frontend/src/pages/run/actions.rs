//! What can be done with a run: copy it, share it, make it again, end it, take it away, delete it.

use super::page::Page;
use super::remove::Delete;
use super::share::Share;
use crate::api::{self, Failure};
use crate::browser;
use crate::components::{CopyButton, Failed};
use crate::route::Route;
use crate::state::sign_in::auth;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::{NewRun, RunsCreated};
use std::collections::BTreeMap;

/// The row of buttons.
#[component]
pub(super) fn Actions(page: Page) -> impl IntoView {
    let id = page.id();
    let own = page.is_own();
    let route = Route::here();
    let failure = RwSignal::new(None::<Failure>);
    let settled = Memo::new(move |_| page.current.with(|now| now.state.is_settled()));
    let cancelling = RwSignal::new(false);
    let being_cancelled = move || cancelling.get() || page.current.with(|now| now.cancelling);
    let report = move |()| {
        let run = page.whole();
        page.live
            .log
            .with_value(|log| bundle::report::markdown(&run, log.events()))
    };
    let cancel = move |_| {
        cancelling.set(true);
        failure.set(None);
        spawn_local(async move {
            let path = format!("/api/runs/{id}/cancel");
            if let Err(refused) = api::tell(&path, &api::Empty {}).await {
                failure.try_set(Some(refused));
                cancelling.try_set(false);
            }
        });
    };
    let link = move |()| {
        let address = if own {
            format!("/runs/{id}")
        } else {
            route.address()
        };
        browser::address(&address)
    };
    let again_or_cancel = move || {
        view! {
            <Share page />
            <Show
                when=move || settled.get()
                fallback=move || {
                    view! {
                        <button disabled=being_cancelled on:click=cancel>
                            {move || if being_cancelled() { "Cancelling…" } else { "Cancel" }}
                        </button>
                    }
                }
            >
                <Again page failure />
                <Delete page />
            </Show>
        }
    };
    if page.is_file() {
        return view! {
            <div class="actions">
                <CopyButton label="Copy report" text=report />
            </div>
        }
        .into_any();
    }
    view! {
        <div class="actions">
            <CopyButton label="Copy link" text=link />
            <CopyButton label="Copy report" text=report />
            {own.then(again_or_cancel)}
            {(!own)
                .then(|| {
                    view! {
                        <a class="button" href=page.file("report.html") rel="external" download="">
                            "report.html"
                        </a>
                    }
                })}
            <a class="button primary" href=page.file("AllFiles.zip") rel="external" download="">
                "AllFiles.zip"
            </a>
        </div>
        {move || failure.get().map(|failure| view! { <Failed failure /> })}
    }
    .into_any()
}

/// The same run once more. One with a secret needs it again, and one that lasts wants a look at it, so they lead to the form.
#[component]
fn Again(page: Page, failure: RwSignal<Option<Failure>>) -> impl IntoView {
    let route = Route::here();
    let starting = RwSignal::new(false);
    let again = move |_| {
        let view = page.view.get_untracked();
        if view.options.lasting.instance_link.is_some() {
            route.go(&format!("/link?again={}", view.id));
            return;
        }
        if view.login.sealed_for().is_some() || !view.options.lasting.is_empty() {
            route.go(&format!("/?again={}", view.id));
            return;
        }
        starting.set(true);
        failure.set(None);
        spawn_local(async move {
            let request = NewRun {
                server: view.target.server,
                database: view.target.database,
                auth: auth(view.login, BTreeMap::new()),
                options: view.options,
                agents: vec![view.agent],
                instance_sealed: BTreeMap::new(),
            };
            match api::post::<RunsCreated>("/api/runs", &request).await {
                Ok(created) => {
                    if let Some(run) = created.runs.first() {
                        route.go(&run.url);
                    }
                }
                Err(refused) => {
                    failure.try_set(Some(refused));
                }
            }
            starting.try_set(false);
        });
    };
    view! {
        <button disabled=starting on:click=again>
            "Run again"
        </button>
    }
}
