//! A bundle from a file: read in this page alone, never uploaded, and shown like any run.

use super::run;
use crate::browser;
use crate::components::Announcer;
use bundle::{Bundle, Limits};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// How far it is.
#[derive(Clone)]
enum Read {
    /// No file yet.
    Nothing,
    /// One is being read.
    Reading(String),
    /// It cannot be shown.
    Refused { name: String, why: String },
    /// It is shown.
    Here {
        name: String,
        bundle: StoredValue<Option<Bundle>>,
    },
}

/// The page under `/open`.
#[component]
pub(crate) fn Open() -> impl IntoView {
    browser::title("Open a file · Linecheck");
    let announcer = Announcer::here();
    let read = RwSignal::new(Read::Nothing);
    let over = RwSignal::new(false);
    let take = move |file: web_sys::File| {
        let name = file.name();
        read.set(Read::Reading(name.clone()));
        spawn_local(async move {
            let answer = match of_file(&file).await {
                Ok(bundle) => Read::Here {
                    name,
                    bundle: StoredValue::new(Some(bundle)),
                },
                Err(why) => {
                    announcer.say(format!("The file cannot be shown. {why}"));
                    Read::Refused { name, why }
                }
            };
            read.try_set(answer);
        });
    };
    // Wherever on the page it is dropped: the browser's own way would leave the page for the file.
    let dragging = window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        over.set(true);
    });
    let left = window_event_listener(ev::dragleave, move |_| over.set(false));
    let dropped = window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        over.set(false);
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            take(file);
        }
    });
    on_cleanup(move || {
        dragging.remove();
        left.remove();
        dropped.remove();
    });
    move || match read.get() {
        Read::Here { name, bundle } => {
            let Some(bundle) = bundle.try_update_value(Option::take).flatten() else {
                return ().into_any();
            };
            let another = Callback::new(move |()| read.set(Read::Nothing));
            run::of_file(bundle, name, another)
        }
        Read::Nothing => choose(over, take, ().into_any()),
        Read::Reading(name) => choose(
            over,
            take,
            view! { <p role="status">"Reading " <b>{name}</b> "…"</p> }.into_any(),
        ),
        Read::Refused { name, why } => choose(over, take, refused(&name, why)),
    }
}

fn refused(name: &str, why: String) -> AnyView {
    view! {
        <div class="note bad" id="refused" role="alert">
            <span aria-hidden="true">"✕"</span>
            <span>
                <b>{name.to_owned()}</b>
                " cannot be shown. "
                {why}
                " A bundle is the file AllFiles.zip of a run, as a portal or linecheck-agent check wrote it, unchanged."
            </span>
        </div>
    }
    .into_any()
}

/// The place to drop a file, and the button for those who do not drag.
fn choose(
    over: RwSignal<bool>,
    take: impl Fn(web_sys::File) + Copy + 'static,
    below: AnyView,
) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>"Open a bundle from a file"</h1>
                    <p class="muted">
                        "AllFiles.zip of a run is read in this page only: nothing of it is sent to the portal or kept."
                    </p>
                </div>
            </div>
            <section class="card wide zone" class:is-over=over aria-label="Choose a file">
                <p>
                    <b>"Drop AllFiles.zip anywhere on this page"</b>
                    <br />
                    <span class="muted">"or choose it from this computer."</span>
                </p>
                <label class="button primary" for="file">"Choose a file…"</label>
                <input
                    id="file"
                    class="sr"
                    type="file"
                    accept=".zip,application/zip"
                    node_ref=field
                    on:change=move |_| {
                        let Some(field) = field.get_untracked() else {
                            return;
                        };
                        let file = field.files().and_then(|files| files.get(0));
                        // The same file may be chosen again.
                        field.set_value("");
                        if let Some(file) = file {
                            take(file);
                        }
                    }
                />
                {below}
            </section>
        </main>
    }
    .into_any()
}

/// Reads the file within the limits; the error is a sentence.
async fn of_file(file: &web_sys::File) -> Result<Bundle, String> {
    let limits = Limits::default();
    // Before a byte of it is in memory.
    if file.size() > limits.archive_bytes as f64 {
        let most = limits.archive_bytes / (1024 * 1024);
        return Err(format!("It is larger than {most} MiB."));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes
        .ok()
        .and_then(|bytes| bytes.dyn_into::<js_sys::ArrayBuffer>().ok())
        .ok_or("The browser could not read it: is it still there?")?;
    let bytes = js_sys::Uint8Array::new(&bytes).to_vec();
    // One frame, so that "Reading" is seen.
    browser::next_frame().await;
    bundle::open(&bytes, &limits).map_err(|refused| refused.to_string())
}
