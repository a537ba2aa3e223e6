//! What lasts, folded away: for connections that drop, which a usual run does not see. What is in the fold is fetched
//! with the second module.

mod fields;
mod parts;
mod writes;

use super::Page;
use crate::later::WhatLastsFromLater;
use leptos::prelude::*;
pub(crate) use parts::parts;

/// The fold.
#[component]
pub(super) fn WhatLasts(page: Page) -> impl IntoView {
    let (form, open) = (page.form, page.lasting);
    let line = Memo::new(move |_| form.with(|form| form.lasts.in_a_line()));
    let asked = Memo::new(move |_| form.with(|form| !form.lasts.is_empty()));
    // Filled in from elsewhere, it is to be seen.
    Effect::new(move |_| {
        if asked.get() {
            open.set(true);
        }
    });
    let opened = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    view! {
        <details open=open on:toggle:target=move |event| open.set(event.target().has_attribute("open"))>
            <summary id="lasting">
                <span class="lead">"What lasts"</span>
                <span class="muted small">{line}</span>
            </summary>
            <Show when=move || opened.get()>
                <WhatLastsFromLater page />
            </Show>
        </details>
    }
}
