//! The step tree. Each row opens to its attempts and to what it saw.

use super::page::Page;
use crate::state::tree::{Row, RowKey, rows};
use leptos::prelude::*;
use model::{EventBody, FailureCode, StepId, StepState};
use rules::words::{code_sentence, step_sign, step_state};
use std::collections::HashMap;

/// Rows drawn at once; a longer run has a button for the rest.
const MOST_ROWS: usize = 300;

/// The panel.
#[component]
pub(super) fn Steps(page: Page) -> impl IntoView {
    let all = RwSignal::new(false);
    let tree = Memo::new(move |_| {
        let groups = page.groups.get();
        page.with_steps(|steps| rows(steps, &groups))
    });
    let by_key = Memo::new(move |_| {
        tree.get()
            .into_iter()
            .map(|row| (row.key, row))
            .collect::<HashMap<RowKey, Row>>()
    });
    let keys = move || {
        let most = if all.get() { usize::MAX } else { MOST_ROWS };
        tree.with(|rows| {
            rows.iter()
                .take(most)
                .map(|row| row.key)
                .collect::<Vec<_>>()
        })
    };
    let hidden = Memo::new(move |_| {
        let count = tree.with(Vec::len);
        if all.get() {
            0
        } else {
            count.saturating_sub(MOST_ROWS)
        }
    });
    view! {
        <ul class="tree plain-list">
            <For each=keys key=|key| *key let(key)>
                <TreeRow page row=Memo::new(move |_| by_key.with(|rows| rows.get(&key).cloned())) key />
            </For>
        </ul>
        <Show when=move || tree.with(Vec::is_empty)>
            <p class="empty">"No step has begun yet. They show here as they begin."</p>
        </Show>
        <Show when=move || { hidden.get() > 0 }>
            <p class="more">
                <button on:click=move |_| all.set(true)>"Show " {hidden} " more steps"</button>
            </p>
        </Show>
    }
}

#[component]
fn TreeRow(page: Page, row: Memo<Option<Row>>, key: RowKey) -> impl IntoView {
    let (RowKey::Step(id) | RowKey::Group(id)) = key;
    let is_group = matches!(key, RowKey::Group(_));
    let opened = if is_group { page.groups } else { page.open };
    let is_open = Memo::new(move |_| opened.with(|open| open.contains(&id)));
    let toggle = move |_| {
        opened.update(|open| {
            if !open.remove(&id) {
                open.insert(id);
            }
        });
    };
    let get =
        move |read: fn(&Row) -> String| row.with(|row| row.as_ref().map(read).unwrap_or_default());
    let state = Memo::new(move |_| {
        row.with(|row| row.as_ref().map_or(StepState::Running, |row| row.state))
    });
    let class = move || {
        let depth = row.with(|row| row.as_ref().map_or(0, |row| row.depth));
        let pointed = !is_group && page.pointed.with(|steps| steps.contains(&id));
        format!("d{depth}{}", if pointed { " is-evidence" } else { "" })
    };
    let dom_id = if is_group {
        format!("steps-{id}")
    } else {
        format!("step-{id}")
    };
    view! {
        <li class=class>
            <button
                class="step"
                id=dom_id
                aria-expanded=move || is_open.get().to_string()
                data-state=move || step_state(state.get())
                on:click=toggle
            >
                <span class="signed">
                    <span class=move || format!("st {}", colour(state.get())) aria-hidden="true">
                        {move || step_sign(state.get())}
                    </span>
                    <span>
                        {move || get(|row| row.title.clone())}
                        <span class="sr">", " {move || step_state(state.get())}</span>
                        " "
                        {move || reason(row.with(|row| row.as_ref().and_then(|row| row.code.clone())), state.get())}
                    </span>
                </span>
                <span class="num">{move || get(|row| row.time.clone())}</span>
            </button>
            <Show when=move || is_open.get() && !is_group>
                <Details page id />
            </Show>
        </li>
    }
}

/// Why it ended so, each attempt, and each fact, in words.
#[component]
fn Details(page: Page, id: StepId) -> impl IntoView {
    let lines = Memo::new(move |_| {
        page.live.with(|log| {
            let mut lines = Vec::new();
            let number = format!("[{id}] ");
            if let Some(step) = log.folded().step(id) {
                lines.extend(step.code.as_ref().map(code_sentence));
                lines.extend(step.detail.clone());
            }
            for event in log.of_step(id).take(200) {
                if is_frame(&event.body) {
                    continue;
                }
                let said = bundle::report::event_lines(event).into_iter();
                lines.extend(said.map(|line| match line.strip_prefix(&number) {
                    Some(rest) => rest.to_owned(),
                    None => line,
                }));
            }
            lines
        })
    });
    view! {
        <div class="details">
            {move || {
                let lines = lines.get();
                if lines.is_empty() {
                    view! { <p class="muted small">"Nothing more is known of this step yet."</p> }.into_any()
                } else {
                    view! { <pre>{lines.join("\n")}</pre> }.into_any()
                }
            }}
        </div>
    }
}

/// A failure by its code; a step that was not tried by why it was not.
pub(crate) fn reason(code: Option<FailureCode>, state: StepState) -> AnyView {
    match code {
        None => ().into_any(),
        Some(code) if state == StepState::Skipped => {
            view! { <span class="muted small">{code_sentence(&code)}</span> }.into_any()
        }
        Some(code) => {
            view! { <span class=format!("tag {}", colour(state))>{code.to_string()}</span> }
                .into_any()
        }
    }
}

/// The begin and the end of a step: the row itself tells both.
fn is_frame(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::StepStarted { .. } | EventBody::StepFinished { .. }
    )
}

/// The colour of a step's state.
pub(crate) fn colour(state: StepState) -> &'static str {
    match state {
        StepState::Running => "info",
        StepState::Ok => "ok",
        StepState::Failed => "bad",
        StepState::Skipped => "idle",
    }
}
