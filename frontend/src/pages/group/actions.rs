//! What can be done with all the runs: copy their link, make them again, end them.

use super::Page;
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
    let route = Route::here();
    let id = page.id;
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let settled = Memo::new(move |_| {
        let (over, all) = page.over();
        over == all
    });
    let fail = move |refused: Failure| {
        failure.try_set(Some(refused));
        busy.try_set(false);
    };
    let cancel = move |_| {
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let answer = api::tell(&format!("/api/groups/{id}/cancel"), &api::Empty {}).await;
            if let Err(refused) = answer {
                fail(refused);
            }
        });
    };
    let again = move |_| {
        let views: Vec<_> = page
            .columns()
            .iter()
            .map(|column| column.view.get_value())
            .collect();
        let Some(first) = views.first().cloned() else {
            return;
        };
        // One with a secret needs it again, and one that lasts wants a look at it, so they lead to the form.
        if first.login.sealed_for().is_some() || !first.options.lasting.is_empty() {
            route.go(&format!("/?again={}", first.id));
            return;
        }
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let request = NewRun {
                server: first.target.server,
                database: first.target.database,
                auth: auth(first.login, BTreeMap::new()),
                options: first.options,
                agents: views.iter().map(|view| view.agent).collect(),
                instance_sealed: BTreeMap::new(),
            };
            match api::post::<RunsCreated>("/api/runs", &request).await {
                Ok(RunsCreated {
                    group: Some(group), ..
                }) => route.go(&format!("/groups/{group}")),
                Ok(created) => {
                    if let Some(run) = created.runs.first() {
                        route.go(&run.url);
                    }
                }
                Err(refused) => fail(refused),
            }
        });
    };
    view! {
        <div class="actions">
            <CopyButton label="Copy link" text=move |()| browser::address(&format!("/groups/{id}")) />
            <Show
                when=move || settled.get()
                fallback=move || {
                    view! {
                        <button disabled=busy on:click=cancel>
                            {move || if busy.get() { "Cancelling…" } else { "Cancel all" }}
                        </button>
                    }
                }
            >
                <button disabled=move || busy.get() && failure.with(Option::is_none) on:click=again>
                    "Run again"
                </button>
            </Show>
        </div>
        {move || failure.get().map(|failure| view! { <Failed failure /> })}
    }
}
