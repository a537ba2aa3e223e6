//! What stands under an address that nothing lives at.

use crate::browser;
use leptos::prelude::*;

/// The page for unknown addresses.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    browser::title("Not found · Linecheck");
    view! {
        <main id="main" tabindex="-1">
            <Nothing
                title="There is no page at this address"
                text="The link may be cut short, or written by hand. Runs keep their links for as long as they are kept."
            />
        </main>
    }
}

/// A card that says what is not there, and where to go.
#[component]
pub(crate) fn Nothing(
    /// In a few words.
    title: &'static str,
    /// Why that may be.
    text: &'static str,
) -> impl IntoView {
    view! {
        <section class="card wide">
            <h1>{title}</h1>
            <div class="empty">
                <p>{text}</p>
                <p class="actions">
                    <a href="/runs" class="button primary">"All runs"</a>
                    <a href="/" class="button">"New run"</a>
                </p>
            </div>
        </section>
    }
}
