//! A session to another replica: the session time-out that whoever looks may change, what it comes to, and what no one
//! can see from here. A run's page has it for one direction, a group's for all.

use crate::state::sessions::typed;
use leptos::prelude::*;
use rules::replica::LIMITS;

/// The field, empty for the session time-out in force. The answer stands beneath, at once.
pub(crate) fn timeout(
    text: RwSignal<String>,
    said: impl Fn() -> Vec<String> + Send + Sync + 'static,
) -> AnyView {
    let is_wrong = move || text.with(|text| typed(text).is_err());
    view! {
        <div class="what-if">
            <div class="field">
                <label for="session-timeout" class="small">
                    "With a session time-out of"
                </label>
                <input
                    id="session-timeout"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="the one in force"
                    aria-describedby="session-timeout-said"
                    aria-invalid=move || is_wrong().to_string()
                    prop:value=text
                    on:input:target=move |event| text.set(event.target().value())
                />
            </div>
            <div id="session-timeout-said" aria-live="polite">
                {move || {
                    if is_wrong() {
                        return view! {
                            <p class="note bad">
                                <span aria-hidden="true">"✕"</span>
                                <span>"Give a length of time: 10 s, 20 s, 500 ms."</span>
                            </p>
                        }
                            .into_any();
                    }
                    said().into_iter().map(|line| view! { <p>{line}</p> }).collect_view().into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}

/// What no one can see from here.
pub(crate) fn limits() -> AnyView {
    view! {
        <details class="advice small" id="session-limits">
            <summary>"What no one can see from here"</summary>
            <ul>{LIMITS.map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        </details>
    }
    .into_any()
}
