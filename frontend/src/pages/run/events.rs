//! The log itself: as a transcript in words, and raw. Both draw only what is in view.

use super::page::Page;
use crate::browser;
use crate::components::{CopyButton, Listing};
use crate::state::time;
use leptos::prelude::*;
use model::RunEvent;

/// An event's kind, as it is written.
fn kind(event: &RunEvent) -> String {
    serde_json::to_value(&event.body)
        .ok()
        .and_then(|body| body.get("kind")?.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn first_line(event: &RunEvent) -> String {
    let lines = bundle::report::event_lines(event);
    let more = lines.len().saturating_sub(1);
    let first = lines.into_iter().next().unwrap_or_default();
    match more {
        0 => first,
        more => format!("{first} (+{more})"),
    }
}

/// Every event in words, one line each; the selected one whole.
#[component]
pub(super) fn Transcript(page: Page) -> impl IntoView {
    let total = Memo::new(move |_| page.live.with(|log| log.events().len()));
    let selected = RwSignal::new(None::<usize>);
    let row = move |index: usize| {
        page.live.log.with_value(|log| {
            let Some(event) = log.events().get(index) else {
                return ().into_any();
            };
            view! {
                <time class="mono muted" title=time::utc(event.at)>
                    {time::clock(event.at, browser::offset)}
                </time>
                <span class="mono">{first_line(event)}</span>
            }
            .into_any()
        })
    };
    let text = move |()| {
        let run = page.whole();
        page.live
            .log
            .with_value(|log| bundle::report::transcript(&run, log.events()))
    };
    let whole = move || {
        let index = selected.get()?;
        page.live.log.with_value(|log| {
            let event = log.events().get(index)?;
            let lines = bundle::report::event_lines(event);
            Some(format!("{}\n{}", time::utc(event.at), lines.join("\n")))
        })
    };
    view! {
        <div class="row tools">
            <p class="muted small">"Your time; UTC on hover and in the copy."</p>
            <CopyButton label="Copy transcript" text=text />
        </div>
        <Listing id="transcript" label="Transcript" total selected row=Callback::new(row) />
        <Chosen text=Signal::derive(whole) label="Copy line" />
    }
}

/// Every event as it is stored.
#[component]
pub(super) fn Events(page: Page) -> impl IntoView {
    let total = Memo::new(move |_| page.live.with(|log| log.events().len()));
    let row = move |index: usize| {
        page.live.log.with_value(|log| {
            let Some(event) = log.events().get(index) else {
                return ().into_any();
            };
            let pointed = event.body.step();
            let class = move || {
                let is =
                    pointed.is_some_and(|step| page.pointed.with(|steps| steps.contains(&step)));
                if is {
                    "mono num is-evidence"
                } else {
                    "mono num"
                }
            };
            view! {
                <span class=class>{event.seq.to_string()}</span>
                <time class="mono muted" title=time::utc(event.at)>
                    {time::clock(event.at, browser::offset)}
                </time>
                <span class="mono">{kind(event)}</span>
                <span class="mono muted">{first_line(event)}</span>
            }
            .into_any()
        })
    };
    let raw = move || {
        let index = page.event.get()?;
        page.live
            .log
            .with_value(|log| serde_json::to_string_pretty(log.events().get(index)?).ok())
    };
    view! {
        <p class="muted small tools">"As stored. Select one to see it whole."</p>
        <Listing id="events" label="Events" total selected=page.event row=Callback::new(row) />
        <Chosen text=Signal::derive(raw) label="Copy event" />
    }
}

/// The selected event, whole.
#[component]
fn Chosen(text: Signal<Option<String>>, label: &'static str) -> impl IntoView {
    view! {
        <div class="chosen">
            {move || match text.get() {
                Some(whole) => {
                    view! {
                        <pre tabindex="0" role="region" aria-label="Selected event">
                            {whole}
                        </pre>
                        <CopyButton label=label text=move |()| text.get_untracked().unwrap_or_default() />
                    }
                        .into_any()
                }
                None => view! { <p class="muted small">"Nothing is selected."</p> }.into_any(),
            }}
        </div>
    }
}
