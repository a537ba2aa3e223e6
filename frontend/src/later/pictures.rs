//! The one way into the third module: the pictures of what lasts. Few runs have any, so it is fetched with the first
//! that has. Whatever is used only from here stands in it.

use super::{Missing, at_once};
use crate::components::{Failed, Loaded};
use crate::pages::{GroupPage, Heartbeats, Lasting, Replicas, RunPage};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Whose.
#[derive(Clone, Copy)]
pub(crate) enum Picture {
    /// A run's.
    Run(RunPage),
    /// Those of several runs, on one clock.
    Group(GroupPage),
}

/// Draws them; fetches the module first when it is not here.
#[leptos::wasm_split::wasm_split(
    pictures,
    wasm_split_path = ::leptos::wasm_split,
    preload(
        /// Fetches the module; at once when it is here.
        fetch
    ),
    fallible
)]
fn draw(picture: Picture) -> Result<AnyView, Missing> {
    Ok(match picture {
        Picture::Run(page) => view! { <Lasting page /> }.into_any(),
        Picture::Group(page) => view! {
            <Heartbeats page />
            <Replicas page />
        }
        .into_any(),
    })
}

/// The pictures, or what stands in their place until the module is here, and when it cannot be had.
#[component]
pub(crate) fn Pictures(
    /// Whose.
    of: Picture,
) -> impl IntoView {
    let here = RwSignal::new(Loaded::<()>::Waiting);
    let ask = move |()| {
        here.set(Loaded::Waiting);
        spawn_local(async move {
            let answer = fetch().await;
            here.try_set(answer.map_err(|error| Missing::from(error).into()).into());
        });
    };
    ask(());
    move || {
        let failure = match here.get() {
            Loaded::Waiting => {
                return view! {
                    <section class="card wide" aria-busy="true">
                        <p class="muted small" role="status">"The pictures are being loaded…"</p>
                    </section>
                }
                .into_any();
            }
            Loaded::Failed(failure) => failure,
            Loaded::Here(()) => match at_once(draw(of)) {
                Some(Ok(drawn)) => return drawn,
                _ => Missing.into(),
            },
        };
        view! {
            <section class="card wide">
                <Failed failure retry=ask />
            </section>
        }
        .into_any()
    }
}
