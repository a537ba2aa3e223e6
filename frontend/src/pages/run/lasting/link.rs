//! A link with a managed instance: each direction's stages, one after another.

use super::super::page::Page;
use bundle::lasting::{StageState, Table, Tone, said};
use leptos::prelude::*;
use model::StepKind;
use model::lasting::LinkDirection;

/// What is drawn here or on a card of its own, and not as a table.
pub(super) fn is_drawn(table: &Table) -> bool {
    matches!(table.key, "stages_to" | "stages_from" | "link_statements")
}

/// The stages of a direction.
pub(super) fn draw(page: Page, kind: StepKind) -> AnyView {
    match kind {
        StepKind::LinkToInstance => stages(page, LinkDirection::ToInstance),
        StepKind::LinkFromInstance => stages(page, LinkDirection::FromInstance),
        _ => ().into_any(),
    }
}

fn stages(page: Page, direction: LinkDirection) -> AnyView {
    let stages = Memo::new(move |_| page.live.with(|log| log.lasting().link.stages(direction)));
    let draw =
        move || {
            stages.get().into_iter().map(|stage| {
            let (tone, word) = said(stage.state);
            let (sign, colour) = match (stage.state, tone) {
                (StageState::Runs, _) => ("▸", "run"),
                (_, Tone::Ok) => (tone.sign(), "ok"),
                (_, Tone::Bad) => (tone.sign(), "bad"),
                _ => (tone.sign(), "skip"),
            };
            let now = (stage.state == StageState::Runs).then_some("step");
            view! {
                <li class=colour aria-current=now>
                    <span class=format!("st {colour}") aria-hidden="true">{sign}</span>
                    <b>{stage.title}</b>
                    <span class="muted">{word}</span>
                    {(!stage.told.is_empty()).then(|| view! { <small>{stage.told}</small> })}
                </li>
            }
        })
        .collect_view()
        };
    view! {
        <Show when=move || stages.with(|stages| !stages.is_empty())>
            <ol class="plain-list stages">{draw}</ol>
        </Show>
    }
    .into_any()
}
