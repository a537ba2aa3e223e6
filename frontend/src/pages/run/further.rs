//! The further checks: a table for each, and what was left out. Beside them the code that somebody signs in with,
//! and the run's files.

use super::page::{Page, Source};
use super::steps::colour;
use crate::components::{CopyButton, When};
use crate::state::further::{Cell, Further, Table, device_code, further, trace_files};
use leptos::prelude::*;
use model::DeviceCode;
use rules::words::{bytes, step_sign, step_state};

/// Rows of one table at first.
const MOST_ROWS: usize = 100;

/// The panel.
#[component]
pub(super) fn FurtherChecks(page: Page) -> impl IntoView {
    let shown = Memo::new(move |_| page.live.with(further));
    move || {
        let Further { tables, left_out } = shown.get();
        if tables.is_empty() && left_out.is_empty() {
            return view! {
                <p class="empty">"Nothing was looked at beside the path of the login, or not yet."</p>
            }
            .into_any();
        }
        view! {
            <div class="findings">
                {tables.into_iter().map(table).collect_view()}
                {(!left_out.is_empty())
                    .then(|| {
                        view! {
                            <section>
                                <h2>"Left out"</h2>
                                <ul class="plain-list small">
                                    {left_out
                                        .into_iter()
                                        .map(|(what, why)| view! { <li>{what} ": " <span class="muted">{why}</span></li> })
                                        .collect_view()}
                                </ul>
                            </section>
                        }
                    })}
            </div>
        }
        .into_any()
    }
}

fn table(table: Table) -> AnyView {
    let more = table.rows.len().saturating_sub(MOST_ROWS);
    let num: Vec<bool> = match table.rows.first() {
        Some(row) => row
            .iter()
            .map(|cell| matches!(cell, Cell::Num(_)))
            .collect(),
        None => Vec::new(),
    };
    let head = table.head.iter().zip(num).map(|(name, num)| {
        let class = if num { "num" } else { "" };
        view! { <th scope="col" class=class>{*name}</th> }
    });
    let head = table
        .head
        .iter()
        .any(|name| !name.is_empty())
        .then(|| view! { <thead><tr>{head.collect_view()}</tr></thead> });
    let rows = table.rows.into_iter().take(MOST_ROWS).map(|row| {
        view! { <tr>{row.into_iter().map(cell).collect_view()}</tr> }
    });
    let id = format!("further-{}", table.key);
    let label = table.title.clone();
    view! {
        <section class="facts" id=id tabindex="0" role="region" aria-label=label>
            <h2>{table.title}</h2>
            {(!table.told.is_empty()).then(|| view! { <p class="small muted">{table.told}</p> })}
            <table>{head} <tbody>{rows.collect_view()}</tbody></table>
            {(more > 0).then(|| view! { <p class="muted small">"… and " {more} " more, in the transcript"</p> })}
        </section>
    }
    .into_any()
}

fn cell(cell: Cell) -> AnyView {
    match cell {
        Cell::Text(text) => view! { <td>{text}</td> }.into_any(),
        Cell::Mono(text) => view! { <td class="mono">{text}</td> }.into_any(),
        Cell::Num(text) => view! { <td class="num">{text}</td> }.into_any(),
        Cell::Id(id) => {
            let copied = id.clone();
            let copy = (!id.is_empty()).then(|| {
                view! { <CopyButton label="Copy" text=move |()| copied.clone() /> }
            });
            view! {
                <td class="id">
                    <span class="mono">{id}</span>
                    {copy}
                </td>
            }
            .into_any()
        }
        Cell::Stands(state, word) => view! {
            <td>
                <span class="signed">
                    <span class=format!("st {}", colour(state)) aria-hidden="true">
                        {step_sign(state)}
                    </span>
                    <span>
                        <span class="sr">{step_state(state)} ": "</span>
                        {word}
                    </span>
                </span>
            </td>
        }
        .into_any(),
    }
}

/// What a person has to do for the run to go on.
#[component]
pub(super) fn SignInCode(page: Page) -> impl IntoView {
    let code = Memo::new(move |_| page.live.with(device_code));
    Effect::new(move |_| {
        if let Some(code) = code.get() {
            let DeviceCode { user_code, .. } = code;
            page.announcer
                .say(format!("To go on, sign in with the code {user_code}"));
        }
    });
    move || code.get().map(sign_in_code)
}

fn sign_in_code(code: DeviceCode) -> AnyView {
    let user_code = rules::words::one_line(&code.user_code, 40);
    let copied = user_code.clone();
    let url = rules::words::one_line(&code.verification_url, 300);
    // It came over the agent from a token service.
    let place = if url.starts_with("https://") {
        let href = url.clone();
        view! {
            <a href=href target="_blank" rel="noopener noreferrer external">
                {url}
            </a>
        }
        .into_any()
    } else {
        view! { <span class="mono">{url}</span> }.into_any()
    };
    view! {
        <section class="card wide device" id="device-code" aria-label="Sign in with a code">
            <div>
                <h2>"Sign in, so that the run can go on"</h2>
                <p>"Open " {place} " on any device and give this code, until " <When at=code.expires_at /> "."</p>
                <p class="small muted">"Sign in only when you, or somebody you know, started this run just now."</p>
            </div>
            <p class="row">
                <span class="mono big">{user_code}</span>
                <CopyButton label="Copy code" text=move |()| copied.clone() />
            </p>
        </section>
    }
    .into_any()
}

/// Files beside the log.
#[component]
pub(super) fn Files(page: Page) -> impl IntoView {
    let source = page.source.get_value();
    let traces = Memo::new(move |_| page.live.with(trace_files));
    move || {
        let kept = page.view.with(|view| view.artifacts.clone());
        let mut files: Vec<(String, u64, String)> = traces
            .get()
            .into_iter()
            .map(|file| {
                let dropped = match file.dropped {
                    0 => String::new(),
                    some => format!(", {some} left out"),
                };
                (
                    file.name,
                    file.bytes,
                    format!("{} packets{dropped}", file.packets),
                )
            })
            .collect();
        for file in kept {
            if files.iter().all(|(name, ..)| *name != file.name) {
                files.push((file.name, file.bytes, String::new()));
            }
        }
        if files.is_empty() {
            return ().into_any();
        }
        let row = |(name, size, told): (String, u64, String)| {
            let shown = match &source {
                Source::Own(_) => {
                    let href = page.file(&format!("artifacts/{name}"));
                    view! { <a class="mono" href=href rel="external" download="">{name}</a> }
                        .into_any()
                }
                _ => view! { <span class="mono">{name}</span> }.into_any(),
            };
            let size = bytes(size);
            view! {
                <li>
                    {shown}
                    <span class="small muted">{size} {(!told.is_empty()).then_some(", ")} {told}</span>
                </li>
            }
        };
        let why = match &source {
            Source::Own(_) => "",
            Source::Shared(_) => "Not shown by a share link: it holds what is masked.",
            Source::File => "It stands in the bundle.",
        };
        view! {
            <section class="card files">
                <h2>"Files"</h2>
                <ul class="plain-list stacked">{files.into_iter().map(row).collect_view()}</ul>
                <p class="small muted">{why}</p>
            </section>
        }
        .into_any()
    }
}
