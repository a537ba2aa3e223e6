//! What has to be agreed to, each by itself, and the button that begins it.

use super::{Guide, start};
use crate::pages::new_run::hint;
use leptos::prelude::*;
use model::RunId;

/// The two agreements. They can be given only to statements that are shown and still hold.
#[component]
pub(super) fn Agree(guide: Guide, current: Memo<Option<RunId>>) -> impl IntoView {
    let fields = guide.fields;
    let locked = Signal::derive(move || current.get().is_none());
    let key = move |id: &'static str, choice: bool, label: &'static str, means: &'static str| {
        view! {
            <label class="choice top-aligned">
                <input
                    type="radio"
                    name="agree-key"
                    id=id
                    disabled=locked
                    prop:checked=move || fields.with(|fields| fields.agreed.master_key == Some(choice))
                    on:change=move |_| {
                        fields.update(|fields| fields.agreed.master_key = Some(choice));
                        guide.wrong.set(Vec::new());
                    }
                />
                <span>
                    {label}
                    <small class="muted">{means}</small>
                </span>
            </label>
        }
    };
    let makes = move || fields.with(|fields| fields.makes_objects());
    let from = move || fields.with(|fields| fields.from_instance);
    view! {
        <section class="card form" id="agree" tabindex="-1" aria-labelledby="agree-title">
            <h2 id="agree-title">"5 · Agree, and begin"</h2>
            <p class="small muted" id="agree-when">
                {move || match (locked.get(), guide.told.with(Option::is_some)) {
                    (false, _) => "You have seen every statement. Nothing has been sent yet.",
                    (true, false) => "First have every statement shown: press “Show every statement” above.",
                    (true, true) => "Only to statements that are shown and still hold.",
                }}
            </p>
            <Show when=makes>
                <fieldset aria-describedby="agree-objects-hint">
                    <legend>"Objects on both servers"</legend>
                    <label class="choice top-aligned">
                        <input
                            type="checkbox"
                            id="agree-objects"
                            disabled=locked
                            prop:checked=move || fields.with(|fields| fields.agreed.objects)
                            on:change:target=move |event| {
                                fields.update(|fields| fields.agreed.objects = event.target().checked());
                                guide.wrong.set(Vec::new());
                            }
                        />
                        <span>
                            <b>"They may be made"</b>
                            <small class="muted">
                                "Jobs, a procedure, a certificate and an endpoint, as shown. They are dropped however it ends, and read back as gone; should that fail, the run shows the T-SQL."
                            </small>
                        </span>
                    </label>
                    <p class="hint" id="agree-objects-hint">
                        {move || hint(guide.wrong("agree-objects"), "")}
                    </p>
                </fieldset>
            </Show>
            <Show when=from>
                <fieldset aria-describedby="agree-key-hint">
                    <legend>"A master key, where master of the SQL Server has none"</legend>
                    {key(
                        "agree-key",
                        true,
                        "It may be made",
                        "Dropped again only when it is the one that was made. One that was there before is used and stays.",
                    )}
                    {key(
                        "refuse-key",
                        false,
                        "It must not be made",
                        "Without one the SQL Server takes no certificate, and the direction from the instance is left out.",
                    )}
                    <p class="hint" id="agree-key-hint">
                        {move || hint(guide.wrong("agree-key"), "")}
                    </p>
                </fieldset>
            </Show>
            <div class="submit">
                <button
                    class="primary"
                    type="button"
                    id="begin"
                    disabled=move || locked.get() || guide.busy.get()
                    on:click=move |_| start::begin(guide)
                >
                    "Begin"
                </button>
                <span class="muted small">{move || whom(guide)}</span>
            </div>
            {move || {
                let wrong = guide.wrong("sign-in");
                wrong.map(|wrong| view! { <p class="small" role="alert">{hint(Some(wrong), "")}</p> })
            }}
        </section>
    }
}

/// Whom both secrets are sealed to.
fn whom(guide: Guide) -> String {
    match guide.page.chosen().first() {
        Some(agent) => format!(
            "Both secrets are sealed to {}, key {}: each for its own server, port and login.",
            agent.name, agent.fingerprint
        ),
        None => "The agent's key is not here yet; without it nothing can be sealed.".to_owned(),
    }
}
