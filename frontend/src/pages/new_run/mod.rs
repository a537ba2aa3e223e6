//! New run: name a server, see what was understood, start.

mod limits;
mod practice;
mod recent;
mod server;
mod sign_in;
mod start;

use crate::api::{self, Failure};
use crate::browser;
use crate::components::{Announcer, Failed, Loaded};
use crate::state::form::{Form, Mistakes, SignIn};
use crate::state::limits::Limits;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::api::AgentView;
use model::{PlanLogin, RunView};

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct Page {
    form: RwSignal<Form>,
    mistakes: RwSignal<Mistakes>,
    agents: RwSignal<Loaded<Vec<AgentView>>>,
    announcer: Announcer,
}

impl Page {
    /// The agent that runs are made from: the portal's own.
    fn agent(&self) -> Option<AgentView> {
        self.agents.with(|agents| {
            let agents = agents.here()?;
            agents.iter().find(|agent| agent.built_in).cloned()
        })
    }

    fn ask_for_agents(self) {
        spawn_local(async move {
            let answer = api::get::<Vec<AgentView>>("/api/agents").await;
            self.agents.try_set(answer.into());
        });
    }

    /// After a change: mistakes that were told are told anew, none is told before its time.
    fn recheck(&self) {
        if self
            .mistakes
            .with_untracked(|told| *told != Mistakes::default())
        {
            let now = self.form.with_untracked(|form| form.ready().err());
            self.mistakes.set(now.unwrap_or_default());
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
pub(crate) fn NewRun() -> impl IntoView {
    browser::title("New run · Linecheck");
    let page = Page {
        form: RwSignal::new(Form::default()),
        mistakes: RwSignal::new(Mistakes::default()),
        agents: RwSignal::new(Loaded::Waiting),
        announcer: Announcer::here(),
    };
    page.ask_for_agents();
    run_again(page);
    let starting = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let navigate = use_navigate();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if starting.get_untracked() {
            return;
        }
        page.form.update(|form| {
            form.take_apart();
        });
        failure.set(None);
        let ready = match page.form.with_untracked(Form::ready) {
            Ok(ready) => ready,
            Err(mistakes) => {
                if let Some(field) = mistakes.first_field() {
                    browser::focus(field);
                }
                page.mistakes.set(mistakes);
                return;
            }
        };
        page.mistakes.set(Mistakes::default());
        starting.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match start::start(page, ready).await {
                Ok(url) => navigate(&url, NavigateOptions::default()),
                Err(refused) => {
                    failure.set(Some(refused));
                    starting.set(false);
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
                    <sign_in::SignInFields page />
                    <limits::LimitFields page />
                    <div class="submit">
                        <button class="primary" type="submit" disabled=starting>
                            {move || if starting.get() { "Starting…" } else { "Start run" }}
                        </button>
                        <From page />
                    </div>
                    {move || failure.get().map(|failure| view! { <Failed failure /> })}
                </form>
            </div>
            <aside class="stack">
                <recent::RecentTargets page />
                <section class="card small">
                    <h2>"What a run does"</h2>
                    <dl>
                        <dt>"Always"</dt>
                        <dd>"looks the name up, connects to every address, sends PRELOGIN, makes TLS"</dd>
                        <dt>"With sign-in"</dt>
                        <dd>"logs in once, follows redirects, sends one query that reads nothing of yours"</dd>
                        <dt>"Never"</dt>
                        <dd>"changes data, or sends a password before the certificate is verified"</dd>
                    </dl>
                </section>
            </aside>
            <practice::PracticeTargets page />
        </main>
    }
}

/// Where the run is made from.
#[component]
fn From(page: Page) -> impl IntoView {
    let text = move || {
        page.agents.with(|agents| match agents {
            Loaded::Waiting => "…".to_owned(),
            Loaded::Failed(_) => "the agent is not known yet".to_owned(),
            Loaded::Here(agents) => agents.iter().find(|agent| agent.built_in).map_or_else(
                || "this portal has no agent".into(),
                |agent| agent.name.clone(),
            ),
        })
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

/// `/?again=RUN`: the fields of an earlier run, for which only the password is missing.
fn run_again(page: Page) {
    let Some(id) = use_query_map().with_untracked(|query| query.get("again")) else {
        return;
    };
    spawn_local(async move {
        let Ok(run) =
            api::get::<RunView>(&format!("/api/runs/{}", crate::state::history::escape(&id))).await
        else {
            return;
        };
        let signs_in = page
            .form
            .try_update(|form| {
                form.server = run.target.server;
                form.database = run.target.database;
                form.limits = Limits::from_options(&run.options);
                form.driver = run.options.driver;
                if let PlanLogin::Sql { user } = run.login {
                    form.user = user;
                    form.sign_in = SignIn::Sql;
                }
                form.sign_in == SignIn::Sql
            })
            .unwrap_or_default();
        if signs_in {
            page.announcer
                .say("Filled in from the earlier run. Give the password again.");
            request_animation_frame(|| browser::focus("password"));
        }
    });
}
