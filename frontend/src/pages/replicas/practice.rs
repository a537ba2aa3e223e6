//! Two practice targets as replicas of each other, so that the page can be tried.

use super::Page;
use crate::api::{self, Failure};
use crate::components::{Announcer, Failed};
use crate::state::agents::Choice;
use crate::state::replicas::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::Practice as Target;

/// Which are taken, the first that is offered for each side.
const KEYS: [[&str; 2]; 2] = [["replica", "healthy"], ["replica_disconnected", "slow"]];

/// A button, where the portal has practice targets at all.
#[component]
pub(super) fn Practice(page: Page) -> impl IntoView {
    let announcer = Announcer::here();
    let failure = RwSignal::new(None::<Failure>);
    let fill = move |_| {
        failure.set(None);
        spawn_local(async move {
            match api::get::<Vec<Target>>("/api/practice").await {
                Ok(all) if take(page, &all) => {
                    announcer.say("Two practice replicas filled in.");
                }
                Ok(_) => {
                    let none = "This portal offers no practice targets. Start it with --practice.";
                    failure.try_set(Some(Failure::Here(none.into())));
                }
                Err(refused) => {
                    failure.try_set(Some(refused));
                }
            }
        });
    };
    view! {
        <section class="card small">
            <h2>"No replicas at hand?"</h2>
            <p>"Two practice targets can stand for them, on the portal's own host."</p>
            <p>
                <button type="button" id="practise" on:click=fill>
                    "Fill in practice replicas"
                </button>
            </p>
            {move || failure.get().map(|failure| view! { <Failed failure /> })}
        </section>
    }
}

/// Fills in both sides; answers whether there was something to fill in.
fn take(page: Page, all: &[Target]) -> bool {
    let find = |keys: [&str; 2]| {
        let mut found = keys.iter().filter_map(|key| {
            let mut all = all.iter();
            all.find(|one| one.scenario == *key && one.server.is_some())
        });
        found.next()
    };
    let own = page.first.agents.with_untracked(|agents| {
        let mut agents = agents.here()?.iter();
        agents.find(|agent| agent.built_in).map(|agent| agent.id)
    });
    let mut filled = false;
    for (side, keys) in Side::BOTH.into_iter().zip(KEYS) {
        let Some(target) = find(keys) else { continue };
        let server = target.server.clone().unwrap_or_default();
        page.side(side).form.update(|form| {
            form.practise(target, true);
            form.agents = own.map_or_else(Choice::default, Choice::only);
        });
        page.side(side).recheck();
        if let Ok(parsed) = target::parse(&server) {
            let port = parsed.port.unwrap_or(1_433);
            page.fields
                .update(|fields| fields.name_endpoint(side, format!("{}:{port}", parsed.host)));
        }
        filled = true;
    }
    page.recheck();
    filled
}
