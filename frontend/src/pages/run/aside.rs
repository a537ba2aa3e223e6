//! Beside the run: connect times, what a support case needs, and the last lines of the transcript.

use super::further::Files;
use super::page::Page;
use crate::browser;
use crate::components::CopyButton;
use crate::state::case::{self, Fact};
use crate::state::connect::{Address, addresses};
use crate::state::time;
use leptos::prelude::*;

/// Lines of the short transcript.
const LINES: usize = 7;
/// Addresses drawn at once; a run with more has a button for the rest.
const MOST_ADDRESSES: usize = 24;

/// The column.
#[component]
pub(super) fn Aside(page: Page) -> impl IntoView {
    view! {
        <aside class="stack" aria-label="Beside the run">
            <Times page />
            <Support page />
            <Files page />
            <Short page />
        </aside>
    }
}

#[component]
fn Times(page: Page) -> impl IntoView {
    let all = RwSignal::new(false);
    let list = Memo::new(move |_| {
        let most = if all.get() {
            usize::MAX
        } else {
            MOST_ADDRESSES
        };
        page.live.with(|log| addresses(log, most))
    });
    view! {
        <section class="card">
            <h2>"Connect times"</h2>
            {move || {
                let (list, more) = list.get();
                if list.is_empty() {
                    return view! { <p class="muted small">"One row for each address, one bar for each connect."</p> }.into_any();
                }
                view! {
                    <ul class="plain-list stacked">{list.iter().map(address).collect_view()}</ul>
                    {(more > 0)
                        .then(|| {
                            view! {
                                <p class="more">
                                    <button on:click=move |_| all.set(true)>"Show " {more} " more"</button>
                                </p>
                            }
                        })}
                }
                    .into_any()
            }}
        </section>
    }
}

fn address(address: &Address) -> AnyView {
    let bars = address.bars.iter().map(|bar| match bar {
        Some(height) => view! { <i style:height=format!("{height}%")></i> }.into_any(),
        None => view! { <i class="x"></i> }.into_any(),
    });
    let sign = address
        .dead
        .then(|| view! { <span class="st bad" aria-hidden="true">"✕"</span> });
    view! {
        <li class="row address" title=address.words.clone()>
            <span>
                <span class="mono">{address.endpoint.clone()}</span>
                <span class="small muted">
                    {sign}
                    {address.summary.clone()}
                </span>
                <span class="sr">{address.words.clone()}</span>
            </span>
            <span class="dots" aria-hidden="true">
                {bars.collect_view()}
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn Support(page: Page) -> impl IntoView {
    let facts = Memo::new(move |_| page.live.with(case::facts));
    let text = move |()| {
        let run = page.whole();
        page.live
            .log
            .with_value(|log| bundle::report::case_text(&run, log.events()))
    };
    let row = |fact: Fact| {
        view! {
            <dt>{fact.name}</dt>
            <dd class=if fact.mono { "mono" } else { "" }>{fact.value}</dd>
        }
    };
    view! {
        <section class="card">
            <h2>"For a support case"</h2>
            {move || {
                let facts = facts.get();
                if facts.is_empty() {
                    view! { <p class="muted small">"TRACEID, addresses and error show here once the server was spoken to."</p> }
                        .into_any()
                } else {
                    view! { <dl>{facts.into_iter().map(row).collect_view()}</dl> }.into_any()
                }
            }}
            <p class="more">
                <CopyButton label="Copy case text" text=text />
            </p>
        </section>
    }
}

#[component]
fn Short(page: Page) -> impl IntoView {
    let lines = Memo::new(move |_| {
        page.live.with(|log| {
            let from = log.events().len().saturating_sub(LINES);
            log.events()
                .get(from..)
                .unwrap_or_default()
                .iter()
                .map(|event| {
                    let line = bundle::report::event_lines(event).into_iter().next();
                    let line = line.unwrap_or_default();
                    (event.at, line)
                })
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="card short">
            <div class="row">
                <h2>"Transcript"</h2>
                <button class="quiet" on:click=move |_| {
                    page.tab.set("transcript");
                    request_animation_frame(|| browser::focus("tab-transcript"));
                }>
                    "All of it"
                </button>
            </div>
            <ul class="plain-list">
                {move || {
                    lines
                        .get()
                        .into_iter()
                        .map(|(at, line)| {
                            view! {
                                <li class="mono muted">
                                    <span>
                                        <time title=time::utc(at)>{time::clock(at, browser::offset)}</time>
                                        " "
                                        {line}
                                    </span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </section>
    }
}
