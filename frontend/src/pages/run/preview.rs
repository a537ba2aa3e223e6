//! What others will see of a run, before a link to it is made.

use super::head;
use super::steps::{colour, reason};
use super::verdict::{line, told};
use crate::api::Failure;
use crate::components::{Failed, Loaded, OutcomeTag, When};
use crate::state::share::masked;
use crate::state::tree::{Row, rows};
use leptos::prelude::*;
use model::RunView;
use model::api::SharedRun;
use rules::words::{step_sign, step_state};
use std::collections::BTreeSet;

/// Rows of the preview at most: it shows what is masked, not the run again.
const MOST_ROWS: usize = 12;

/// The box.
#[component]
pub(super) fn Preview(
    /// The run as others see it.
    shared: RwSignal<Loaded<SharedRun>>,
    /// Asks for it again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="stacked" aria-labelledby="preview-title">
            <h3 id="preview-title">"What others will see"</h3>
            <div class="preview" id="preview" tabindex="0" role="region" aria-labelledby="preview-title">
                {move || match shared.get() {
                    Loaded::Waiting => view! { <span class="bone" aria-hidden="true"></span> }.into_any(),
                    Loaded::Failed(failure) => failed(failure, retry),
                    Loaded::Here(shared) => here(&shared),
                }}
            </div>
        </section>
    }
}

fn failed(failure: Failure, retry: Callback<()>) -> AnyView {
    view! { <Failed failure retry /> }.into_any()
}

fn here(shared: &SharedRun) -> AnyView {
    let run = &shared.run;
    let told = masked(&shared.masked);
    let masked = told.map_or("Nothing in it had to be masked.".to_owned(), |told| {
        format!("Masked so far: {told}.")
    });
    let all = rows(&run.steps, &BTreeSet::new());
    let more = all.len().saturating_sub(MOST_ROWS);
    view! {
        <p class="small" id="masked">
            {masked}
        </p>
        <p>
            <b>{head::name(&run.target)}</b>
        </p>
        <p class="muted line small">
            {head::from(run)}
            <When at=run.created_at />
            <span class="tag">{head::kind(&run.target)}</span>
        </p>
        {verdict(run)}
        <ul class="plain-list">{all.into_iter().take(MOST_ROWS).map(step).collect_view()}</ul>
        {(more > 0).then(|| view! { <p class="muted small">"… and " {more} " more steps"</p> })}
    }
    .into_any()
}

fn verdict(run: &RunView) -> AnyView {
    match &run.verdict {
        Some(verdict) => told(run.state, run.outcome, verdict, ()),
        None => view! {
            <p class="line">
                <OutcomeTag state=run.state outcome=run.outcome severity=None />
            </p>
            {run.findings.iter().take(3).map(|finding| view! { <p>{line(finding)}</p> }).collect_view()}
        }
        .into_any(),
    }
}

fn step(row: Row) -> AnyView {
    view! {
        <li class="row">
            <span class="signed">
                <span class=format!("st {}", colour(row.state)) aria-hidden="true">
                    {step_sign(row.state)}
                </span>
                <span>
                    {row.title}
                    <span class="sr">", " {step_state(row.state)}</span>
                    " "
                    {reason(row.code, row.state)}
                </span>
            </span>
            <span class="num">{row.time}</span>
        </li>
    }
    .into_any()
}
