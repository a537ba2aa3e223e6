//! Limits and choices, folded away: the defaults are right for most.

use super::Page;
use crate::state::limits::{LIMITS, Limits};
use leptos::prelude::*;

/// A tick: its label, what it means, where it stands, and how it is set.
type Tick = (
    &'static str,
    &'static str,
    fn(&Limits) -> bool,
    fn(&mut Limits, bool),
);

const TICKS: [Tick; 4] = [
    (
        "Send a query after a login that worked",
        "SELECT @@VERSION and two more, on a connection of its own",
        |limits| limits.query,
        |limits, on| limits.query = on,
    ),
    (
        "Try a login again when the server says it is busy or moving",
        "after 1, 2 and 4 s",
        |limits| limits.retry,
        |limits, on| limits.retry = on,
    ),
    (
        "Trust any server certificate",
        "the password goes even to a server that cannot prove who it is",
        |limits| limits.trust_server_certificate,
        |limits, on| limits.trust_server_certificate = on,
    ),
    (
        "Allow clear text",
        "the password crosses the network readable when the server offers no encryption",
        |limits| limits.allow_clear_text,
        |limits, on| limits.allow_clear_text = on,
    ),
];

/// The folded part of the form.
#[component]
pub(super) fn LimitFields(page: Page) -> impl IntoView {
    let form = page.form;
    let changed = Memo::new(move |_| form.with(|form| form.limits.changed()));
    let wrong = move || page.mistakes.with(|mistakes| mistakes.limits.clone());
    let fields = LIMITS.iter().enumerate().map(move |(index, limit)| {
        let unit = if limit.seconds { ", s" } else { "" };
        view! {
            <div class="field">
                <label for=limit.key class="small">
                    {limit.label}
                    {unit}
                </label>
                <input
                    id=limit.key
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    prop:value=move || form.with(|form| form.limits.texts.get(index).cloned())
                    on:input:target=move |event| {
                        form.update(|form| {
                            if let Some(text) = form.limits.texts.get_mut(index) {
                                *text = event.target().value();
                            }
                        });
                        page.recheck();
                    }
                />
            </div>
        }
    });
    let ticks = TICKS.map(|(label, what, get, set)| {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=move || form.with(|form| get(&form.limits))
                    on:change:target=move |event| {
                        form.update(|form| set(&mut form.limits, event.target().checked()));
                    }
                />
                <span>
                    {label}
                    <span class="muted small">" · "{what}</span>
                </span>
            </label>
        }
    });
    view! {
        <details open=move || wrong().is_some()>
            <summary id="limits">
                "Options"
                <span class="muted small">
                    {move || match changed.get() {
                        0 => "as usual".to_owned(),
                        1 => "1 changed".to_owned(),
                        many => format!("{many} changed"),
                    }}
                </span>
            </summary>
            <div class="limits">{fields.collect_view()}</div>
            {ticks.collect_view()}
            {move || {
                wrong()
                    .map(|sentence| {
                        view! {
                            <p class="note bad" role="alert">
                                <span aria-hidden="true">"✕"</span>
                                <span>{sentence}</span>
                            </p>
                        }
                    })
            }}
            <Show when=move || changed.get() != 0>
                <button
                    type="button"
                    on:click=move |_| {
                        form.update(|form| form.limits = Limits::default());
                        page.recheck();
                    }
                >
                    "Back to the usual"
                </button>
            </Show>
        </details>
    }
}
