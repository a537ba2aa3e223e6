//! What was run, from where, when, and what can be done with it.

use super::actions::Actions;
use super::page::Page;
use crate::components::When;
use crate::state::lasts;
use crate::state::limits::Limits;
use leptos::prelude::*;
use model::{Options, RunView, Target};
use rules::words::duration;

/// The head of the page.
#[component]
pub(super) fn Head(page: Page) -> impl IntoView {
    let view = page.view.get_untracked();
    let took = move || {
        page.current.with(|now| {
            (now.state.is_settled() && now.elapsed_us > 0)
                .then(|| format!(", {}", duration(now.elapsed_us)))
        })
    };
    let options = in_a_line(&view.options)
        .map(|line| view! { <span class="small">"Options: " {line}</span> });
    let group = view.group.filter(|_| page.is_own());
    view! {
        <div class="head wide">
            <div>
                <h1>{name(&view.target)}</h1>
                <p class="muted line">
                    {from(&view)}
                    <span aria-hidden="true">"·"</span>
                    <span>
                        <When at=view.created_at />
                        {took}
                    </span>
                    <span class="tag">{kind(&view.target)}</span>
                    {options}
                    {group.map(|group| view! { <a href=format!("/groups/{group}")>"Side by side with other agents"</a> })}
                </p>
            </div>
            <Actions page />
        </div>
    }
}

/// What is not as usual, and what lasts.
fn in_a_line(options: &Options) -> Option<String> {
    let limits = Limits::from_options(options);
    let differs = (limits != Limits::default()).then(|| limits.in_a_line());
    let lasting = lasts::names(&options.lasting).map(str::to_owned);
    let all: Vec<String> = differs.into_iter().chain(lasting).collect();
    (!all.is_empty()).then(|| all.join(" · "))
}

/// What was to be reached.
pub(crate) fn name(target: &Target) -> AnyView {
    let port = target.port.map(|port| format!(",{port}"));
    let instance = target.instance.as_ref().map(|name| format!("\\{name}"));
    view! {
        {target.host.clone()}
        <span class="muted">
            {instance}
            {port}
            " / "
            {target.database.clone()}
        </span>
    }
    .into_any()
}

/// The kind of endpoint, in words.
pub(crate) fn kind(target: &Target) -> String {
    target::Kind::from_key(&target.kind)
        .map_or_else(|| target.kind.clone(), |kind| kind.title().to_owned())
}

/// From where, and as whom.
pub(super) fn from(view: &RunView) -> AnyView {
    view! { <span>"From " <b>{view.agent_name.clone()}</b> ", " {rules::words::login(&view.login)}</span> }
        .into_any()
}
