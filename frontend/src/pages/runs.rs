//! Runs: newest first, filtered, read page by page.

use crate::api;
use crate::browser;
use crate::components::{Announcer, CleaningTag, Failed, Loaded, OutcomeTag, When};
use crate::route::Route;
use crate::state::history::{Filter, History, OUTCOMES};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::RunPage;
use model::{AgentId, Outcome, RunSummary};
use std::time::Duration;

/// Typing pauses this long before the portal is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// The page.
#[component]
pub(crate) fn Runs(
    /// Only those from this agent.
    agent: Option<AgentId>,
    /// Only those with this finding, to begin with.
    finding: Option<String>,
) -> impl IntoView {
    browser::title("Runs · Linecheck");
    let (announcer, route) = (Announcer::here(), Route::here());
    let filter = RwSignal::new(Filter {
        agent,
        finding: finding.unwrap_or_default(),
        ..Filter::default()
    });
    let list = RwSignal::new(Loaded::<History>::Waiting);
    let more = RwSignal::new(Loaded::Here(()));
    let asked = StoredValue::new(0_u32);
    let ask = move || {
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        let query = filter.with_untracked(|filter| filter.query(None));
        spawn_local(async move {
            let answer = api::get::<RunPage>(&format!("/api/runs?{query}")).await;
            // An answer to an older question is too late.
            if asked.try_get_value() != Some(mine) {
                return;
            }
            let history = answer.map(|page| {
                let mut history = History::default();
                history.add(page);
                announcer.say(match history.runs.len() {
                    0 => "No runs".to_owned(),
                    1 => "1 run".to_owned(),
                    count => format!("{count} runs"),
                });
                history
            });
            list.set(history.into());
            more.set(Loaded::Here(()));
        });
    };
    let retry = move |()| {
        list.set(Loaded::Waiting);
        ask();
    };
    let older = move |()| {
        let Some(next) =
            list.with_untracked(|list| list.here().and_then(|history| history.next.clone()))
        else {
            return;
        };
        more.set(Loaded::Waiting);
        let mine = asked.get_value();
        let query = filter.with_untracked(|filter| filter.query(Some(&next)));
        spawn_local(async move {
            let answer = api::get::<RunPage>(&format!("/api/runs?{query}")).await;
            if asked.try_get_value() != Some(mine) {
                return;
            }
            match answer {
                Ok(page) => {
                    list.update(|list| {
                        if let Loaded::Here(history) = list {
                            history.add(page);
                        }
                    });
                    more.set(Loaded::Here(()));
                }
                Err(failure) => more.set(Loaded::Failed(failure)),
            }
        });
    };
    ask();
    let typed = StoredValue::new(None::<TimeoutHandle>);
    let on_typed = move |field: fn(&mut Filter) -> &mut String, text: String| {
        filter.update(|filter| *field(filter) = text);
        if let Some(waiting) = typed.get_value() {
            waiting.clear();
        }
        typed.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>"Runs"</h1>
                    {agent
                        .map(|_| {
                            view! {
                                <p class="muted line">
                                    {move || format!("From {} only.", list.with(agent_name))}
                                    <a href="/runs">"From all agents"</a>
                                </p>
                            }
                        })}
                </div>
                <div class="filters">
                    <div class="field">
                        <label for="filter-server" class="small">"Server begins with"</label>
                        <input
                            id="filter-server"
                            type="search"
                            autocomplete="off"
                            spellcheck="false"
                            prop:value=move || filter.with(|filter| filter.server.clone())
                            on:input:target=move |event| {
                                on_typed(|filter| &mut filter.server, event.target().value());
                            }
                        />
                    </div>
                    <div class="field">
                        <label for="filter-finding" class="small">"Finding"</label>
                        <input
                            id="filter-finding"
                            type="search"
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            placeholder="redirect_blocked"
                            prop:value=move || filter.with(|filter| filter.finding.clone())
                            on:input:target=move |event| {
                                on_typed(|filter| &mut filter.finding, event.target().value());
                            }
                        />
                    </div>
                    <div class="field">
                        <label for="filter-outcome" class="small">"Outcome"</label>
                        <select
                            id="filter-outcome"
                            prop:value=move || filter.with(|filter| filter.outcome.clone())
                            on:change:target=move |event| {
                                filter.update(|filter| filter.outcome = event.target().value());
                                ask();
                            }
                        >
                            <option value="">"Any"</option>
                            {OUTCOMES
                                .map(|outcome| view! { <option value=outcome.as_str()>{word(outcome)}</option> })
                                .collect_view()}
                        </select>
                    </div>
                </div>
            </div>
            <section class="card wide runs" aria-label="Runs">
                {move || match list.get() {
                    Loaded::Waiting => bones().into_any(),
                    Loaded::Failed(failure) => view! { <Failed failure retry /> }.into_any(),
                    Loaded::Here(history) if history.runs.is_empty() => {
                        nothing(filter, move || {
                            if agent.is_some() {
                                route.go("/runs");
                            } else {
                                filter.set(Filter::default());
                                ask();
                            }
                        })
                    }
                    Loaded::Here(history) => rows(&history.runs),
                }}
            </section>
            <div class="wide older">
                {move || match (more.get(), list.with(|list| list.here().map(|history| history.next.is_some()))) {
                    (Loaded::Failed(failure), _) => view! { <Failed failure retry=older /> }.into_any(),
                    (Loaded::Waiting, _) => view! { <button disabled>"Loading older runs…"</button> }.into_any(),
                    (_, Some(true)) => view! { <button on:click=move |_| older(())>"Older"</button> }.into_any(),
                    _ => ().into_any(),
                }}
            </div>
        </main>
    }
}

/// The agent's name, as its runs tell it.
fn agent_name(list: &Loaded<History>) -> String {
    let first = list.here().and_then(|history| history.runs.first());
    first.map_or_else(|| "one agent".into(), |run| run.agent_name.clone())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "No problem found",
        Outcome::Problem => "Problem found",
        Outcome::Inconclusive => "Inconclusive",
        Outcome::Interrupted => "Interrupted",
        Outcome::Cancelled => "Cancelled",
    }
}

fn rows(runs: &[RunSummary]) -> AnyView {
    let row = |run: RunSummary| {
        let title = run
            .verdict_title
            .clone()
            .unwrap_or_else(|| "No verdict yet: open it to watch.".into());
        view! {
            <li>
                <a href=format!("/runs/{}", run.id) class="run">
                    <span class="run-outcome">
                        <OutcomeTag state=run.state outcome=run.outcome severity=None />
                        {run.cleaning.then(|| view! { " " <CleaningTag /> })}
                    </span>
                    <span class="run-what">
                        <b>{run.server.clone()}</b>
                        <span class="muted">" / " {run.database.clone()}</span>
                        <span class="run-verdict">
                            {title} " "
                            <code class="small">{run.verdict_code.clone().unwrap_or_default()}</code>
                        </span>
                    </span>
                    <span class="run-when muted small">
                        <When at=run.created_at ago=true />
                        <span>"from " {run.agent_name.clone()}</span>
                    </span>
                </a>
            </li>
        }
        .into_any()
    };
    view! { <ul class="plain-list">{runs.iter().cloned().map(row).collect_view()}</ul> }.into_any()
}

fn nothing(filter: RwSignal<Filter>, clear: impl Fn() + 'static) -> AnyView {
    if filter.with(Filter::is_empty) {
        view! {
            <div class="empty">
                <p>"No run has been made from this portal yet. Start one, or try a practice target first."</p>
                <a href="/" class="button primary">"New run"</a>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="empty">
                <p>"No run matches this filter."</p>
                <button on:click=move |_| clear()>"Show all"</button>
            </div>
        }
        .into_any()
    }
}

/// The list's size while it is on its way.
fn bones() -> impl IntoView {
    let bone = || {
        view! {
            <li class="run">
                <span class="bone"></span>
                <span class="bone"></span>
                <span class="bone"></span>
            </li>
        }
    };
    view! {
        <ul class="plain-list" aria-hidden="true">
            {(0..8).map(|_| bone()).collect_view()}
        </ul>
        <p class="sr">"Loading runs"</p>
    }
}
