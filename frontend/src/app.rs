//! The frame around every page: header, routes, keys, and the one live region.

use crate::browser;
use crate::components::{Announcer, Keys};
use crate::pages::{NewRun, NotFound, Run, Runs};
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::path;
use wasm_bindgen::JsCast;

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let announcer = Announcer::default();
    provide_context(announcer);
    view! {
        <Router>
            <Frame>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=NewRun />
                    <Route path=path!("/runs") view=Runs />
                    <Route path=path!("/runs/:id") view=Run />
                </Routes>
            </Frame>
        </Router>
        <div class="sr" role="status" aria-live="polite">
            {move || announcer.said()}
        </div>
    }
}

#[component]
fn Frame(children: Children) -> impl IntoView {
    let keys_open = RwSignal::new(false);
    let location = use_location();
    let navigate = use_navigate();
    let on_key = window_event_listener(ev::keydown, move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "/" => {
                event.prevent_default();
                if location.pathname.get_untracked() != "/" {
                    navigate("/", NavigateOptions::default());
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
    on_cleanup(move || on_key.remove());
    view! {
        <a class="skip" href="#main" on:click=|event| {
            event.prevent_default();
            browser::focus("main");
        }>"Skip to content"</a>
        <header class="top">
            <A href="/" attr:class="name" exact=true attr:aria-label="Linecheck, new run">
                <Mark />
                "Linecheck"
            </A>
            <nav aria-label="Main">
                <A href="/" exact=true>"New run"</A>
                <A href="/runs">"Runs"</A>
            </nav>
            <button class="keys" aria-label="Keyboard keys" title="Keyboard keys (?)" on:click=move |_| keys_open.set(true)>
                "?"
            </button>
        </header>
        {children()}
        <Keys open=keys_open />
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
