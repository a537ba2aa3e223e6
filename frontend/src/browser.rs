//! What the page asks of the browser besides drawing: its clock, its store, its clipboard, focus and scroll.

use chrono::{DateTime, Utc};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// When a browser that does not tell is taken to be idle.
const IDLE_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// Now.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Minutes east of UTC at a time, by the viewer's clock.
pub(crate) fn offset(at: DateTime<Utc>) -> i32 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    -(date.get_timezone_offset() as i32)
}

/// Milliseconds since the page was opened.
pub(crate) fn tick() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}

/// Does something once the browser has nothing else to do; after a while where it does not tell.
pub(crate) fn when_idle(act: impl Fn() + Clone + 'static) {
    let tells = web_sys::window().is_some_and(|window| {
        js_sys::Reflect::has(&window, &"requestIdleCallback".into()).unwrap_or_default()
    });
    if tells {
        leptos::prelude::request_idle_callback(act);
    } else {
        leptos::prelude::set_timeout(act, IDLE_AFTER);
    }
}

/// Whether nobody can see the page now.
pub(crate) fn hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

/// The document.
pub(crate) fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Puts the focus on an element.
pub(crate) fn focus(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.focus();
    }
}

/// Brings an element into the middle of the view.
pub(crate) fn reveal(id: &str) {
    if let Some(element) = element(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Center);
        options.set_behavior(if calm() {
            web_sys::ScrollBehavior::Auto
        } else {
            web_sys::ScrollBehavior::Smooth
        });
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Whether the viewer asked for no motion.
fn calm() -> bool {
    web_sys::window()
        .and_then(|window| {
            window
                .match_media("(prefers-reduced-motion: reduce)")
                .ok()?
        })
        .is_some_and(|query| query.matches())
}

/// Names the tab.
pub(crate) fn title(text: &str) {
    if let Some(document) = document() {
        document.set_title(text);
    }
}

/// Where this page is, with the host: what is copied as its link.
pub(crate) fn address(path: &str) -> String {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    format!("{}{path}", origin.unwrap_or_default())
}

/// Loads another of the portal's pages anew: nothing that this one held stays in memory.
pub(crate) fn load(path: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().replace(path);
    }
}

/// Reads from the browser's store.
pub(crate) fn stored(key: &str) -> Option<String> {
    store()?.get_item(key).ok()?
}

/// Writes to the browser's store; a browser that refuses is let be.
pub(crate) fn keep(key: &str, text: &str) {
    if let Some(store) = store() {
        let _ = store.set_item(key, text);
    }
}

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Copies a text. Answers whether it worked.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // Absent where the page is neither on loopback nor behind TLS.
    let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|value| !value.is_undefined())
        && JsFuture::from(window.navigator().clipboard().write_text(text))
            .await
            .is_ok()
    {
        return true;
    }
    copy_by_selection(text).unwrap_or(false)
}

fn copy_by_selection(text: &str) -> Option<bool> {
    let document: web_sys::HtmlDocument = document()?.dyn_into().ok()?;
    let area: web_sys::HtmlTextAreaElement =
        document.create_element("textarea").ok()?.dyn_into().ok()?;
    let before = document.active_element();
    area.set_value(text);
    document.body()?.append_child(&area).ok()?;
    area.select();
    let done = document.exec_command("copy").ok();
    area.remove();
    if let Some(before) = before.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = before.focus();
    }
    done
}

/// Waits until the browser has drawn.
pub(crate) async fn next_frame() {
    let drawn = js_sys::Promise::new(&mut |done, _| {
        leptos::prelude::request_animation_frame(move || {
            leptos::prelude::set_timeout(
                move || {
                    let _ = done.call0(&JsValue::NULL);
                },
                std::time::Duration::ZERO,
            );
        });
    });
    let _ = JsFuture::from(drawn).await;
}
