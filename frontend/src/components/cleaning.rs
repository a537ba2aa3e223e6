//! That something which a run made on a server is still to go; it stands beside how the run stands.

use leptos::prelude::*;

/// As a tag.
#[component]
pub(crate) fn CleaningTag() -> impl IntoView {
    view! {
        <span class="tag info" title="What the run made on the server is being taken away">
            <span aria-hidden="true">"↺"</span>
            "Cleaning up"
        </span>
    }
}
