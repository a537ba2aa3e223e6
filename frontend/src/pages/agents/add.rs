//! Adding an agent: a token that works once, and the commands to give on the host.

use super::Page;
use crate::api::{self, Failure};
use crate::components::{Announcer, CopyButton, Failed, ticking};
use crate::door::Door;
use crate::state::agents::{commands, newcomer};
use crate::state::wait;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::AgentId;
use model::api::{Enrolment, NewEnrolment};
use std::collections::BTreeSet;

/// How far it is.
#[derive(Clone, Default)]
enum Adding {
    /// Not begun.
    #[default]
    Not,
    /// Asked for.
    Asked,
    /// The commands are shown; the agents that were there before.
    Shown(StoredValue<Enrolment>, BTreeSet<AgentId>),
    /// An agent came: its name.
    Done(String),
}

/// The card.
#[component]
pub(super) fn Add(page: Page) -> impl IntoView {
    let (door, announcer) = (Door::here(), Announcer::here());
    let adding = RwSignal::new(Adding::Not);
    let failure = RwSignal::new(None::<Failure>);
    let begin = move |_| {
        adding.set(Adding::Asked);
        failure.set(None);
        spawn_local(async move {
            let answer =
                api::post::<Enrolment>("/api/agents/enrolments", &NewEnrolment::default()).await;
            match answer {
                Ok(enrolment) => {
                    let before = page.agents.with_untracked(|agents| {
                        let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
                        agents.iter().map(|agent| agent.id).collect()
                    });
                    announcer.say("The commands are shown");
                    adding.set(Adding::Shown(StoredValue::new(enrolment), before));
                }
                Err(refused) => {
                    failure.set(Some(refused));
                    adding.set(Adding::Not);
                }
            }
        });
    };
    // The list is asked for anyway; whoever is new in it used the token.
    Effect::new(move |_| {
        let name = page.agents.with(|agents| {
            adding.with_untracked(|adding| match (adding, agents.here()) {
                (Adding::Shown(_, before), Some(agents)) => {
                    newcomer(before, agents).map(|agent| agent.name.clone())
                }
                _ => None,
            })
        });
        if let Some(name) = name {
            announcer.say(format!("{name} has been added"));
            adding.set(Adding::Done(name));
        }
    });
    let asked = Memo::new(move |_| adding.with(|adding| matches!(adding, Adding::Asked)));
    view! {
        <section class="card wide stacked" id="add-agent" aria-labelledby="add-title">
            <div class="row">
                <h2 id="add-title">"Add an agent"</h2>
                <button class="primary" disabled=asked on:click=begin>
                    {move || adding.with(|adding| match adding {
                        Adding::Not | Adding::Asked => "Add an agent",
                        Adding::Shown(..) => "Make another token",
                        Adding::Done(_) => "Add one more",
                    })}
                </button>
            </div>
            {move || match adding.get() {
                Adding::Shown(enrolment, _) => {
                    let portal = door.session();
                    let loopback = portal.as_ref().is_some_and(|session| session.public_url_is_loopback);
                    let portal = portal.map(|session| session.public_url);
                    view! { <Commands enrolment portal=portal.unwrap_or_default() loopback /> }.into_any()
                }
                Adding::Done(name) => {
                    view! {
                        <p class="note ok">
                            <span aria-hidden="true">"✓"</span>
                            <span><b>{name}</b>" has been added. Runs can be made from it as soon as it is connected."</span>
                        </p>
                    }
                        .into_any()
                }
                Adding::Not | Adding::Asked => {
                    view! {
                        <p class="muted">
                            "Any host that can reach this portal can be one. It needs the one file "
                            <span class="mono">"linecheck-agent"</span>
                            ", opens no port, and connects outwards only."
                        </p>
                    }
                        .into_any()
                }
            }}
            {move || failure.get().map(|failure| view! { <Failed failure /> })}
        </section>
    }
}

/// What to type on the host, and how long it can be.
#[component]
fn Commands(
    enrolment: StoredValue<Enrolment>,
    /// Where agents reach the portal.
    portal: String,
    /// Only this computer does.
    loopback: bool,
) -> impl IntoView {
    let now = ticking();
    let until = enrolment.with_value(|enrolment| enrolment.expires_at);
    let left = Memo::new(move |_| wait::left(until, now.get()));
    let lines = enrolment.with_value(|enrolment| commands(&portal, &enrolment.token));
    let whole = lines.join("\n");
    let live = Memo::new(move |_| left.get().is_some());
    view! {
        {loopback
            .then(|| {
                view! {
                    <p class="note warn">
                        <span aria-hidden="true">"!"</span>
                        <span>
                            "This portal listens on this computer only, so only an agent on this computer can reach it. For others, start it with --public-url and a login."
                        </span>
                    </p>
                }
            })}
        <Show
            when=move || live.get()
            fallback=|| {
                view! {
                    <p class="note warn" role="status">
                        <span aria-hidden="true">"!"</span>
                        <span>"This token is over: it was not used in time. Make another."</span>
                    </p>
                }
            }
        >
            <p>"On the host, once:"</p>
            <pre class="commands" tabindex="0" role="region" aria-label="Commands">{whole.clone()}</pre>
            <div class="row">
                <CopyButton label="Copy commands" text={let whole = whole.clone(); move |()| whole.clone()} />
                <p class="muted small">
                    "Works once, for "
                    <span class="num">{left}</span>
                    " more. Waiting for the agent; this page says when it is there."
                </p>
            </div>
        </Show>
    }
}
