//! The guided page of a link between a SQL Server and a managed instance: both servers, every statement told before any
//! is sent, what has to be agreed to, and only then the run.

mod agree;
mod dry_run;
mod fields;
mod practice;
mod start;
mod statements;

pub(crate) use statements::statements;

use super::StartPage;
use super::new_run::{LimitFields, ServerField, SignInFields};
use crate::api::{self, Failure};
use crate::browser;
use crate::components::{Failed, Loaded, every};
use crate::route::Route;
use crate::state::agents::Choice;
use crate::state::form::{Asked, Form};
use crate::state::guided::{Fields, Wrong};
use crate::state::sign_in::SignIn;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::lasting::InstanceLink;
use model::{AgentId, RunId};
use std::time::Duration;

/// How often the agents are asked for while somebody looks.
const OFTEN: Duration = Duration::from_secs(10);

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct Guide {
    /// The SQL Server's fields, as the start page has them.
    page: StartPage,
    route: Route,
    /// The instance's, and what is tried.
    fields: RwSignal<Fields>,
    wrong: RwSignal<Vec<Wrong>>,
    /// The dry run that was made last.
    told: RwSignal<Option<Told>>,
    /// Its statements are all here.
    seen: RwSignal<bool>,
    busy: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
}

/// A dry run, and of what.
#[derive(Clone, PartialEq)]
struct Told {
    run: RunId,
    of: Of,
}

/// What statements depend on.
type Of = (String, Option<InstanceLink>, Vec<AgentId>);

impl Guide {
    /// What the statements would be told of now.
    fn of(&self) -> Of {
        let server = self.page.form.with(|form| form.server.trim().to_owned());
        let link = self.fields.with(|fields| fields.asked(true).ok());
        let agents = self.page.chosen().iter().map(|agent| agent.id).collect();
        (server, link, agents)
    }

    /// What is wrong with a field of this page.
    fn wrong(&self, field: &'static str) -> Option<String> {
        self.wrong.with(|all| {
            let found = all.iter().find(|wrong| wrong.field == field)?;
            Some(found.sentence.clone())
        })
    }

    /// Tells mistakes and goes to the first.
    fn refuse(&self, wrong: Vec<Wrong>) {
        let first = self.page.mistakes.with_untracked(|told| told.first_field());
        let first = first.or(wrong.first().map(|wrong| wrong.field));
        if let Some(field) = first {
            request_animation_frame(move || browser::focus(field));
        }
        self.wrong.set(wrong);
    }
}

/// The page under `/link`.
#[component]
pub(crate) fn Link(
    /// A run whose fields are filled in.
    again: Option<RunId>,
) -> impl IntoView {
    browser::title("Managed Instance link · Linecheck");
    // Nobody tries a link without signing in.
    let form = Form {
        sign_in: SignIn::Sql,
        ..Form::default()
    };
    let page = StartPage::new("", form, RwSignal::new(Loaded::Waiting));
    page.ask_for_agents();
    every(OFTEN, move || page.ask_for_agents());
    let guide = Guide {
        page,
        route: Route::here(),
        fields: RwSignal::new(Fields::default()),
        wrong: RwSignal::new(Vec::new()),
        told: RwSignal::new(None),
        seen: RwSignal::new(false),
        busy: RwSignal::new(false),
        failure: RwSignal::new(None),
    };
    if let Some(again) = again {
        fill(guide, again);
    }
    // Changed since, it is told anew and agreed to anew.
    let current = Memo::new(move |_| {
        let told = guide.told.get();
        told.filter(|told| guide.seen.get() && told.of == guide.of())
            .map(|told| told.run)
    });
    Effect::new(move |_| {
        if current.get().is_none() {
            guide
                .fields
                .update(|fields| fields.agreed = Default::default());
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        start::dry_run(guide);
    };
    view! {
        <main id="main" tabindex="-1" class="guided">
            <div class="head wide">
                <div>
                    <h1>"Do both ends of a Managed Instance link reach each other?"</h1>
                    <p class="muted">
                        "A SQL Server and a managed instance connect to each other, each by itself. First every statement is shown; nothing is sent until you agree."
                    </p>
                </div>
            </div>
            <div class="stack">
                <form class="stack" on:submit=submit novalidate autocomplete="off">
                    <fieldset class="card form" id="side-server">
                        <legend>"1 · The SQL Server"</legend>
                        <ServerField page />
                        <SignInFields page />
                    </fieldset>
                    <fields::Instance guide />
                    <fields::Tried guide>
                        <LimitFields page />
                    </fields::Tried>
                    <section class="card stacked" id="show" aria-labelledby="show-title">
                        <h2 id="show-title">"4 · Every statement, before any is sent"</h2>
                        <p class="small muted">
                            "A dry run: nobody signs in, and no statement is sent. It only writes down what would be."
                        </p>
                        <div class="submit">
                            <button class="primary" type="submit" disabled=guide.busy>
                                "Show every statement"
                            </button>
                        </div>
                    </section>
                    {move || guide.failure.get().map(|failure| view! { <Failed failure /> })}
                </form>
                <dry_run::Statements guide current />
                <agree::Agree guide current />
            </div>
            <aside class="stack">
                <section class="card small">
                    <h2>"What it does, in each direction"</h2>
                    <dl>
                        <dt>"Precheck"</dt>
                        <dd>"version, platform, permissions, SQL Server Agent, master key, port"</dd>
                        <dt>"Create"</dt>
                        <dd>"only what the connects need, under names that hold the run's id"</dd>
                        <dt>"Start, poll"</dt>
                        <dd>"the servers connect; no job is waited for longer than its limit"</dd>
                        <dt>"Read"</dt>
                        <dd>"whether each connect came about, and to which address"</dd>
                        <dt>"Clean up"</dt>
                        <dd>"in reverse, however it ends, and read back from the catalog"</dd>
                    </dl>
                    <p class="muted">"What was there before is used, never changed and never dropped."</p>
                </section>
            </aside>
            <practice::PracticeLinks guide />
        </main>
    }
}

/// `/link?again=RUN`: the fields of an earlier run, for which only the secrets are missing.
fn fill(guide: Guide, id: RunId) {
    spawn_local(async move {
        let Ok(run) = api::get::<Asked>(&format!("/api/runs/{id}")).await else {
            return;
        };
        let Some(link) = run.options.lasting.instance_link.clone() else {
            return;
        };
        guide.fields.try_set(Fields::of(&link));
        guide.page.form.try_update(|form| {
            form.server = run.target.server;
            form.take_options(&run.options);
            form.lasts = Default::default();
            form.agents = Choice::only(run.agent);
            form.sign_in_as(&run.login);
        });
        guide
            .page
            .announcer
            .say("Filled in from the earlier run. Give the secrets again.");
    });
}
