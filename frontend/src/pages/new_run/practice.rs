//! Practice targets: endpoints of the portal's own that break on purpose.

use super::Page;
use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::Practice;

/// The list of practice targets, when the portal offers any.
#[component]
pub(super) fn PracticeTargets(page: Page) -> impl IntoView {
    let list = RwSignal::new(Loaded::Waiting);
    let credentials = RwSignal::new(true);
    let last = RwSignal::new(None::<Practice>);
    let ask = move || {
        list.set(Loaded::Waiting);
        spawn_local(async move {
            let answer = api::get::<Vec<Practice>>("/api/practice").await;
            // The two servers of a link are practised with on the link's own page.
            let answer = answer.map(|mut all| {
                all.retain(|practice| !practice.scenario.starts_with("link_"));
                all
            });
            list.try_set(answer.into());
        });
    };
    ask();
    let fill = move |practice: &Practice| {
        page.form
            .update(|form| form.practise(practice, credentials.get_untracked()));
        page.recheck();
    };
    let choose = move |practice: Practice| {
        fill(&practice);
        page.announcer
            .say(format!("Practice target filled in: {}", practice.title));
        last.set(Some(practice));
        browser::focus("server");
    };
    let with = move |on: bool| {
        credentials.set(on);
        if let Some(practice) = last.get_untracked() {
            fill(&practice);
        }
    };
    // Typing another server by hand lets go of the practice target.
    let is_chosen = move |practice: &Practice| {
        page.form
            .with(|form| practice.server.as_deref() == Some(form.server.as_str()))
    };
    view! {
        <section class="card wide" id="practice" aria-labelledby="practice-title" aria-busy=move || matches!(list.get(), Loaded::Waiting).to_string()>
            <div class="row practice-head">
                <h2 id="practice-title">"Practice targets"</h2>
                <div class="line" role="radiogroup" aria-label="Credentials of practice targets">
                    <label class="choice small">
                        <input type="radio" name="practice-credentials" prop:checked=credentials on:change=move |_| with(true) />
                        "with credentials"
                    </label>
                    <label class="choice small">
                        <input type="radio" name="practice-credentials" prop:checked=move || !credentials.get() on:change=move |_| with(false) />
                        "without"
                    </label>
                </div>
            </div>
            <p class="muted small practice-lead">
                "Endpoints of this portal that break on purpose: see what each failure looks like, without an Azure account. Their credentials are public."
            </p>
            {move || match list.get() {
                Loaded::Waiting => bones().into_any(),
                Loaded::Failed(failure) => view! { <Failed failure retry=move |()| ask() /> }.into_any(),
                Loaded::Here(list) if list.is_empty() => {
                    view! { <p class="empty">"This portal was started without practice targets (--practice)."</p> }.into_any()
                }
                Loaded::Here(list) => {
                    view! {
                        <ul class="plain-list practice">
                            {list
                                .into_iter()
                                .map(|practice| {
                                    let this = practice.clone();
                                    let chosen = practice.clone();
                                    let pressed = move || is_chosen(&this).to_string();
                                    let unavailable = practice.unavailable.clone();
                                    let off = practice.server.is_none();
                                    let scenario = practice.scenario.clone();
                                    let title = practice.title.clone();
                                    let explains = practice.explains.clone();
                                    view! {
                                        <li>
                                            <button
                                                type="button"
                                                disabled=off
                                                data-scenario=practice.scenario.clone()
                                                aria-pressed=pressed
                                                on:click=move |_| choose(chosen.clone())
                                            >
                                                <strong>{title}</strong>
                                                <span class="muted">{explains}</span>
                                                <span class="mono muted">{scenario}</span>
                                                {unavailable
                                                    .map(|why| {
                                                        view! {
                                                            <span class="note warn">
                                                                <span aria-hidden="true">"–"</span>
                                                                <span>"Not on this host: " {why}</span>
                                                            </span>
                                                        }
                                                    })}
                                            </button>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// The list's size while it is on its way.
fn bones() -> impl IntoView {
    let bone = || view! { <li class="bone tall"></li> };
    view! {
        <ul class="plain-list practice" aria-hidden="true">
            {(0..9).map(|_| bone()).collect_view()}
        </ul>
    }
}
