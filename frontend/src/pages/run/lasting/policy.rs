//! A policy of the person's own, replayed at each change.

use super::super::page::Page;
use super::table;
use crate::state::policy::{FIELDS, Field, Written};
use leptos::prelude::*;

/// The fields, and what they come to.
#[component]
pub(super) fn Editor(page: Page) -> impl IntoView {
    let written = RwSignal::new(Written::default());
    let played = Memo::new(move |_| {
        let written = written.get();
        page.live.with(|log| written.played(log.lasting()))
    });
    let is_empty = Memo::new(move |_| {
        page.live
            .with(|log| log.lasting().timeline.operations().is_empty())
    });
    view! {
        <Show when=move || !is_empty.get()>
            <details class="policy small" id="policy" open>
                <summary>"Try a policy of your own"</summary>
                <div class="limits">
                    {FIELDS.iter().enumerate().map(|(place, it)| field(written, place, it)).collect_view()}
                </div>
                <div aria-live="polite">
                    {move || match played.get() {
                        Some(table) => table::draw(&table),
                        None => view! { <p class="note bad">"A field holds something else than a number it may hold."</p> }.into_any(),
                    }}
                </div>
            </details>
        </Show>
    }
}

fn field(written: RwSignal<Written>, place: usize, field: &'static Field) -> AnyView {
    let text = move || written.with(|written| written.0.get(place).cloned().unwrap_or_default());
    let is_wrong = move || written.with(|written| !written.is_right(place)).to_string();
    view! {
        <div class="field">
            <label for=field.id class="small">{field.label}</label>
            <input
                id=field.id
                type="text"
                inputmode="numeric"
                prop:value=text
                aria-invalid=is_wrong
                title=format!("{} to {}", field.least, field.most)
                on:input:target=move |event| {
                    let value = event.target().value();
                    written.update(|written| {
                        if let Some(text) = written.0.get_mut(place) {
                            *text = value;
                        }
                    });
                }
            />
        </div>
    }
    .into_any()
}
