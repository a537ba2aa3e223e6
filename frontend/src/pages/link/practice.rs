//! Practice links: a SQL Server and an instance of the portal's own, both filled in at once.

use super::Guide;
use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded};
use crate::state::guided::{Pair, pairs};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::Practice;

/// The list, when the portal offers any.
#[component]
pub(super) fn PracticeLinks(guide: Guide) -> impl IntoView {
    let list = RwSignal::new(Loaded::<Vec<Practice>>::Waiting);
    let ask = move || {
        list.set(Loaded::Waiting);
        spawn_local(async move {
            let answer = api::get("/api/practice").await;
            list.try_set(answer.into());
        });
    };
    ask();
    let choose = move |pair: &Pair| {
        guide
            .page
            .form
            .update(|form| form.practise(&pair.server, true));
        guide.fields.update(|fields| fields.practise(pair));
        guide.page.mistakes.set(Default::default());
        guide.wrong.set(Vec::new());
        let title = &pair.about.title;
        guide
            .page
            .announcer
            .say(format!("Both servers filled in: {title}"));
        browser::focus("server");
    };
    let one = move |pair: Pair| {
        let (server, instance) = (pair.server.server.clone(), pair.instance.server.clone());
        let pressed = move || {
            let form = guide.page.form.with(|form| form.server.clone());
            let other = guide.fields.with(|fields| fields.instance.clone());
            (server.as_ref() == Some(&form) && instance.as_ref() == Some(&other)).to_string()
        };
        let off = pair.server.server.is_none() || pair.instance.server.is_none();
        let about = pair.about.clone();
        let scenario = about.scenario.clone();
        view! {
            <li>
                <button
                    type="button"
                    disabled=off
                    data-scenario=scenario
                    aria-pressed=pressed
                    on:click=move |_| choose(&pair)
                >
                    <strong>{about.title}</strong>
                    <span class="muted">{about.explains}</span>
                    <span class="mono muted">{about.scenario}</span>
                </button>
            </li>
        }
    };
    view! {
        <section class="card wide" id="practice" aria-labelledby="practice-title">
            <h2 id="practice-title">"Practice links"</h2>
            <p class="muted small practice-lead">
                "Both servers are this portal's own: they keep a catalog, run jobs, and really connect. One press fills in both sides."
            </p>
            {move || match list.get() {
                Loaded::Waiting => view! { <p class="muted" role="status">"Being loaded…"</p> }.into_any(),
                Loaded::Failed(failure) => view! { <Failed failure retry=move |()| ask() /> }.into_any(),
                Loaded::Here(list) => {
                    let pairs = pairs(&list);
                    if pairs.is_empty() {
                        view! { <p class="empty">"This portal was started without practice targets (--practice)."</p> }.into_any()
                    } else {
                        view! { <ul class="plain-list practice">{pairs.into_iter().map(one).collect_view()}</ul> }.into_any()
                    }
                }
            }}
        </section>
    }
}
