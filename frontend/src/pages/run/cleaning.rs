//! What the run makes on the server, and what became of it; what is left, with the T-SQL that drops it.

use super::page::{Page, Source};
use crate::api;
use crate::components::{CleaningTag, CopyButton, every};
use crate::state::cleaning::{Cleaning, Object, Standing};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{ObjectState, RunView};
use std::time::Duration;

/// How often the portal is asked while a settled run is cleaned up.
const AGAIN: Duration = Duration::from_secs(10);

/// The tag beside how the run stands.
pub(super) fn tag(page: Page) -> impl IntoView {
    let cleaning = Memo::new(move |_| page.current.with(|now| now.cleaning));
    move || cleaning.get().then(|| view! { <CleaningTag /> })
}

/// The card, for a run that makes something there.
#[component]
pub(super) fn OnTheServer(page: Page) -> impl IntoView {
    let found = Memo::new(move |_| {
        let now = page.current.get();
        page.live
            .with(|log| page.view.with(|view| Cleaning::of(view, log, &now)))
    });
    every(AGAIN, move || ask_again(page));
    move || found.get().map(card)
}

fn card(found: Cleaning) -> AnyView {
    let (sign, colour, word) = match found.standing {
        Standing::InUse => ("▸", "info", "in use"),
        Standing::Cleaning => ("↺", "info", "cleaning up"),
        Standing::Left => ("!", "warn", "left behind"),
        Standing::Gone => ("✓", "ok", "nothing left"),
    };
    let told = match found.standing {
        Standing::InUse => "It drops them before its last word.",
        Standing::Cleaning => {
            "The agent goes on trying for 24 hours, also after a restart. If you cannot wait, drop them by hand:"
        }
        Standing::Left => {
            "The agent has tried for as long as it may, and no longer holds the sign-in. Drop them by hand:"
        }
        Standing::Gone => "Read back from the server: nothing that it made is there.",
    };
    let sql = found.sql().map(|sql| {
        let copied = sql.clone();
        view! {
            <pre class="drops" tabindex="0" role="region" aria-label="T-SQL that drops what is left">
                {sql}
            </pre>
            <p>
                <CopyButton label="Copy the T-SQL" text=move |()| copied.clone() />
            </p>
        }
    });
    view! {
        <section class="card wide stacked" id="on-the-server" aria-labelledby="on-the-server-title">
            <div class="row">
                <h2 id="on-the-server-title">"Made on the server by this run"</h2>
                <span class=format!("tag {colour}")>
                    <span aria-hidden="true">{sign}</span>
                    {word}
                </span>
            </div>
            <ul class="plain-list small stacked">{found.objects.iter().map(object).collect_view()}</ul>
            <p class="small muted">{told}</p>
            {sql}
        </section>
    }
    .into_any()
}

fn object(object: &Object) -> AnyView {
    let (sign, colour) = match object.state {
        ObjectState::Gone => ("✓", "ok"),
        ObjectState::Left => ("!", "warn"),
        ObjectState::NotOurs => ("–", "idle"),
        ObjectState::Announced | ObjectState::Made => ("▸", "info"),
        ObjectState::Unknown => ("?", "warn"),
    };
    let why = object.state == ObjectState::Left;
    let why = object.why.clone().filter(|_| why);
    view! {
        <li class="signed">
            <span class=format!("st {colour}") aria-hidden="true">
                {sign}
            </span>
            <span>
                <span class="mono">{object.name.clone()}</span>
                <span class="muted">" · " {object.place.clone()} " · " {object.told()}</span>
                {why.map(|why| view! { <span class="muted">": “" {why} "”"</span> })}
            </span>
        </li>
    }
    .into_any()
}

/// Its log's stream has ended: what the agent says from now on, the portal is asked for.
fn ask_again(page: Page) {
    let waits = page
        .current
        .with_untracked(|now| now.cleaning && now.state.is_settled());
    let own = page.source.with_value(|source| match source {
        Source::Own(id) => Some(*id),
        Source::Shared(_) | Source::File => None,
    });
    let Some(id) = own.filter(|_| waits) else {
        return;
    };
    spawn_local(async move {
        let Ok(newer) = api::get::<RunView>(&format!("/api/runs/{id}")).await else {
            return;
        };
        let known = page.view.try_with_untracked(|view| view.last_seq);
        if known.is_some_and(|known| newer.last_seq > known) {
            page.view.try_set(newer);
        }
    });
}
