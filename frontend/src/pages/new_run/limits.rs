//! Options, folded away: the defaults are right for most, and the summary says what differs from them.

use super::Page;
use crate::state::limits::{ENCRYPTIONS, FURTHER, LIMITS, Limit, Limits, OF_LOGINS, TICKS, Tick};
use leptos::prelude::*;

/// The folded part of the form.
#[component]
pub(crate) fn LimitFields(page: Page) -> impl IntoView {
    let form = page.form;
    let differs = Memo::new(move |_| form.with(|form| form.limits.in_a_line()));
    let wrong = move || page.mistakes.with(|mistakes| mistakes.limits.clone());
    let numbers = move |of: std::ops::Range<usize>| {
        let numbered = LIMITS
            .iter()
            .enumerate()
            .filter(move |(index, _)| of.contains(index));
        numbered
            .map(move |(index, limit)| number(page, index, limit))
            .collect_view()
    };
    let all = move |on: bool, name: &'static str| {
        view! {
            <button
                type="button"
                class="quiet"
                on:click=move |_| {
                    form.update(|form| form.limits.set_further(on));
                    page.recheck();
                }
            >
                {name}
            </button>
        }
    };
    view! {
        <details open=move || wrong().is_some()>
            <summary id="limits">
                "Options" <span class="muted small">{differs}</span>
            </summary>
            <div class="limits">
                <Encryption page />
                {numbers(0..OF_LOGINS)}
            </div>
            <fieldset>
                <legend class="row">
                    <span>"Further checks"</span>
                    <span>{all(true, "All")} {all(false, "None")}</span>
                </legend>
                <p class="hint small muted">"Made beside the login; none of them delays or fails it."</p>
                {FURTHER.iter().map(|it| tick(page, it)).collect_view()}
            </fieldset>
            <fieldset class="more">
                <legend>"Choices"</legend>
                {TICKS.iter().map(|it| tick(page, it)).collect_view()}
            </fieldset>
            <fieldset class="more">
                <legend>"Limits"</legend>
                <div class="limits">{numbers(OF_LOGINS..LIMITS.len())}</div>
            </fieldset>
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
            <Show when=move || form.with(|form| form.limits != Limits::default())>
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

/// The version of TLS that logins are made with.
#[component]
fn Encryption(page: Page) -> impl IntoView {
    let form = page.form;
    let chosen = Memo::new(move |_| form.with(|form| form.limits.choices.encryption));
    view! {
        <div class="field">
            <label for="encryption" class="small">"Encryption"</label>
            <select
                id="encryption"
                on:change:target=move |event| {
                    let word = event.target().value();
                    let found = ENCRYPTIONS.iter().find(|(_, key, _)| *key == word);
                    if let Some((encryption, ..)) = found {
                        form.update(|form| form.limits.choices.encryption = *encryption);
                    }
                }
            >
                {ENCRYPTIONS
                    .iter()
                    .map(|(encryption, key, label)| {
                        view! {
                            <option value=*key selected=move || chosen.get() == *encryption>
                                {*label}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}

fn number(page: Page, index: usize, limit: &'static Limit) -> AnyView {
    let form = page.form;
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
    .into_any()
}

fn tick(page: Page, tick: &'static Tick) -> AnyView {
    let form = page.form;
    view! {
        <label class="choice">
            <input
                type="checkbox"
                id=tick.key
                prop:checked=move || form.with(|form| (tick.get)(&form.limits.choices))
                on:change:target=move |event| {
                    form.update(|form| (tick.set)(&mut form.limits.choices, event.target().checked()));
                }
            />
            <span>
                {tick.label}
                <span class="muted small">" · "{tick.what}</span>
            </span>
        </label>
    }
    .into_any()
}
