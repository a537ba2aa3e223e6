//! The address bar: which page is shown, and going to another without loading anything.

use crate::state::place::Place;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlAnchorElement;

/// Where the person is. One for the whole page, in context.
#[derive(Clone, Copy)]
pub(crate) struct Route(RwSignal<(String, String)>);

impl Route {
    /// Reads the address bar, and follows links, back and forward from now on.
    pub(crate) fn start() -> Self {
        let route = Self(RwSignal::new(bar()));
        let _ = window_event_listener(ev::popstate, move |_| route.0.set(bar()));
        let _ = window_event_listener(ev::click, move |event| {
            let plain = event.button() == 0
                && !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
            if !plain || event.default_prevented() {
                return;
            }
            if let Some(address) = link_of(&event) {
                event.prevent_default();
                route.go(&address);
            }
        });
        route
    }

    /// From the context of the page.
    pub(crate) fn here() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(bar())))
    }

    /// The page that is shown.
    pub(crate) fn place(self) -> Place {
        self.0.with(|(path, query)| Place::read(path, query))
    }

    /// Path and query, as they stand in the address bar.
    pub(crate) fn address(self) -> String {
        self.0
            .with_untracked(|(path, query)| format!("{path}{query}"))
    }

    /// Goes to a page of ours.
    pub(crate) fn go(self, address: &str) {
        self.move_to(address, false);
    }

    /// Goes to a page of ours in the place of this one: "back" passes it over.
    pub(crate) fn replace(self, address: &str) {
        self.move_to(address, true);
    }

    fn move_to(self, address: &str, replacing: bool) {
        let Some(window) = web_sys::window() else {
            return;
        };
        let Ok(history) = window.history() else {
            return;
        };
        let done = if replacing {
            history.replace_state_with_url(&JsValue::NULL, "", Some(address))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(address))
        };
        if done.is_ok() {
            self.0.set(bar());
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

/// What stands in the address bar: path and query.
fn bar() -> (String, String) {
    web_sys::window().map_or_else(Default::default, |window| {
        let location = window.location();
        (
            location.pathname().unwrap_or_default(),
            location.search().unwrap_or_default(),
        )
    })
}

/// The page of ours that a click leads to. Downloads, other hosts and what is not the page's own are the browser's.
fn link_of(event: &web_sys::MouseEvent) -> Option<String> {
    let element: web_sys::Element = event.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = element.closest("a[href]").ok()??.dyn_into().ok()?;
    let own = link.origin() == web_sys::window()?.location().origin().ok()?
        && link.hash().is_empty()
        && link.target().is_empty()
        && !link.has_attribute("download")
        && !link.rel().contains("external");
    own.then(|| format!("{}{}", link.pathname(), link.search()))
}
