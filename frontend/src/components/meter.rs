//! How far something has come, as a bar.

use leptos::prelude::*;

/// The bar. Without a percentage it only says that something is under way.
#[component]
pub(crate) fn Meter(
    /// Named for screen readers.
    label: String,
    /// How far.
    #[prop(into)]
    percent: Signal<Option<u64>>,
    /// The same in words.
    #[prop(into)]
    told: Signal<String>,
) -> impl IntoView {
    view! {
        <span
            class=move || if percent.get().is_some() { "meter" } else { "meter unknown" }
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || percent.get().map(|percent| percent.to_string())
            aria-valuetext=told
        >
            <i style:width=move || format!("{}%", percent.get().unwrap_or(100))></i>
        </span>
    }
}
