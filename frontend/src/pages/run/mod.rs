//! One run: the verdict first, then phases and steps, beside them what a support case needs.
//!
//! The same while it lives, after a reload, and in a second browser: everything is drawn from the run's log.

mod actions;
mod aside;
mod events;
mod findings;
mod head;
mod panels;
mod phases;
mod steps;
mod verdict;

use super::not_found::Nothing;
use crate::api;
use crate::browser;
use crate::components::{Announcer, Failed, Loaded, Tab, Tabs};
use crate::live::{Following, follow};
use crate::state::announce;
use crate::state::current::{Current, brought_up, current};
use crate::state::link::Link;
use crate::state::tree::groups_of;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use model::{RunId, RunView, StepId, StepState};
use std::collections::BTreeSet;

/// What the parts of this page share.
#[derive(Clone, Copy)]
struct Page {
    /// What the portal answered when the page was opened, and again once the run settled.
    view: StoredValue<RunView>,
    /// The log.
    live: Following,
    /// How the run stands.
    current: Memo<Current>,
    /// The tab that is shown.
    tab: RwSignal<&'static str>,
    /// Steps that a finding pointed at.
    pointed: RwSignal<Vec<StepId>>,
    /// Steps whose details are open.
    open: RwSignal<BTreeSet<StepId>>,
    /// Groups of steps that are open.
    groups: RwSignal<BTreeSet<StepId>>,
    /// The event that is selected, by place.
    event: RwSignal<Option<usize>>,
    announcer: Announcer,
}

impl Page {
    fn id(&self) -> RunId {
        self.view.with_value(|view| view.id)
    }

    /// The run as it stands, whole: what is copied is made from it.
    fn whole(&self) -> RunView {
        self.view
            .with_value(|view| self.live.log.with_value(|log| brought_up(view, log)))
    }

    /// Shows what a finding rests on: its steps, or its first event where there is no step.
    fn point_at(&self, steps: &[StepId], first_event: Option<u64>) {
        let Some(first) = steps.first() else {
            let place = first_event.and_then(|seq| usize::try_from(seq.checked_sub(1)?).ok());
            self.event.set(place);
            self.tab.set("events");
            request_animation_frame(|| browser::focus("events"));
            return;
        };
        let failed = self.live.log.with_value(|log| {
            let failed = |id: &&StepId| {
                let step = log.folded().step(**id);
                step.is_some_and(|step| step.state == StepState::Failed)
            };
            steps.iter().rev().find(failed).copied()
        });
        let first = failed.unwrap_or(*first);
        let inside = self
            .live
            .log
            .with_value(|log| groups_of(log.steps(), steps));
        self.groups.update(|groups| groups.extend(inside));
        self.pointed.set(steps.to_vec());
        self.tab.set("steps");
        let row = format!("step-{first}");
        request_animation_frame(move || {
            browser::reveal(&row);
            browser::focus(&row);
        });
    }
}

/// The page under `/runs/ID`.
#[component]
pub(crate) fn Run() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // A run again leads from one run to the next: the page is then drawn anew.
    move || match id.get().parse::<RunId>() {
        Ok(id) => view! { <Opened id /> }.into_any(),
        Err(_) => unknown(),
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
fn Opened(id: RunId) -> impl IntoView {
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
        Loaded::Here(view) => shown(view, live),
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

fn shown(view: RunView, live: Following) -> AnyView {
    let announcer = Announcer::here();
    browser::title(&format!("{} · Linecheck", view.target.host));
    let page = Page {
        view: StoredValue::new(view.clone()),
        live,
        current: Memo::new(move |_| live.with(|log| current(&view, log))),
        tab: RwSignal::new("steps"),
        pointed: RwSignal::new(Vec::new()),
        open: RwSignal::new(BTreeSet::new()),
        groups: RwSignal::new(BTreeSet::new()),
        event: RwSignal::new(None),
        announcer,
    };
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
        tab("transcript", fixed("Transcript")),
        tab("statements", fixed("Statements sent")),
        tab(
            "events",
            Signal::derive(move || counted("Events", events.get())),
        ),
    ];
    view! {
        <main id="main" tabindex="-1">
            <head::Head page />
            <Connection page />
            <verdict::VerdictCard page />
            <div class="stack">
                <phases::Phases page />
                <section class="card panels" aria-label="Details">
                    <Tabs label="Details of the run" tabs shown=page.tab />
                    <panels::Panels page />
                </section>
            </div>
            <aside::Aside page />
        </main>
    }
    .into_any()
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
    let known = page.view.with_value(|view| view.last_seq);
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
