//! Removing an agent, after asking.

use super::Page;
use crate::api;
use crate::components::{Announcer, Confirm};
use leptos::prelude::*;

/// The question.
#[component]
pub(super) fn Remove(page: Page) -> impl IntoView {
    let announcer = Announcer::here();
    let open = RwSignal::new(false);
    let agent = page.removing;
    Effect::new(move |_| {
        if agent.with(Option::is_some) {
            open.set(true);
        }
    });
    // Closed without an answer: nothing is to be removed, and the same agent may be asked about again.
    Effect::new(move |_| {
        if !open.get() {
            agent.set(None);
        }
    });
    let text = move || {
        agent.with(|agent| {
            agent.as_ref().map(|agent| {
                let running = match agent.runs {
                    0 => String::new(),
                    some => format!(" It holds {} now; they are interrupted.", rules::words::count(some as usize, "run", "runs")),
                };
                format!(
                    "{} can make no more runs from this moment, and its token is void.{running} Its past runs stay. To bring it back it has to be added anew.",
                    agent.name
                )
            })
        })
    };
    let act = move || {
        let agent = agent.get_untracked();
        async move {
            let Some(agent) = agent else { return Ok(()) };
            api::delete(&format!("/api/agents/{}", agent.id)).await?;
            announcer.say(format!("{} has been removed", agent.name));
            page.ask();
            Ok(())
        }
    };
    view! {
        <Confirm open id="remove" title="Remove this agent?" yes="Remove" act=act>
            <p>{text}</p>
        </Confirm>
    }
}
