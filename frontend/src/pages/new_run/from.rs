//! Where the run is made from: one agent, or several at once.

use super::Page;
use crate::components::{AgentTag, Loaded};
use crate::state::agents::MOST;
use leptos::prelude::*;
use model::AgentId;
use model::api::AgentView;

/// The choice, where there is one to make.
#[component]
pub(super) fn RunFrom(page: Page) -> impl IntoView {
    let ids = Memo::new(move |_| {
        page.agents.with(|agents| {
            let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
            agents.iter().map(|agent| agent.id).collect::<Vec<_>>()
        })
    });
    let own = move |agents: &Vec<AgentView>| agents.iter().any(|agent| agent.built_in);
    // The portal's own and no other: nothing to choose, and the line beside the button says it.
    let choice = Memo::new(move |_| {
        ids.with(Vec::len) > 1
            || page
                .agents
                .with(|agents| agents.here().is_some_and(|it| !own(it)))
    });
    let wrong = move || page.mistakes.with(|mistakes| mistakes.agents.clone());
    let several = Memo::new(move |_| page.chosen().len() > 1);
    view! {
        <Show when=move || choice.get()>
            <fieldset id="run-from" tabindex="-1" aria-describedby="run-from-hint">
                <legend>"Run from"</legend>
                <div class="from">
                    <For each=move || ids.get() key=|id| *id let(id)>
                        <One page id />
                    </For>
                </div>
                <p class="hint small muted" id="run-from-hint">
                    {move || match (wrong(), several.get()) {
                        (Some(sentence), _) => {
                            view! {
                                <span class="note bad">
                                    <span aria-hidden="true">"✕"</span>
                                    <span>{sentence}</span>
                                </span>
                            }
                                .into_any()
                        }
                        (None, true) => "One run from each, at the same time, shown side by side.".into_any(),
                        (None, false) => "Choose several to see which of them the connection fails from.".into_any(),
                    }}
                </p>
            </fieldset>
        </Show>
    }
}

#[component]
fn One(page: Page, id: AgentId) -> impl IntoView {
    let agent = Memo::new(move |_| {
        page.agents.with(|agents| {
            let mut agents = agents.here()?.iter();
            agents.find(|agent| agent.id == id).cloned()
        })
    });
    let chosen = Memo::new(move |_| page.chosen().iter().any(|agent| agent.id == id));
    let full = Memo::new(move |_| !chosen.get() && page.chosen().len() >= MOST);
    let name = move || agent.with(|agent| agent.as_ref().map(|agent| agent.name.clone()));
    view! {
        <label class="choice">
            <input
                type="checkbox"
                name="agent"
                value=id.to_string()
                disabled=full
                prop:checked=chosen
                on:change:target=move |event| {
                    let on = event.target().checked();
                    page.agents
                        .with_untracked(|agents| {
                            let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
                            page.form.update(|form| form.agents.set(id, on, agents));
                        });
                    page.recheck();
                }
            />
            <span>{name}</span>
            {move || agent.get().map(|agent| view! { <AgentTag agent /> })}
        </label>
    }
}

/// Where it runs from, beside the button.
#[component]
pub(super) fn From(page: Page) -> impl IntoView {
    let text = move || {
        let none = page.agents.with(|agents| match agents {
            Loaded::Waiting => Some("…"),
            Loaded::Failed(_) => Some("the agent is not known yet"),
            Loaded::Here(agents) if agents.is_empty() => Some("no agent: add one first"),
            Loaded::Here(_) => None,
        });
        let names: Vec<String> = page.chosen().into_iter().map(|agent| agent.name).collect();
        match (none, names.as_slice()) {
            (Some(none), _) => none.to_owned(),
            (None, []) => "no agent yet".to_owned(),
            (None, names) => rules::words::list(names),
        }
    };
    view! {
        <span class="muted small">"Runs from " <b>{text}</b></span>
        <Show when=move || matches!(page.agents.get(), Loaded::Failed(_))>
            <button type="button" on:click=move |_| page.ask_for_agents()>
                "Ask again"
            </button>
        </Show>
    }
}
