//! Agents: where runs can be made from, how each stands, and how one more is added or removed.

mod add;
mod remove;

use crate::api::{self, Failure};
use crate::browser;
use crate::components::{AgentTag, Failed, Loaded, When, every};
use crate::state::agents::sorted;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::AgentId;
use model::api::AgentView;
use std::time::Duration;

/// How often the list is asked for while somebody looks.
const OFTEN: Duration = Duration::from_secs(3);

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct Page {
    agents: RwSignal<Loaded<Vec<AgentView>>>,
    /// The list on the page is old: the portal did not answer when it was asked again.
    stale: RwSignal<Option<Failure>>,
    /// The agent that is to be removed.
    removing: RwSignal<Option<AgentView>>,
}

impl Page {
    fn ask(self) {
        spawn_local(async move {
            let answer = api::get::<Vec<AgentView>>("/api/agents").await.map(sorted);
            let shown = self
                .agents
                .try_with_untracked(|agents| agents.here().is_some());
            match answer {
                Err(failure) if shown == Some(true) => {
                    self.stale.try_set(Some(failure));
                }
                answer => {
                    self.stale.try_set(None);
                    self.agents.try_set(answer.into());
                }
            }
        });
    }
}

/// The page.
#[component]
pub(crate) fn Agents() -> impl IntoView {
    browser::title("Agents · Linecheck");
    let page = Page {
        agents: RwSignal::new(Loaded::Waiting),
        stale: RwSignal::new(None),
        removing: RwSignal::new(None),
    };
    page.ask();
    every(OFTEN, move || page.ask());
    // What the card holds; the rows see to themselves.
    let held = Memo::new(move |_| {
        page.agents.with(|agents| match agents {
            Loaded::Waiting => Loaded::Waiting,
            Loaded::Failed(failure) => Loaded::Failed(failure.clone()),
            Loaded::Here(agents) => Loaded::Here(agents.is_empty()),
        })
    });
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>"Agents"</h1>
                    <p class="muted">"A run is made from an agent's host: choose the one where the connection fails."</p>
                </div>
            </div>
            {move || {
                page.stale
                    .get()
                    .map(|failure| {
                        view! {
                            <p class="card wide banner note warn" role="status">
                                <span aria-hidden="true">"!"</span>
                                <span>"This list is not up to date. " {failure.sentence()}</span>
                            </p>
                        }
                    })
            }}
            <section class="card wide agents" aria-label="Agents">
                {move || match held.get() {
                    Loaded::Waiting => bones(),
                    Loaded::Failed(failure) => {
                        let retry = move |()| {
                            page.agents.set(Loaded::Waiting);
                            page.ask();
                        };
                        view! { <Failed failure retry /> }.into_any()
                    }
                    Loaded::Here(true) => {
                        view! {
                            <p class="empty">
                                "This portal has no agent, not even one of its own. Add one below: without it no run can be made."
                            </p>
                        }
                            .into_any()
                    }
                    Loaded::Here(false) => table(page),
                }}
            </section>
            <add::Add page />
            <remove::Remove page />
        </main>
    }
}

/// The rows stay where they are while what they say changes, so that the focus stays too.
fn table(page: Page) -> AnyView {
    let ids = move || {
        let ids = |agents: &Vec<AgentView>| agents.iter().map(|agent| agent.id).collect();
        page.agents
            .with(|agents| agents.here().map_or_else(Vec::new, ids))
    };
    view! {
        <table role="table">
            <thead role="rowgroup">
                <tr role="row">
                    {["Agent", "State", "Last heartbeat", "Version", "Key fingerprint", "Runs"]
                        .map(|name| view! { <th role="columnheader" scope="col">{name}</th> })
                        .collect_view()}
                    <td role="cell"></td>
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=ids key=|id| *id let(id)>
                    <Row page id />
                </For>
            </tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(page: Page, id: AgentId) -> impl IntoView {
    let agent = Memo::new(move |_| {
        let find = |agents: &Vec<AgentView>| agents.iter().find(|agent| agent.id == id).cloned();
        page.agents.with(|agents| agents.here().and_then(find))
    });
    let get = move |read: fn(&AgentView) -> String| {
        agent.with(|agent| agent.as_ref().map(read).unwrap_or_default())
    };
    let fixed = agent.get_untracked();
    let built_in = fixed.as_ref().is_some_and(|agent| agent.built_in);
    let name = fixed.map(|agent| agent.name).unwrap_or_default();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                {name.clone()}
                {built_in.then(|| view! { <span class="muted small">" built in"</span> })}
            </th>
            <td role="cell">
                {move || agent.get().map(|agent| view! { <AgentTag agent /> })}
            </td>
            <td role="cell" data-name="Last heartbeat">
                {move || match agent.get()?.last_heartbeat {
                    Some(at) => Some(view! { <When at ago=true /> }.into_any()),
                    None => Some("none yet".into_any()),
                }}
            </td>
            <td role="cell" data-name="Version">
                {move || get(|agent| agent.version.clone())}
            </td>
            <td role="cell" data-name="Key" class="mono">
                {move || get(|agent| agent.fingerprint.clone())}
            </td>
            <td role="cell" data-name="Runs">
                <a href=format!("/runs?agent={id}") aria-label=format!("Its runs, {name}")>
                    "Its runs"
                </a>
                {move || get(|agent| match agent.runs {
                    0 => String::new(),
                    some => format!(", {some} now"),
                })}
            </td>
            <td role="cell" class="do">
                {(!built_in)
                    .then(|| {
                        view! {
                            <button
                                aria-label=format!("Remove {name}")
                                on:click=move |_| page.removing.set(agent.get_untracked())
                            >
                                "Remove…"
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
}

/// The list's size while it is on its way.
fn bones() -> AnyView {
    view! {
        <div class="stacked" aria-hidden="true">
            <span class="bone"></span>
            <span class="bone"></span>
            <span class="bone"></span>
        </div>
        <p class="sr">"Loading agents"</p>
    }
    .into_any()
}
