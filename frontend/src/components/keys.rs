//! The list of keys.

use leptos::html;
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
    ("Esc", "Close this list"),
];

/// The dialog with the keys.
#[component]
pub(crate) fn Keys(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let (true, Some(dialog)) = (open.get(), dialog.get())
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get() {
            dialog.close();
        }
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="keys-title" on:close=move |_| open.set(false)>
            <h2 id="keys-title">"Keys"</h2>
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
                <button on:click=close>"Close"</button>
            </p>
        </dialog>
    }
}
