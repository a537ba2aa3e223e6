//! The runs side by side: a column for each agent, a row for each step.

use super::{Column, Page};
use crate::components::{CleaningTag, OutcomeTag};
use crate::pages::run::{colour, reason};
use crate::state::current::steps;
use crate::state::group::{Cell, Key, Line, lines};
use leptos::prelude::*;
use rules::words::{step_sign, step_state};
use std::collections::HashMap;

/// Rows drawn at once; a longer group has a button for the rest.
const MOST_ROWS: usize = 200;

/// The card.
#[component]
pub(super) fn SideBySide(page: Page) -> impl IntoView {
    let all = RwSignal::new(false);
    let only_different = RwSignal::new(false);
    let rows = Memo::new(move |_| {
        let columns = page.columns();
        for column in &columns {
            column.live.grown.track();
        }
        let logs: Vec<_> = columns
            .iter()
            .map(|column| (column.view.read_value(), column.live.log.read_value()))
            .collect();
        let steps: Vec<_> = logs.iter().map(|(view, log)| steps(view, log)).collect();
        lines(&steps)
    });
    let by_key = Memo::new(move |_| {
        rows.get()
            .into_iter()
            .map(|line| (line.key.clone(), line))
            .collect::<HashMap<Key, Line>>()
    });
    let over = Memo::new(move |_| {
        let settled = |column: &Column| column.current.with(|now| now.state.is_settled());
        page.columns().iter().map(settled).collect::<Vec<_>>()
    });
    let wanted = Memo::new(move |_| {
        let (only, over) = (only_different.get(), over.get());
        rows.with(|rows| {
            let rows = rows.iter().filter(|line| !only || line.differs(&over));
            rows.map(|line| line.key.clone()).collect::<Vec<_>>()
        })
    });
    let keys = move || {
        let most = if all.get() { usize::MAX } else { MOST_ROWS };
        wanted.with(|keys| keys.iter().take(most).cloned().collect::<Vec<_>>())
    };
    let hidden = Memo::new(move |_| {
        let count = wanted.with(Vec::len);
        if all.get() {
            0
        } else {
            count.saturating_sub(MOST_ROWS)
        }
    });
    let columns = page.columns();
    view! {
        <section class="card wide side" aria-labelledby="side-title">
            <div class="row">
                <h2 id="side-title">"Side by side"</h2>
                <label class="choice small">
                    <input
                        type="checkbox"
                        prop:checked=only_different
                        on:change:target=move |event| only_different.set(event.target().checked())
                    />
                    "Only where they differ"
                </label>
            </div>
            <div class="across" tabindex="0" role="region" aria-labelledby="side-title">
                <table role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">
                                "Step"
                            </th>
                            {columns.iter().map(|column| top(*column)).collect_view()}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        <For each=keys key=Clone::clone let(key)>
                            <Row page over line=Memo::new(move |_| by_key.with(|rows| rows.get(&key).cloned())) />
                        </For>
                    </tbody>
                </table>
            </div>
            <Show when=move || rows.with(Vec::is_empty)>
                <p class="empty">"No step has begun yet. They show here as they begin."</p>
            </Show>
            <Show when=move || only_different.get() && wanted.with(Vec::is_empty) && !rows.with(Vec::is_empty)>
                <p class="empty">"Every step ends alike from all of them."</p>
            </Show>
            <Show when=move || { hidden.get() > 0 }>
                <p class="more">
                    <button on:click=move |_| all.set(true)>"Show " {hidden} " more steps"</button>
                </p>
            </Show>
        </section>
    }
}

/// The head of a run's column: its agent, how it stands, its verdict, its page.
fn top(column: Column) -> AnyView {
    let standing = Memo::new(move |_| {
        column.current.with(|now| {
            let severity = now.verdict.as_ref().map(|verdict| verdict.severity);
            (now.state, now.outcome, severity)
        })
    });
    let cleaning = Memo::new(move |_| column.current.with(|now| now.cleaning));
    let said = Memo::new(move |_| {
        column.current.with(|now| match &now.verdict {
            Some(verdict) => verdict.title.clone(),
            None => now.now.clone(),
        })
    });
    let code = Memo::new(move |_| {
        column
            .current
            .with(|now| now.verdict.as_ref().map(|verdict| verdict.code.clone()))
    });
    view! {
        <th role="columnheader" scope="col" class="column">
            <a href=format!("/runs/{}", column.id())>{column.agent()}</a>
            {move || {
                let (state, outcome, severity) = standing.get();
                view! { <OutcomeTag state outcome severity /> }
            }}
            {move || cleaning.get().then(|| view! { <CleaningTag /> })}
            <span class="said">{said}</span>
            {move || code.get().map(|code| view! { <code class="small muted">{code}</code> })}
        </th>
    }
    .into_any()
}

#[component]
fn Row(page: Page, over: Memo<Vec<bool>>, line: Memo<Option<Line>>) -> impl IntoView {
    let differs = Memo::new(move |_| {
        let differs = |over: &Vec<bool>| {
            line.with(|line| line.as_ref().is_some_and(|line| line.differs(over)))
        };
        over.with(differs)
    });
    let cells = page.columns().into_iter().enumerate().map(|(at, column)| {
        let cell = Memo::new(move |_| line.with(|line| line.as_ref()?.cells.get(at).cloned()?));
        let over = Memo::new(move |_| column.current.with(|now| now.state.is_settled()));
        view! {
            <td role="cell" data-name=column.agent()>
                {move || face(cell.get(), over.get())}
            </td>
        }
    });
    let depth = line.with_untracked(|line| line.as_ref().map_or(0, |line| line.depth));
    view! {
        <tr role="row" class=move || if differs.get() { "differs" } else { "" }>
            <th role="rowheader" scope="row" class=format!("d{depth}")>
                {move || line.with(|line| line.as_ref().map(|line| line.title.clone()))}
            </th>
            {cells.collect_view()}
        </tr>
    }
}

fn face(cell: Option<Cell>, over: bool) -> AnyView {
    match cell {
        None => {
            let words = if over { "not made" } else { "not yet" };
            view! { <span class="muted small">{words}</span> }.into_any()
        }
        Some(cell) => view! {
            <span class="signed">
                <span class=format!("st {}", colour(cell.state)) aria-hidden="true">
                    {step_sign(cell.state)}
                </span>
                <span>
                    <span class="sr">{step_state(cell.state)} " "</span>
                    <span class="num">{cell.text}</span>
                    " "
                    {reason(cell.code, cell.state)}
                </span>
            </span>
        }
        .into_any(),
    }
}
