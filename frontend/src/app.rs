//! The frame around every page: header, footer, keys, and the one live region.

use crate::api::{self, Failure};
use crate::browser;
use crate::components::{Announcer, Keys};
use crate::door::Door;
use crate::later::{FromLater, Later};
use crate::pages::{Login, NewRun, NotFound, Runs};
use crate::route::Route;
use crate::state::place::Place;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let announcer = Announcer::default();
    provide_context(announcer);
    let route = Route::start();
    provide_context(route);
    let door = Door::start(route);
    provide_context(door);
    provide_context(Later::start());
    let place = Memo::new(move |_| route.place());
    let drawn = Memo::new(move |_| door.known() || place.with(Place::is_open));
    view! {
        <Top place />
        {move || drawn.get().then(|| page(place.get()))}
        <footer class="foot small">
            <span class="muted">"Linecheck " {env!("CARGO_PKG_VERSION")}</span>
            <a href="/open">"Open a file"</a>
            <a href="/api/docs" rel="external">"API"</a>
        </footer>
        <div class="sr" role="status" aria-live="polite">
            {move || announcer.said()}
        </div>
    }
}

fn page(place: Place) -> AnyView {
    match place {
        Place::NewRun { again } => view! { <NewRun again /> }.into_any(),
        Place::Runs { agent, finding } => view! { <Runs agent finding /> }.into_any(),
        Place::Login { back } => view! { <Login back /> }.into_any(),
        Place::Nowhere => view! { <NotFound /> }.into_any(),
        place => view! { <FromLater place /> }.into_any(),
    }
}

#[component]
fn Top(place: Memo<Place>) -> impl IntoView {
    let keys_open = RwSignal::new(false);
    let route = Route::here();
    let door = Door::here();
    let _ = window_event_listener(ev::keydown, move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "/" if untrack(|| !place.with(Place::is_open)) => {
                event.prevent_default();
                if !matches!(place.get_untracked(), Place::NewRun { .. }) {
                    route.go("/");
                }
                request_animation_frame(|| browser::focus("server"));
            }
            "?" => {
                event.prevent_default();
                keys_open.set(true);
            }
            _ => {}
        }
    });
    let link = move |href: &'static str, name: &'static str, is: fn(&Place) -> bool| {
        view! {
            <a href=href aria-current=move || place.with(is).then_some("page")>
                {name}
            </a>
        }
    };
    // Who follows a share link is not shown ways that end at the login.
    let inside = move || {
        door.known() && door.is_in() && !place.with(|place| matches!(place, Place::Login { .. }))
    };
    view! {
        <a class="skip" href="#main" on:click=|event| {
            event.prevent_default();
            browser::focus("main");
        }>"Skip to content"</a>
        <header class="top">
            <a href="/" class="name" aria-label="Linecheck, new run">
                <Mark />
                "Linecheck"
            </a>
            <nav aria-label="Main">
                <Show when=inside>
                    {link("/", "New run", |place| matches!(place, Place::NewRun { .. } | Place::Link { .. }))}
                    {link("/runs", "Runs", |place| matches!(place, Place::Runs { .. } | Place::Run { .. } | Place::Group(_)))}
                    {link("/decode", "Decode", |place| matches!(place, Place::Decode))}
                    {link("/replicas", "Replicas", |place| matches!(place, Place::Replicas))}
                    {link("/patterns", "Patterns", |place| matches!(place, Place::Patterns))}
                    {link("/agents", "Agents", |place| matches!(place, Place::Agents))}
                </Show>
            </nav>
            <Show when=move || inside() && door.can_leave()>
                <LogOut />
            </Show>
            <button class="keys" aria-label="Keyboard keys" title="Keyboard keys (?)" on:click=move |_| keys_open.set(true)>
                "?"
            </button>
        </header>
        <Keys open=keys_open />
    }
}

/// Ends the login.
#[component]
fn LogOut() -> impl IntoView {
    let announcer = Announcer::here();
    let leaving = RwSignal::new(false);
    let label = RwSignal::new("Log out");
    let leave = move |_| {
        leaving.set(true);
        spawn_local(async move {
            match api::tell("/api/logout", &api::Empty {}).await {
                // Whose login had ended already is out too.
                Ok(()) | Err(Failure::Refused { .. }) => browser::load("/login"),
                Err(failure) => {
                    announcer.say(failure.sentence());
                    label.set("Not reached: log out again");
                    leaving.set(false);
                }
            }
        });
    };
    view! {
        <button disabled=leaving on:click=leave>
            {label}
        </button>
    }
}

/// The sign beside the name.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="var(--accent)" />
            <path
                d="M5 17h6l3-8 4 15 3-7h6"
                fill="none"
                stroke="var(--accent-ink)"
                stroke-width="2.6"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
        </svg>
    }
}

/// Whether the key goes into a field.
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                && !matches!(
                    element.get_attribute("type").as_deref(),
                    Some("checkbox" | "radio")
                )
        })
}
