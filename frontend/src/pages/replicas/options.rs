//! How often and for how long, the time-outs that are known, and a listener beside it.

use super::Page;
use crate::pages::new_run::{ServerField, SignInFields};
use crate::state::replicas::{FIELDS, Field};
use leptos::prelude::*;

/// The fields that hold for both sides.
#[component]
pub(super) fn Options(page: Page) -> impl IntoView {
    view! {
        <fieldset>
            <legend>"How often, and how long"</legend>
            <div class="limits">
                {FIELDS.iter().enumerate().map(|(place, it)| field(page, place, it)).collect_view()}
            </div>
            <p class="hint small muted">
                "Silence for the session time-out ends a session; left empty, it is what the server says, and 10 s where it says nothing. \
                 Lease and cluster no view tells; entered, they are held against it."
            </p>
        </fieldset>
    }
}

fn field(page: Page, place: usize, field: &'static Field) -> AnyView {
    let fields = page.fields;
    let wrong = Memo::new(move |_| fields.with(|fields| fields.wrong(place)));
    let hint = format!("{}-hint", field.id);
    view! {
        <div class="field">
            <label for=field.id class="small">
                {field.label}
            </label>
            <input
                id=field.id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder=field.empty
                aria-describedby=hint.clone()
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                prop:value=move || fields.with(|fields| fields.text(place))
                on:input:target=move |event| {
                    fields.update(|fields| fields.type_in(place, event.target().value()));
                    page.recheck();
                }
            />
            <p class="hint" id=hint>
                {move || {
                    wrong
                        .get()
                        .map(|sentence| {
                            view! {
                                <span class="note bad">
                                    <span aria-hidden="true">"✕"</span>
                                    <span>{sentence}</span>
                                </span>
                            }
                        })
                }}
            </p>
        </div>
    }
    .into_any()
}

/// Logins at a listener, in the same time.
#[component]
pub(super) fn Listener(page: Page) -> impl IntoView {
    let fields = page.fields;
    let on = Memo::new(move |_| fields.with(|fields| fields.listener));
    view! {
        <div class="part">
            <label class="choice">
                <input
                    type="checkbox"
                    id="listener"
                    aria-describedby="listener-hint"
                    prop:checked=on
                    on:change:target=move |event| {
                        fields.update(|fields| fields.listener = event.target().checked());
                        page.recheck();
                    }
                />
                <span>"Log in at a listener meanwhile"</span>
            </label>
            <div class="inner">
                <p class="small muted" id="listener-hint">
                    "As clients do, with MultiSubnetFailover off and on: how long an outage lasts for them. From the first side's agent."
                </p>
                <Show when=move || on.get()>
                    <div role="group" aria-label="Listener" class="form">
                        <ServerField page=page.listener />
                        <SignInFields page=page.listener />
                    </div>
                </Show>
            </div>
        </div>
    }
}
