//! New run: name a server, see what was understood, start.

mod from;
mod lasting;
mod limits;
mod practice;
mod recent;
mod server;
mod sign_in;
mod start;

use crate::api::{self, Failure};
use crate::browser;
use crate::components::{Announcer, Failed, Loaded, every};
use crate::door::Door;
use crate::route::Route;
use crate::state::agents::{Choice, sorted};
use crate::state::form::{Asked, Form, Mistakes, Ready};
use crate::state::place::Place;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::RunId;
use model::api::AgentView;
use std::time::Duration;

pub(crate) use lasting::parts as what_lasts;
pub(crate) use limits::LimitFields;
pub(crate) use server::{ServerField, server as understood};
pub(crate) use sign_in::{SignInFields, wrong as hint};
pub(crate) use start::{place, purpose, remember, seal_to, sealed};

/// How often the agents are asked for while somebody looks.
const OFTEN: Duration = Duration::from_secs(10);

/// What the parts of this page share.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// Before the names of its fields, where several such forms stand on one page.
    side: &'static str,
    pub(crate) form: RwSignal<Form>,
    pub(crate) mistakes: RwSignal<Mistakes>,
    pub(crate) agents: RwSignal<Loaded<Vec<AgentView>>>,
    /// Whether what lasts is unfolded.
    lasting: RwSignal<bool>,
    pub(crate) announcer: Announcer,
}

impl Page {
    /// A page's only form, or one of several that know the same agents.
    pub(crate) fn new(
        side: &'static str,
        form: Form,
        agents: RwSignal<Loaded<Vec<AgentView>>>,
    ) -> Self {
        Self {
            side,
            form: RwSignal::new(form),
            mistakes: RwSignal::new(Mistakes::default()),
            agents,
            lasting: RwSignal::new(false),
            announcer: Announcer::here(),
        }
    }

    /// The id of one of its fields.
    pub(crate) fn id(&self, field: &str) -> String {
        format!("{}{field}", self.side)
    }

    /// The agents that the run is made from, once the list is here.
    pub(crate) fn chosen(&self) -> Vec<AgentView> {
        self.agents.with(|agents| {
            let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
            self.form.with(|form| form.agents.among(agents))
        })
    }

    pub(crate) fn ready(&self) -> Result<Ready, Box<Mistakes>> {
        self.agents.with_untracked(|agents| {
            let agents = agents.here().map(Vec::as_slice);
            self.form.with_untracked(|form| form.ready(agents))
        })
    }

    pub(crate) fn ask_for_agents(self) {
        spawn_local(async move {
            let answer = api::get::<Vec<AgentView>>("/api/agents").await.map(sorted);
            let here = self
                .agents
                .try_with_untracked(|agents| agents.here().is_some());
            // A list that is a little old is better than none.
            if answer.is_ok() || here == Some(false) {
                self.agents.try_set(answer.into());
            }
        });
    }

    /// After a change: mistakes that were told are told anew, none is told before its time.
    pub(crate) fn recheck(&self) {
        if self
            .mistakes
            .with_untracked(|told| *told != Mistakes::default())
        {
            self.mistakes
                .set(self.ready().err().map(|told| *told).unwrap_or_default());
        }
    }

    /// Says what was moved out of a pasted connection string.
    fn say_moved(&self) {
        let moved = self.form.with_untracked(|form| form.moved.join(", "));
        self.announcer
            .say(format!("Connection string understood: {moved} filled in"));
    }
}

/// The page.
#[component]
pub(crate) fn NewRun(
    /// A run whose fields are filled in.
    again: Option<RunId>,
) -> impl IntoView {
    browser::title("New run · Linecheck");
    let (route, door) = (Route::here(), Door::here());
    let kept = door.kept();
    let again = again.filter(|_| kept.is_none());
    let page = Page::new("", kept.unwrap_or_default(), RwSignal::new(Loaded::Waiting));
    page.ask_for_agents();
    every(OFTEN, move || page.ask_for_agents());
    if let Some(again) = again {
        run_again(page, again);
    }
    on_cleanup(move || {
        // The login came in between: what was typed waits for the way back.
        if matches!(untrack(|| route.place()), Place::Login { .. }) {
            door.keep(page.form.get_untracked().without_password());
        }
    });
    let starting = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if starting.get_untracked() {
            return;
        }
        page.form.update(|form| {
            form.take_apart();
        });
        failure.set(None);
        let ready = match page.ready() {
            Ok(ready) => ready,
            Err(mistakes) => {
                if mistakes.lasts.is_some() {
                    page.lasting.set(true);
                }
                if let Some(field) = mistakes.first_field() {
                    request_animation_frame(move || browser::focus(field));
                }
                page.mistakes.set(*mistakes);
                return;
            }
        };
        page.mistakes.set(Mistakes::default());
        starting.set(true);
        spawn_local(async move {
            match start::start(page, ready).await {
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
                    <h1>"Why does this connection fail?"</h1>
                    <p class="muted">
                        "Name a server. Every step to it is tried and shown as it happens, then explained."
                    </p>
                </div>
            </div>
            <div class="stack">
                <form class="card form" on:submit=submit novalidate autocomplete="off">
                    <server::ServerField page />
                    <server::DatabaseField page />
                    <from::RunFrom page />
                    <sign_in::SignInFields page />
                    <lasting::WhatLasts page />
                    <limits::LimitFields page />
                    <div class="submit">
                        <button class="primary" type="submit" disabled=starting>
                            {move || if starting.get() { "Starting…" } else { "Start run" }}
                        </button>
                        <from::From page />
                    </div>
                    {move || failure.get().map(|failure| view! { <Failed failure /> })}
                </form>
            </div>
            <aside class="stack">
                <recent::RecentTargets page />
                <section class="card small">
                    <h2>"Two servers that have to reach each other"</h2>
                    <p>
                        <a href="/link">"Managed Instance link"</a>
                        ": every statement first, then both directions."
                    </p>
                    <p>
                        <a href="/replicas">"Availability replicas"</a>
                        ": both ways at once, for two minutes."
                    </p>
                </section>
                <section class="card small">
                    <h2>"What a run does"</h2>
                    <dl>
                        <dt>"Always"</dt>
                        <dd>"looks the name up, connects to every address, sends PRELOGIN, makes TLS"</dd>
                        <dt>"With sign-in"</dt>
                        <dd>"logs in once, follows redirects, sends one query that reads nothing of yours"</dd>
                        <dt>"Never"</dt>
                        <dd>"changes your data, or sends a password before the certificate is verified"</dd>
                    </dl>
                </section>
            </aside>
            <practice::PracticeTargets page />
        </main>
    }
}

/// `/?again=RUN`: the fields of an earlier run, for which only the secret is missing.
fn run_again(page: Page, id: RunId) {
    spawn_local(async move {
        let Ok(run) = api::get::<Asked>(&format!("/api/runs/{id}")).await else {
            return;
        };
        let signs_in = page
            .form
            .try_update(|form| {
                form.server = run.target.server;
                form.database = run.target.database;
                form.take_options(&run.options);
                form.agents = Choice::only(run.agent);
                form.sign_in_as(&run.login);
                form.sign_in.secret().is_some()
            })
            .unwrap_or_default();
        if signs_in {
            page.announcer
                .say("Filled in from the earlier run. Give its secret again.");
            request_animation_frame(|| browser::focus("password"));
        } else {
            page.announcer
                .say("Filled in from the earlier run. Change what is to differ, then start.");
        }
    });
}
