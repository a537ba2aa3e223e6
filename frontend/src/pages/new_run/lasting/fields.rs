//! The fields of a part, each judged as it is typed.

use super::super::Page;
use crate::state::form::Form;
use crate::state::lasts::{Field, Holds, LANES, Ladder};
use leptos::prelude::*;
use model::lasting::Lane;

/// What is wrong with a field; its place is kept.
pub(super) fn told(page: Page, id: &'static str) -> AnyView {
    let wrong = Memo::new(move |_| page.form.with(|form| form.lasts.wrong(id)));
    view! {
        <p class="hint" id=format!("{id}-hint")>
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
    }
    .into_any()
}

/// A line to type in. `get` and `set` say where it stands in the form.
pub(super) fn line(
    page: Page,
    id: &'static str,
    label: &'static str,
    numeric: bool,
    get: impl Fn(&Form) -> String + Send + Sync + 'static,
    set: impl Fn(&mut Form, String) + 'static,
) -> AnyView {
    let form = page.form;
    let wrong = Memo::new(move |_| form.with(|form| form.lasts.wrong(id).is_some()));
    // A list wants room.
    let class = if id == "idle-rungs" {
        "field two"
    } else {
        "field"
    };
    view! {
        <div class=class>
            <label for=id class="small">
                {label}
            </label>
            <input
                id=id
                type="text"
                inputmode=if numeric { "numeric" } else { "text" }
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=format!("{id}-hint")
                aria-invalid=move || wrong.get().to_string()
                prop:value=move || form.with(&get)
                on:input:target=move |event| {
                    form.update(|form| set(form, event.target().value()));
                    page.recheck();
                }
            />
            {told(page, id)}
        </div>
    }
    .into_any()
}

/// One of the table's fields.
pub(super) fn field(page: Page, field: &'static Field) -> AnyView {
    let id = field.id;
    line(
        page,
        id,
        field.label,
        field.holds == Holds::Number,
        move |form| form.lasts.text(id),
        move |form, typed| form.lasts.type_in(id, typed),
    )
}

/// A box to tick.
pub(super) fn tick(
    page: Page,
    id: &'static str,
    label: impl IntoView + 'static,
    get: fn(&Form) -> bool,
    set: fn(&mut Form, bool),
    locked: Signal<bool>,
    hint: Option<&'static str>,
) -> AnyView {
    let form = page.form;
    view! {
        <label class="choice">
            <input
                type="checkbox"
                id=id
                disabled=locked
                aria-describedby=hint
                prop:checked=move || form.with(get)
                on:change:target=move |event| {
                    form.update(|form| set(form, event.target().checked()));
                    page.recheck();
                }
            />
            <span>{label.into_any()}</span>
        </label>
    }
    .into_any()
}

/// How far the idle ladder goes.
pub(super) fn ladder(page: Page) -> AnyView {
    let form = page.form;
    let chosen = Memo::new(move |_| form.with(|form| form.lasts.ladder()));
    view! {
        <div class="field two">
            <label for="idle-ladder-to" class="small">
                "How long they are left alone"
            </label>
            <select
                id="idle-ladder-to"
                on:change:target=move |event| {
                    let word = event.target().value();
                    let found = Ladder::ALL.iter().find(|(_, key, _)| *key == word);
                    if let Some((ladder, ..)) = found {
                        form.update(|form| form.lasts.climb(*ladder));
                        page.recheck();
                    }
                }
            >
                {Ladder::ALL
                    .map(|(ladder, key, label)| {
                        view! {
                            <option value=key selected=move || chosen.get() == ladder>
                                {label}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// How its connections are kept.
pub(super) fn lanes(page: Page) -> AnyView {
    let form = page.form;
    let has = move |lane: Lane| {
        move || form.with(|form| form.lasts.choices.idle_ladder.lanes.contains(&lane))
    };
    view! {
        <fieldset class="lanes">
            <legend class="small">"Side by side, one connection for each time"</legend>
            <div class="line">
                {LANES
                    .map(|(lane, id, label)| {
                        view! {
                            <label class="choice small">
                                <input
                                    type="checkbox"
                                    id=id
                                    aria-describedby="lane-bare-hint"
                                    prop:checked=has(lane)
                                    on:change:target=move |event| {
                                        form.update(|form| form.lasts.set_lane(lane, event.target().checked()));
                                        page.recheck();
                                    }
                                />
                                <span>{label}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            {told(page, "lane-bare")}
        </fieldset>
    }
    .into_any()
}
