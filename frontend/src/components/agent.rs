//! How an agent stands, in a sign, a word and a colour.

use crate::browser;
use crate::state::agents::state_words;
use leptos::prelude::*;
use model::api::{AgentState, AgentView};

/// Connected, or since when it is not.
#[component]
pub(crate) fn AgentTag(
    /// The agent.
    agent: AgentView,
) -> impl IntoView {
    let (sign, colour) = match agent.state {
        AgentState::Connected => ("✓", "ok"),
        AgentState::Disconnected => ("!", "warn"),
    };
    let words = state_words(&agent, browser::now());
    view! {
        <span class=format!("tag {colour}")>
            <span aria-hidden="true">{sign}</span>
            {words}
        </span>
    }
}
