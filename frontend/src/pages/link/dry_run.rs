//! The dry run, followed as it is made: its statements, and whether they are still those of the fields.

use super::Guide;
use super::statements::statements;
use crate::live::follow;
use leptos::prelude::*;
use model::{RunId, StepKind};

/// The statements of the last dry run.
#[component]
pub(super) fn Statements(guide: Guide, current: Memo<Option<RunId>>) -> impl IntoView {
    let run = Memo::new(move |_| guide.told.with(|told| told.as_ref().map(|told| told.run)));
    move || {
        let run = run.get()?;
        Some(view! { <Followed guide run current /> })
    }
}

#[component]
fn Followed(guide: Guide, run: RunId, current: Memo<Option<RunId>>) -> impl IntoView {
    let live = follow(run);
    let told = Memo::new(move |_| {
        live.with(|log| {
            let mut steps = log.steps().iter();
            let step = steps.find(|step| step.kind == StepKind::InstanceLink);
            let all = step.is_some_and(|step| step.finished_seq.is_some());
            all.then(|| log.lasting().statements.clone())
        })
    });
    let over = Memo::new(move |_| live.with(|log| log.lasting().link.is_over()));
    Effect::new(move |_| guide.seen.set(told.with(Option::is_some)));
    let server = move || {
        live.log.with_value(|log| {
            let plan = log.folded().plan();
            plan.map(|plan| plan.target.server.clone())
                .unwrap_or_default()
        })
    };
    let address = format!("/runs/{run}");
    let shown = move || match (told.get(), over.get()) {
        (Some(list), _) => statements(&list, &server()),
        (None, false) => {
            view! { <p class="muted" role="status">"The agent writes down what it would send…"</p> }
                .into_any()
        }
        (None, true) => view! {
            <p class="note bad" role="alert">
                <span aria-hidden="true">"✕"</span>
                <span>
                    "The dry run ended before it told its statements. "
                    <a href=address.clone()>"Its page says why."</a>
                </span>
            </p>
        }
        .into_any(),
    };
    let stale = move || {
        (guide.seen.get() && current.get().is_none()).then(|| {
        view! {
            <p class="note warn" role="status">
                <span aria-hidden="true">"!"</span>
                <span>"Changed since: these are not the statements of what stands above. Show them again."</span>
            </p>
        }
    })
    };
    view! {
        <section class="card stacked" id="statements" tabindex="-1" aria-labelledby="statements-title">
            <h2 id="statements-title">"Every statement, in its order"</h2>
            {stale}
            <p class="small">
                <a href="#agree">"On to the agreements"</a>
            </p>
            {shown}
            <p class="small muted">
                "Names hold the run's id, so in the run itself they end differently. Where only the instance knows a name or a port, words stand in its place."
            </p>
        </section>
    }
}
