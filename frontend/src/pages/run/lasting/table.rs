//! Draws a table of what lasts: the same that the reports have.

use bundle::lasting::{Cell, Table, Tone};
use leptos::prelude::*;

/// The table, with what holds for all of it and what explains it.
pub(crate) fn draw(table: &Table) -> AnyView {
    let is_named = table.head.iter().any(|name| !name.is_empty());
    let head = is_named.then(|| {
        let names = table.head.iter().enumerate().map(|(column, name)| {
            let class = if table.is_num(column) { "num" } else { "" };
            view! { <th scope="col" class=class>{name.clone()}</th> }
        });
        view! { <thead><tr>{names.collect_view()}</tr></thead> }
    });
    let wide = table.head.len().to_string();
    let rows = table.rows.iter().enumerate().map(|(place, row)| {
        let cells = row.iter().enumerate().map(|(column, one)| match column {
            0 => view! { <th scope="row">{inside(one)}</th> }.into_any(),
            _ => view! { <td class=class(one.tone)>{inside(one)}</td> }.into_any(),
        });
        let beside = table.beside.iter().filter(|(row, _)| *row == place);
        let beside = beside.map(|(_, text)| {
            view! { <tr class="beside"><td colspan=wide.clone()>{text.clone()}</td></tr> }
        });
        view! {
            <tr>{cells.collect_view()}</tr>
            {beside.collect_view()}
        }
    });
    view! {
        <div class=format!("facts of-{}", table.key) tabindex="0" role="region" aria-label=table.title>
            <h3>{table.title}</h3>
            <table>{head} <tbody>{rows.collect_view()}</tbody></table>
        </div>
        {notes(std::iter::once(table.told.clone()).chain(table.notes.clone()))}
    }
    .into_any()
}

/// Sentences beneath; empty ones are left out.
pub(super) fn notes(notes: impl Iterator<Item = String>) -> AnyView {
    notes
        .filter(|note| !note.is_empty())
        .map(|note| view! { <p class="small muted">{note}</p> })
        .collect_view()
        .into_any()
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Num => "num",
        Tone::Ok => "is ok",
        Tone::Bad => "is bad",
        Tone::Warn => "is warn",
        Tone::Idle => "is idle",
    }
}

fn inside(cell: &Cell) -> AnyView {
    let sign = cell.tone.sign();
    let sign = (!sign.is_empty()).then(|| view! { <span class="sign">{sign} " "</span> });
    let more = (!cell.more.is_empty()).then(|| view! { <small>{cell.more.clone()}</small> });
    view! { {sign} {cell.text.clone()} {more} }.into_any()
}
