//! Every statement in its order: what it is for, where it is sent, and how it is undone.

use crate::components::CopyButton;
use bundle::lasting::undone::{Undone, all};
use leptos::prelude::*;
use model::lasting::PlannedStatement;
use rules::words::{count, statement_does};
use std::sync::Arc;

/// All of them. `server` is the run's own target, as the plan names it; others go to the managed instance.
pub(crate) fn statements(planned: &[PlannedStatement], server: &str) -> AnyView {
    let side = |one: &PlannedStatement| match one.server.as_deref() {
        None => "",
        Some(other) if other != server => ", on the managed instance",
        Some(_) => ", on the SQL Server",
    };
    let list = all(planned);
    let undone = list.iter().filter(|one| one.undone_by.is_some()).count();
    let all_told = count(list.len(), "statement", "statements");
    let told = match undone {
        0 => format!("{all_told}."),
        many => {
            format!("{all_told}. {many} make something, and each of those has one that undoes it.")
        }
    };
    let rows = list.iter().map(|one| row(one, side(one.statement)));
    let rows = rows.collect_view();
    let whole: Arc<str> = list
        .iter()
        .map(|one| {
            let (number, does) = (one.number, statement_does(one.statement));
            let (place, sql) = (side(one.statement), &one.statement.sql);
            format!("-- {number}: {does}{place}\n{sql}\nGO\n")
        })
        .collect::<Vec<_>>()
        .join("\n")
        .into();
    view! {
        <div class="row">
            <p class="small muted">{told}</p>
            <CopyButton label="Copy all T-SQL" text=move |()| whole.to_string() />
        </div>
        <div class="statements" tabindex="0" role="region" aria-label="Every statement, in its order">
            <ol class="plain-list">{rows}</ol>
        </div>
    }
    .into_any()
}

fn row(one: &Undone<'_>, side: &'static str) -> AnyView {
    let sql = one.statement.sql.clone();
    let copied = sql.clone();
    let to = |number: usize| {
        let href = format!("#statement-{number}");
        view! { <a href=href>{number}</a> }
    };
    let undone = match (one.undone_by, one.undoes) {
        (Some(number), _) => Some(view! { " · undone by " {to(number)} }.into_any()),
        (None, Some((first, last))) if first == last => {
            Some(view! { " · undoes " {to(first)} }.into_any())
        }
        (None, Some((first, last))) => {
            Some(view! { " · undoes " {to(first)} " to " {to(last)} }.into_any())
        }
        (None, None) => None,
    };
    view! {
        <li id=format!("statement-{}", one.number)>
            <div class="row">
                <p class="small">
                    <b>{one.number}</b> " · " {statement_does(one.statement)} {side} {undone}
                </p>
                <CopyButton label="Copy" text=move |()| copied.clone() />
            </div>
            <pre class="commands">{sql}</pre>
        </li>
    }
    .into_any()
}
