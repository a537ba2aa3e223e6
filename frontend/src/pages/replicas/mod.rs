//! Availability replicas: from each side a connect every second to the endpoint of the other, at the same time, and
//! what each server says of it meanwhile. One side alone will do.

mod options;
mod practice;
mod side;
mod start;

use super::new_run::Page as Fields;
use crate::api::Failure;
use crate::browser;
use crate::components::{Failed, Loaded, every};
use crate::route::Route;
use crate::state::agents::Choice;
use crate::state::form::Form;
use crate::state::replicas::{Replicas, Side};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often the agents are asked for while somebody looks.
const OFTEN: Duration = Duration::from_secs(10);

const NOBODY: &str = "Choose an agent on one side at least.";

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct Page {
    first: Fields,
    second: Fields,
    listener: Fields,
    fields: RwSignal<Replicas>,
    wrong: RwSignal<Option<start::Told>>,
}

impl Page {
    /// A side's server, sign-in and agent.
    fn side(self, side: Side) -> Fields {
        match side {
            Side::First => self.first,
            Side::Second => self.second,
        }
    }

    /// Whether something is run from a side.
    fn runs(self, side: Side) -> bool {
        !self.side(side).chosen().is_empty()
    }

    /// What was told is told anew.
    fn recheck(self) {
        if self.wrong.with_untracked(Option::is_some) {
            self.wrong.set(start::requests(self).err());
        }
    }

    /// What is wrong with a field of its own.
    fn told(self, field: &'static str) -> Option<String> {
        self.wrong.with(|wrong| {
            let wrong = wrong.as_ref().filter(|wrong| wrong.field == field)?;
            Some(wrong.sentence.clone())
        })
    }
}

/// The page under `/replicas`.
#[component]
pub(crate) fn ReplicaSessions() -> impl IntoView {
    browser::title("Availability replicas · Linecheck");
    let route = Route::here();
    let agents = RwSignal::new(Loaded::Waiting);
    let nobody = || Form {
        agents: Choice::none(),
        ..Form::default()
    };
    let page = Page {
        first: Fields::new(Side::First.key(), Form::default(), agents),
        second: Fields::new(Side::Second.key(), nobody(), agents),
        listener: Fields::new("l-", Form::default(), agents),
        fields: RwSignal::new(Replicas::default()),
        wrong: RwSignal::new(None),
    };
    page.first.ask_for_agents();
    every(OFTEN, move || page.first.ask_for_agents());
    // Of two agents one is for each side, until somebody says otherwise.
    Effect::new(move |before: Option<bool>| {
        let known = agents.with(|agents| agents.here().is_some());
        if known && before == Some(false) {
            let second = agents.with_untracked(|agents| {
                let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
                let second = agents.iter().find(|agent| !agent.built_in);
                second.map(|agent| agent.id)
            });
            if let Some(id) = second {
                page.second
                    .form
                    .update(|form| form.agents = Choice::only(id));
            }
        }
        known
    });
    let starting = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if starting.get_untracked() {
            return;
        }
        failure.set(None);
        page.wrong.set(None);
        let asked = match start::requests(page) {
            Ok(asked) => asked,
            Err(wrong) => {
                let field = wrong.field.clone();
                request_animation_frame(move || browser::focus(&field));
                page.wrong.set(Some(wrong));
                return;
            }
        };
        starting.set(true);
        spawn_local(async move {
            match start::start(asked).await {
                Ok(url) => route.go(&url),
                Err(refused) => {
                    failure.try_set(Some(refused));
                    starting.try_set(false);
                }
            }
        });
    };
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>"Would these replicas lose each other?"</h1>
                    <p class="muted">
                        "From each replica's host to the other's endpoint, both ways at once, beside what each server says of it."
                    </p>
                </div>
            </div>
            <form class="stack replicas" on:submit=submit novalidate autocomplete="off">
                {Side::BOTH.map(|side| view! { <side::OneSide page side /> }).collect_view()}
                <section class="card form">
                    <options::Options page />
                    <options::Listener page />
                    <div class="submit">
                        <button class="primary" type="submit" disabled=starting>
                            {move || if starting.get() { "Starting…" } else { "Start" }}
                        </button>
                        <span class="muted small" id="replicas-plan">
                            {move || plan(page)}
                        </span>
                    </div>
                    {move || failure.get().map(|failure| view! { <Failed failure /> })}
                </section>
            </form>
            <aside class="stack">
                <section class="card small">
                    <h2>"What is done"</h2>
                    <dl>
                        <dt>"From each side"</dt>
                        <dd>"opens a TCP connection to the other's endpoint every second, sends nothing over it, and closes it"</dd>
                        <dt>"With sign-in"</dt>
                        <dd>"reads that server's replicas, their states, its endpoints and its error log"</dd>
                        <dt>"Then shown"</dt>
                        <dd>"gaps, whether a session would have been lost, and what the servers said, on one clock"</dd>
                        <dt>"Never"</dt>
                        <dd>"creates or changes anything on a server, or fails anything over"</dd>
                    </dl>
                </section>
                <practice::Practice page />
            </aside>
        </main>
    }
}

/// What a press of Start comes to.
fn plan(page: Page) -> String {
    let sides = Side::BOTH.into_iter().filter(|side| page.runs(*side));
    let ways = match sides.count() {
        0 => return NOBODY.to_owned(),
        1 => "One way",
        _ => "Both ways at once",
    };
    match page.fields.with(Replicas::takes) {
        Some(takes) => {
            format!("{ways}, for {takes}; a minute more at most for what the servers are asked.")
        }
        None => format!("{ways}."),
    }
}
