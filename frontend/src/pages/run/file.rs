//! A run from a file: the run's page, read-only, from what stands in the bundle alone.

use super::page::{Page, Source};
use super::shown;
use crate::live::Following;
use crate::state::log::RunLog;
use bundle::Bundle;
use leptos::prelude::*;
use model::{Finding, RunView};

/// The page of a bundle's run. `another` goes back to choosing.
pub(crate) fn of_file(bundle: Bundle, name: String, another: Callback<()>) -> AnyView {
    let Bundle {
        manifest,
        run,
        events,
        ..
    } = bundle;
    let mut log = RunLog::default();
    for event in events {
        log.take(event);
    }
    let files: Vec<(String, u64)> = manifest
        .files
        .into_iter()
        .map(|file| (file.name, file.bytes))
        .collect();
    let page = Page::new(
        RwSignal::new(harmless(run)),
        Following::of(log),
        Source::File,
    );
    shown(page, banner(name, files, another))
}

/// Findings are taken as they stand, since a masked log cannot be judged again; but a link in them is anybody's.
fn harmless(mut run: RunView) -> RunView {
    let clean = |finding: &mut Finding| {
        finding
            .links
            .retain(|link| link.url.starts_with("https://"));
    };
    run.findings.iter_mut().for_each(clean);
    run.verdict.iter_mut().for_each(clean);
    run
}

/// What it is, and what it is not.
fn banner(name: String, files: Vec<(String, u64)>, another: Callback<()>) -> AnyView {
    let holds = files
        .into_iter()
        .map(|(name, bytes)| {
            let size = rules::words::bytes(bytes);
            view! { <li><span class="mono">{name}</span> " " <span class="num muted">{size}</span></li> }
        })
        .collect_view();
    view! {
        <div class="card wide banner from-file" id="from-file">
            <p class="note warn">
                <span aria-hidden="true">"!"</span>
                <span>
                    <b>"From a file, not verified by this portal"</b>
                    ": "
                    {name}
                    ". It was read in this page only; whoever had it before could have changed it."
                </span>
            </p>
            <details>
                <summary>"Files in it"</summary>
                <ul class="plain-list">{holds}</ul>
            </details>
            <button on:click=move |_| another.run(())>"Open another"</button>
        </div>
    }
    .into_any()
}
