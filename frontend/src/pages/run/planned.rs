//! The T-SQL of the writes, as it is sent, or as it would be: what a dry run is for.

use super::page::Page;
use crate::components::CopyButton;
use leptos::prelude::*;
use model::lasting::PlannedStatement;
use rules::words::statement_does;

/// The card, for a run with writes that are cut off.
#[component]
pub(super) fn Planned(page: Page) -> impl IntoView {
    let asked = page
        .view
        .with_untracked(|view| view.options.lasting.tracked_writes.clone());
    let statements = Memo::new(move |_| page.live.with(|log| log.lasting().statements.clone()));
    let own = page.is_own();
    move || {
        let dry = asked.as_ref()?.dry_run;
        let list = statements.get();
        (!list.is_empty()).then(|| card(list, dry, own))
    }
}

fn card(list: Vec<PlannedStatement>, dry: bool, own: bool) -> AnyView {
    let text = list
        .iter()
        .map(|one| format!("-- {}\n{}", statement_does(one), one.sql))
        .collect::<Vec<_>>()
        .join("\n\n");
    let (word, told) = match (dry, own) {
        (true, true) => (
            "dry run: none was sent",
            "This is all that would be sent; of what is sent often, the first. To have it sent, run again and tick “It may write”.",
        ),
        (true, false) => (
            "dry run: none was sent",
            "This is all that would be sent; of what is sent often, the first.",
        ),
        (false, _) => (
            "sent",
            "Of what is sent often, the first. The values are those of this run.",
        ),
    };
    let one = |one: PlannedStatement| {
        view! {
            <li class="statement">
                <span class="small muted">{statement_does(&one)}</span>
                <pre>{one.sql}</pre>
            </li>
        }
    };
    view! {
        <section class="card wide" id="planned" aria-label="The T-SQL of its writes">
            <details open=dry>
                <summary>"The T-SQL of its writes " <span class="tag">{word}</span></summary>
                <p class="small muted">{told}</p>
                <ol class="plain-list stacked more">{list.into_iter().map(one).collect_view()}</ol>
                <p class="more">
                    <CopyButton label="Copy the T-SQL" text=move |()| text.clone() />
                </p>
            </details>
        </section>
    }
    .into_any()
}
