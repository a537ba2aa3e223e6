//! Deleting a run, after asking.

use super::page::Page;
use crate::api;
use crate::components::Confirm;
use crate::route::Route;
use leptos::prelude::*;

/// The button and its question.
#[component]
pub(super) fn Delete(page: Page) -> impl IntoView {
    let route = Route::here();
    let open = RwSignal::new(false);
    let act = move || async move {
        api::delete(&format!("/api/runs/{}", page.id())).await?;
        page.announcer.say("The run has been deleted");
        route.replace("/runs");
        Ok(())
    };
    view! {
        <button on:click=move |_| open.set(true)>"Delete…"</button>
        <Confirm open id="delete" title="Delete this run?" yes="Delete" act=act>
            <p>
                "Its events, its verdict and its files go, and every link to it stops working. This cannot be undone."
            </p>
        </Confirm>
    }
}
