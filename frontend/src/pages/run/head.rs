//! What was run, from where, when, and what can be done with it.

use super::Page;
use super::actions::Actions;
use crate::components::When;
use leptos::prelude::*;
use model::PlanLogin;
use rules::words::duration;

/// The head of the page.
#[component]
pub(super) fn Head(page: Page) -> impl IntoView {
    let view = page.view.get_value();
    let kind = target::Kind::from_key(&view.target.kind)
        .map_or_else(|| view.target.kind.clone(), |kind| kind.title().to_owned());
    let port = view.target.port.map(|port| format!(",{port}"));
    let instance = view.target.instance.map(|name| format!("\\{name}"));
    let sign_in = match view.login {
        PlanLogin::None => "without sign-in".to_owned(),
        PlanLogin::Sql { user } => format!("as {user}"),
    };
    let took = move || {
        page.current.with(|now| {
            (now.state.is_settled() && now.elapsed_us > 0)
                .then(|| format!(", {}", duration(now.elapsed_us)))
        })
    };
    view! {
        <div class="head wide">
            <div>
                <h1>
                    {view.target.host}
                    <span class="muted">
                        {instance}
                        {port}
                        " / "
                        {view.target.database}
                    </span>
                </h1>
                <p class="muted line">
                    <span>"From " <b>{view.agent_name}</b> ", " {sign_in}</span>
                    <span aria-hidden="true">"·"</span>
                    <span>
                        <When at=view.created_at />
                        {took}
                    </span>
                    <span class="tag">{kind}</span>
                </p>
            </div>
            <Actions page />
        </div>
    }
}
