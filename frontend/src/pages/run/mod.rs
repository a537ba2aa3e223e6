//! One run: the verdict first, then phases and steps, beside them what a support case needs.
//!
//! The same while it lives, after a reload, and in a second browser: everything is drawn from the run's log.

mod actions;
mod aside;
mod cleaning;
mod events;
mod file;
mod findings;
mod further;
mod head;
mod lasting;
mod page;
mod panels;
mod phases;
mod planned;
mod preview;
mod remove;
mod share;
mod shared;
mod steps;
mod underway;
mod verdict;

pub(crate) use file::of_file;
pub(crate) use head::{kind, name};
pub(crate) use lasting::{Lasting, chart, draw_table, session_limits, session_timeout};
pub(crate) use page::Page;
pub(crate) use shared::Shared;
pub(crate) use steps::{colour, reason};

use super::not_found::Nothing;
use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded, Tab, Tabs, driver_advice};
use crate::later::{Picture, Pictures};
use crate::live::follow;
use crate::state::announce;
use crate::state::link::Link;
use crate::state::log::RunLog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{RunId, RunView};
use page::Source;

/// The page under `/runs/ID`.
#[component]
pub(crate) fn Run(
    /// The run; nothing when the address holds no id.
    id: Option<RunId>,
    /// The event to show first.
    event: Option<u64>,
) -> impl IntoView {
    match id {
        Some(id) => view! { <Opened id event /> }.into_any(),
        None => unknown(),
    }
}

fn unknown() -> AnyView {
    browser::title("Not found · Linecheck");
    view! {
        <main id="main" tabindex="-1">
            <Nothing
                title="This run is not known here"
                text="It may have been deleted, or its link may be cut short. A run lives on the portal that made it."
            />
        </main>
    }
    .into_any()
}

#[component]
fn Opened(id: RunId, event: Option<u64>) -> impl IntoView {
    let answer = RwSignal::new(Loaded::<RunView>::Waiting);
    let ask = move |()| {
        answer.set(Loaded::Waiting);
        spawn_local(async move {
            let got = api::get::<RunView>(&format!("/api/runs/{id}")).await;
            answer.try_set(got.into());
        });
    };
    ask(());
    // The log is asked for at once, beside the run itself.
    let live = follow(id);
    move || match answer.get() {
        Loaded::Waiting => waiting(),
        Loaded::Failed(failure) if failure.is_not_found() => unknown(),
        Loaded::Failed(failure) => view! {
            <main id="main" tabindex="-1">
                <section class="card wide">
                    <h1>"The run cannot be shown"</h1>
                    <Failed failure retry=ask />
                </section>
            </main>
        }
        .into_any(),
        Loaded::Here(view) => {
            let page = Page::new(RwSignal::new(view), live, Source::Own(id));
            if let Some(seq) = event {
                show_event(page, seq);
            }
            shown(page, ())
        }
    }
}

/// The page's size while the run is on its way.
fn waiting() -> AnyView {
    view! {
        <main id="main" tabindex="-1" aria-busy="true">
            <div class="head wide bones">
                <h1>
                    <span class="sr">"Loading the run"</span>
                    <span class="bone"></span>
                </h1>
            </div>
            <section class="card wide verdict-room" aria-hidden="true"></section>
        </main>
    }
    .into_any()
}

/// Shows an event once it is here: what it is about, and the event itself.
fn show_event(page: Page, seq: u64) {
    Effect::new(move |shown: Option<bool>| {
        if shown == Some(true) {
            return true;
        }
        let step = page.live.with(|log| {
            let place = usize::try_from(seq.checked_sub(1)?).ok()?;
            Some((place, log.events().get(place)?.body.step()))
        });
        let Some((place, step)) = step else {
            return false;
        };
        let steps: Vec<_> = step.into_iter().collect();
        page.point_at(&steps, Some(seq));
        page.event.set(Some(place));
        true
    });
}

/// The page of a run. `above` stands over its head.
fn shown(page: Page, above: impl IntoView + 'static) -> AnyView {
    let host = page.view.with_untracked(|view| view.target.host.clone());
    browser::title(&format!("{host} · Linecheck"));
    announce_progress(page);
    let counted = |label: &'static str, count: usize| format!("{label} {count}");
    let findings = Memo::new(move |_| page.current.with(|now| now.findings.len()));
    let events = Memo::new(move |_| page.current.with(|now| now.count));
    let tab = |key: &'static str, label: Signal<String>| Tab { key, label };
    let fixed = |label: &'static str| Signal::derive(move || label.to_owned());
    let tabs = vec![
        tab("steps", fixed("Steps")),
        tab(
            "findings",
            Signal::derive(move || counted("Findings", findings.get())),
        ),
        tab("further", fixed("Further checks")),
        tab("transcript", fixed("Transcript")),
        tab("statements", fixed("Statements sent")),
        tab(
            "events",
            Signal::derive(move || counted("Events", events.get())),
        ),
    ];
    let advice = page.view.with_untracked(|view| {
        rules::driver_advice(&view.target, &view.login, &view.options.driver)
    });
    let advice =
        advice.map(|advice| view! { <section class="card">{driver_advice(advice)}</section> });
    view! {
        <main id="main" tabindex="-1">
            {above.into_any()}
            <head::Head page />
            <Connection page />
            <further::SignInCode page />
            <verdict::VerdictCard page />
            <underway::Underway page />
            <cleaning::OnTheServer page />
            <planned::Planned page />
            <div class="stack">
                <phases::Phases page />
                <WhatLasts page />
                <section class="card panels" aria-label="Details">
                    <Tabs label="Details of the run" tabs shown=page.tab />
                    <panels::Panels page />
                </section>
                {advice}
            </div>
            <aside::Aside page />
        </main>
    }
    .into_any()
}

/// The pictures of what lasts, once there is something that does.
#[component]
fn WhatLasts(page: Page) -> impl IntoView {
    let asked = page
        .view
        .with_untracked(|view| !view.options.lasting.is_empty());
    let lasts = Memo::new(move |_| {
        let made = |log: &RunLog| log.steps().iter().any(|step| step.kind.lasts());
        asked || page.live.with(made)
    });
    move || {
        lasts
            .get()
            .then(|| view! { <Pictures of=Picture::Run(page) /> })
    }
}

/// Says that the connection is lost, where it is.
#[component]
fn Connection(page: Page) -> impl IntoView {
    let sentence = Memo::new(move |_| page.live.link.get().sentence());
    Effect::new(move |before: Option<bool>| {
        let lost = matches!(page.live.link.get(), Link::Lost { .. });
        if before == Some(true) && !lost {
            page.announcer.say("Connected to the portal again.");
        }
        lost
    });
    move || {
        sentence.get().map(|sentence| {
            view! {
                <p class="card wide banner note warn" role="status">
                    <span aria-hidden="true">"!"</span>
                    <span>{sentence}</span>
                </p>
            }
        })
    }
}

/// Tells the live region how steps end, and the verdict.
fn announce_progress(page: Page) {
    // How many events were there when something was said last; none while the log is caught up with.
    let heard = StoredValue::new(None::<usize>);
    let known = page.view.with_untracked(|view| view.last_seq);
    Effect::new(move |told: Option<bool>| {
        let told = told.unwrap_or_default();
        let (verdict, count) = page
            .current
            .with(|now| (now.verdict.as_ref().map(|v| v.title.clone()), now.count));
        if let Some(title) = verdict {
            if !told {
                page.announcer.say(format!("Verdict: {title}"));
            }
            return true;
        }
        let caught_up = page.live.log.with_value(|log| log.last_seq() >= known);
        if let Some(from) = heard.get_value().filter(|_| caught_up) {
            let text = page.live.log.with_value(|log| announce::steps(log, from));
            page.announcer.say(text);
        }
        heard.set_value(caught_up.then_some(count));
        false
    });
}
