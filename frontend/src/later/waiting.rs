//! What is shown while the second module is on its way: that it is, and what the portal says of a run in a word.

use crate::api::{self, Failure};
use crate::components::{Failed, OutcomeTag};
use crate::state::brief::Brief;
use crate::state::place::Place;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A module that is here sooner than this needs no company.
const SOON: Duration = Duration::from_millis(400);

/// The page's size, and in it what can be said already.
#[component]
pub(super) fn Waiting(
    /// The page that is waited for.
    place: Place,
    /// Why the module is not to be had.
    failure: Option<Failure>,
    /// Asks for it again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let brief = RwSignal::new(None::<Brief>);
    let late = RwSignal::new(failure.is_some());
    let path = Brief::path(&place);
    set_timeout(
        move || {
            if late.try_set(true).is_some() {
                return;
            }
            let Some(path) = path else { return };
            spawn_local(async move {
                let answer = api::get::<Brief>(&path).await;
                brief.try_set(answer.ok());
            });
        },
        SOON,
    );
    let busy = failure.is_none();
    view! {
        <main id="main" tabindex="-1" aria-busy=busy.to_string()>
            <div class="head wide bones">
                <h1>
                    {move || match brief.get() {
                        Some(brief) => view! { {brief.host().to_owned()} }.into_any(),
                        None => {
                            view! {
                                <span class="sr">"Loading"</span>
                                <span class="bone"></span>
                            }
                                .into_any()
                        }
                    }}
                </h1>
            </div>
            <section class="card wide verdict-room" id="later">
                {move || brief.get().map(|brief| stands(&brief))}
                {failure.map(|failure| view! { <Failed failure retry /> })}
                <Show when=move || busy && late.get()>
                    <p class="muted" role="status">"The rest of this page is being loaded…"</p>
                </Show>
            </section>
        </main>
    }
}

/// How a run stands, by the portal's word alone.
fn stands(brief: &Brief) -> AnyView {
    let (state, outcome) = brief.standing();
    view! {
        <p class="line">
            <OutcomeTag state outcome severity=None />
        </p>
        {brief.verdict().map(|title| view! { <p class="say">{title.to_owned()}</p> })}
    }
    .into_any()
}
