//! placeholder
use leptos::prelude::*;
#[component]
pub(crate) fn Run() -> impl IntoView {
    view! {<main id="main" tabindex="-1"></main>}
}
