//! One side: where it is run from, the server there, and its endpoint as the other side names it.

use super::Page;
use crate::components::{AgentTag, Loaded};
use crate::pages::new_run::{ServerField, SignInFields};
use crate::state::agents::Choice;
use crate::state::replicas::{Replicas, Side};
use leptos::prelude::*;

/// Its card.
#[component]
pub(super) fn OneSide(page: Page, side: Side) -> impl IntoView {
    let fields = page.side(side);
    let runs = Memo::new(move |_| page.runs(side));
    let reached = Memo::new(move |_| page.runs(side.other()));
    let heading = format!("{}title", side.key());
    let labelled = heading.clone();
    view! {
        <section class="card form" aria-labelledby=labelled>
            <h2 id=heading>{side.title()}</h2>
            <From page fields=side hint="On this replica's host, or next to it." />
            <Show when=move || runs.get()>
                <ServerField page=fields />
                <SignInFields page=fields />
            </Show>
            <Show when=move || reached.get()>
                <Endpoint page side />
            </Show>
            <Show when=move || !runs.get() && !reached.get()>
                <p class="muted small">{super::NOBODY}</p>
            </Show>
        </section>
    }
}

/// Where it is run from.
#[component]
fn From(page: Page, fields: Side, hint: &'static str) -> impl IntoView {
    let side = page.side(fields);
    let id = side.id("from");
    let described = format!("{id}-hint");
    let chosen = Memo::new(move |_| side.chosen().into_iter().next());
    let choose = move |key: String| {
        side.form.update(|form| {
            form.agents = key.parse().map_or_else(|_| Choice::none(), Choice::only);
        });
        page.recheck();
    };
    view! {
        <div class="field">
            <label for=id.clone()>"Run from"</label>
            <select id=id aria-describedby=described.clone() on:change:target=move |event| choose(event.target().value())>
                <option value="" selected=move || chosen.with(Option::is_none)>
                    "no agent here: only connected to"
                </option>
                {move || {
                    let all = side.agents.get();
                    let agents = all.here().cloned().unwrap_or_default();
                    agents
                        .into_iter()
                        .map(|agent| {
                            let id = agent.id;
                            let is_it = move || chosen.with(|it| it.as_ref().is_some_and(|it| it.id == id));
                            view! { <option value=id.to_string() selected=is_it>{agent.name}</option> }
                        })
                        .collect_view()
                }}
            </select>
            <p class="hint line" id=described>
                <span>
                    {move || match (side.agents.get(), chosen.with(Option::is_some)) {
                        (Loaded::Failed(_), _) => "The agents are not known yet.",
                        (_, true) => hint,
                        (_, false) => "With an agent on this host, too, both ways are tried at once.",
                    }}
                </span>
                {move || chosen.get().map(|agent| view! { <AgentTag agent /> })}
            </p>
        </div>
    }
}

/// Where the other side connects to.
#[component]
fn Endpoint(page: Page, side: Side) -> impl IntoView {
    let id = side.endpoint();
    let described = format!("{id}-hint");
    let told = move || {
        let understood = page.fields.with(|fields| fields.understood(side));
        match (page.told(id), understood) {
            (_, Some(Err(sentence))) | (Some(sentence), None) => view! {
                <span class="note bad">
                    <span aria-hidden="true">"✕"</span>
                    <span>{sentence}</span>
                </span>
            }
            .into_any(),
            (_, Some(Ok((host, port)))) => view! {
                <span class="note">
                    <span aria-hidden="true" class="ok-sign">"✓"</span>
                    <span>"host " <span class="mono">{host}</span> " · port " {port}</span>
                </span>
            }
            .into_any(),
            (None, None) => "Of this replica, as the other one names it: its endpoint_url, or a host. 5022 without a port.".into_any(),
        }
    };
    let is_wrong = move || {
        let understood = page.fields.with(|fields| fields.understood(side));
        matches!(understood, Some(Err(_))) || page.told(id).is_some()
    };
    view! {
        <div class="field">
            <label for=id>"Endpoint of this replica"</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="TCP://sql-b.contoso.com:5022"
                aria-describedby=described.clone()
                aria-invalid=move || is_wrong().to_string()
                prop:value=move || page.fields.with(|fields| fields.endpoint(side).to_owned())
                on:input:target=move |event| {
                    let typed = event.target().value();
                    page.fields.update(|fields: &mut Replicas| fields.name_endpoint(side, typed));
                    page.recheck();
                }
            />
            <p class="hint" id=described>{told}</p>
        </div>
    }
}
