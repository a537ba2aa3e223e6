//! Tabs by the usual keys: arrows, Home and End move, and moving selects.

use crate::browser;
use leptos::ev;
use leptos::prelude::*;

/// One tab.
#[derive(Clone)]
pub(crate) struct Tab {
    /// Its key; the panel has the id `panel-KEY`.
    pub(crate) key: &'static str,
    /// What stands on it.
    pub(crate) label: Signal<String>,
}

/// A row of tabs. The panels are the caller's.
#[component]
pub(crate) fn Tabs(
    /// Named for screen readers.
    label: &'static str,
    /// In order.
    tabs: Vec<Tab>,
    /// Key of the one that is shown.
    shown: RwSignal<&'static str>,
) -> impl IntoView {
    let keys: Vec<&'static str> = tabs.iter().map(|tab| tab.key).collect();
    let on_key = move |event: ev::KeyboardEvent| {
        let at = keys.iter().position(|key| *key == shown.get_untracked());
        let at = at.unwrap_or_default();
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % keys.len(),
            "ArrowLeft" => (at + keys.len() - 1) % keys.len(),
            "Home" => 0,
            "End" => keys.len() - 1,
            _ => return,
        };
        event.prevent_default();
        if let Some(key) = keys.get(to).copied() {
            shown.set(key);
            browser::focus(&format!("tab-{key}"));
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {tabs
                .into_iter()
                .map(|tab| {
                    let key = tab.key;
                    let is_shown = move || shown.get() == key;
                    view! {
                        <button
                            role="tab"
                            id=format!("tab-{key}")
                            aria-controls=format!("panel-{key}")
                            aria-selected=move || is_shown().to_string()
                            tabindex=move || if is_shown() { "0" } else { "-1" }
                            on:click=move |_| shown.set(key)
                        >
                            {tab.label}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
