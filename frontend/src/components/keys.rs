//! The list of keys.

use super::Dialog;
use leptos::prelude::*;

const KEYS: [(&str, &str); 6] = [
    ("/", "Go to the server field of a new run"),
    ("?", "Show these keys"),
    ("← →", "Between tabs"),
    (
        "↑ ↓",
        "Through events and the transcript; Page up, Page down, Home and End too",
    ),
    ("Enter", "Start the run, open a step"),
    ("Esc", "Close what is open over the page"),
];

/// The dialog with the keys.
#[component]
pub(crate) fn Keys(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open id="keys" title="Keys">
            <dl>
                {KEYS
                    .map(|(key, what)| {
                        view! {
                            <dt>
                                <kbd>{key}</kbd>
                            </dt>
                            <dd>{what}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
            <p class="close">
                <button on:click=move |_| open.set(false)>"Close"</button>
            </p>
        </Dialog>
    }
}
