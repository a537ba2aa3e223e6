//! What can be done with a run: copy it, make it again, end it, take it away.

use super::Page;
use crate::api::{self, Failure};
use crate::browser;
use crate::components::{CopyButton, Failed};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::PlanLogin;
use model::api::{Auth, NewRun, RunsCreated};

/// The row of buttons.
#[component]
pub(super) fn Actions(page: Page) -> impl IntoView {
    let id = page.id();
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
            let answer =
                api::post::<Option<serde_json::Value>>(&path, &serde_json::json!({})).await;
            if let Err(refused) = answer {
                failure.set(Some(refused));
                cancelling.set(false);
            }
        });
    };
    view! {
        <div class="actions">
            <CopyButton label="Copy link" text=move |()| browser::address(&format!("/runs/{id}")) />
            <CopyButton label="Copy report" text=report />
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
            </Show>
            <a class="button primary" href=format!("/api/runs/{id}/AllFiles.zip") rel="external" download="">
                "AllFiles.zip"
            </a>
        </div>
        {move || failure.get().map(|failure| view! { <Failed failure /> })}
    }
}

/// The same run once more. One that signs in needs its password again, so it leads to the form.
#[component]
fn Again(page: Page, failure: RwSignal<Option<Failure>>) -> impl IntoView {
    let navigate = use_navigate();
    let starting = RwSignal::new(false);
    let again = move |_| {
        let view = page.view.get_value();
        if view.login != PlanLogin::None {
            navigate(&format!("/?again={}", view.id), NavigateOptions::default());
            return;
        }
        starting.set(true);
        failure.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            let request = NewRun {
                server: view.target.server,
                database: view.target.database,
                auth: Auth::None,
                options: view.options,
                agents: vec![view.agent],
            };
            match api::post::<RunsCreated>("/api/runs", &request).await {
                Ok(created) => {
                    if let Some(run) = created.runs.first() {
                        navigate(&run.url, NavigateOptions::default());
                    }
                }
                Err(refused) => failure.set(Some(refused)),
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
