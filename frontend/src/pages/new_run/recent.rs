//! Targets named lately on this device.

use super::Page;
use crate::browser;
use crate::state::recent::{KEY, read};
use leptos::prelude::*;

/// The card with recent targets.
#[component]
pub(super) fn RecentTargets(page: Page) -> impl IntoView {
    let list = RwSignal::new(read(browser::stored(KEY).as_deref()));
    let rows = move || {
        list.get()
            .into_iter()
            .map(|recent| {
                let chosen = recent.clone();
                let choose = move |_| {
                    page.form.update(|form| {
                        form.retype(chosen.server.clone());
                        form.database.clone_from(&chosen.database);
                    });
                    page.recheck();
                    browser::focus("server");
                };
                let database = match recent.database.as_str() {
                    "" => "master".to_owned(),
                    name => name.to_owned(),
                };
                view! {
                    <li>
                        <button type="button" on:click=choose>
                            <span class="mono">{recent.server}</span>
                            <span class="muted small">"database " {database}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let forget = move |_| {
        browser::keep(KEY, "[]");
        list.set(Vec::new());
        page.announcer.say("Recent targets forgotten");
    };
    view! {
        <section class="card">
            <div class="row">
                <h2>"Recent targets"</h2>
                <Show when=move || list.with(|list| !list.is_empty())>
                    <button type="button" class="quiet" on:click=forget>
                        "Forget"
                    </button>
                </Show>
            </div>
            <Show
                when=move || list.with(|list| !list.is_empty())
                fallback=|| {
                    view! {
                        <p class="muted small">
                            "Servers that you start runs against are kept here, in this browser only, without user or password."
                        </p>
                    }
                }
            >
                <ul class="plain-list recent">{rows}</ul>
            </Show>
        </section>
    }
}
