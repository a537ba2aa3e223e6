//! A link with a managed instance: each direction's stages, one after another, and the statements that were told.

use super::super::page::Page;
use crate::pages::link::statements;
use bundle::lasting::{Lasting, StageState, Table, Tone, said};
use leptos::prelude::*;
use model::StepKind;
use model::lasting::LinkDirection;

/// What is drawn, and not as a table.
pub(super) fn is_drawn(table: &Table) -> bool {
    matches!(table.key, "stages_to" | "stages_from" | "link_statements")
}

/// The stages of a direction, or the statements of both.
pub(super) fn draw(page: Page, kind: StepKind) -> AnyView {
    match kind {
        StepKind::LinkToInstance => stages(page, LinkDirection::ToInstance),
        StepKind::LinkFromInstance => stages(page, LinkDirection::FromInstance),
        StepKind::InstanceLink => view! { <Told page /> }.into_any(),
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

/// The statements: open where nothing else was done, folded else.
#[component]
fn Told(page: Page) -> impl IntoView {
    let told = Memo::new(move |_| {
        page.live.with(|log| {
            let all: &Lasting = log.lasting();
            all.link.asked.is_some().then(|| all.statements.clone())
        })
    });
    let (server, id) = page
        .view
        .with_untracked(|view| (view.target.server.clone(), view.id));
    let dry_run = page.view.with_untracked(|view| {
        let link = view.options.lasting.instance_link.as_ref();
        link.is_some_and(|link| link.dry_run)
    });
    let own = page.is_own();
    move || {
        let list = told.get().filter(|list| !list.is_empty())?;
        let inner = statements(list, &server);
        Some(if dry_run {
            view! {
                <p>"A dry run: nothing of this was sent."</p>
                {own
                    .then(|| {
                        view! {
                            <p>
                                <a class="button" href=format!("/link?again={id}")>"Go on: agree and begin…"</a>
                            </p>
                        }
                    })}
                {inner}
            }
            .into_any()
        } else {
            view! {
                <details class="small">
                    <summary>"Every statement, in its order"</summary>
                    {inner}
                </details>
            }
            .into_any()
        })
    }
}
