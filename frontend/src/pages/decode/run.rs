//! The run that tells the causes apart: what it does, and the way to the start page with its options set.

use crate::components::Announcer;
use crate::door::Door;
use crate::route::Route;
use crate::state::decode::form;
use leptos::prelude::*;
use rules::decode::Decoded;

/// What it does, and the button.
pub(super) fn run(decoded: &Decoded) -> AnyView {
    let Some(run) = decoded.run.clone() else {
        return ().into_any();
    };
    let (route, door, announcer) = (Route::here(), Door::here(), Announcer::here());
    let parts = run
        .parts
        .iter()
        .map(|part| {
            view! {
                <li>
                    <b>{part.trial.name()}</b>
                    <br />
                    <span class="muted">{part.trial.shows()}</span>
                </li>
            }
        })
        .collect_view();
    let needs = run
        .needs()
        .into_iter()
        .map(|need| view! { <p class="small muted">{need}</p> })
        .collect_view();
    let (kept, said) = (
        form(&run),
        format!(
            "Options are set: {}. Say how to sign in, then start.",
            run.names().join(", ")
        ),
    );
    let start = move |_| {
        door.keep(kept.clone());
        route.go("/");
        announcer.say(said.clone());
    };
    view! {
        <section class="card stacked" aria-labelledby="run">
            <h2 id="run">"The run that tells them apart"</h2>
            <ul class="plain-list small stacked">{parts}</ul>
            {needs}
            <button class="primary" id="start-run" on:click=start>
                "Start the run that tells them apart"
            </button>
            <p class="small muted">"Opens the start page with these options set; the text stays here."</p>
        </section>
    }
    .into_any()
}
