//! The T-SQL of a run that writes, as it is sent, or as it would be: what a dry run is for.

use super::page::Page;
use crate::components::CopyButton;
use leptos::prelude::*;
use model::lasting::PlannedStatement;
use rules::words::{one_line, statement_does};

/// The card, for a run that writes.
#[component]
pub(super) fn Planned(page: Page) -> impl IntoView {
    let dry = page.view.with_untracked(|view| {
        let lasting = &view.options.lasting;
        let writes = lasting.tracked_writes.as_ref().map(|it| it.dry_run);
        let link = lasting.instance_link.as_ref().map(|it| it.dry_run);
        [writes, link].into_iter().flatten().all(|dry| dry)
    });
    let statements = Memo::new(move |_| page.live.with(|log| log.lasting().statements.clone()));
    let own = page.is_own();
    move || {
        let list = statements.get();
        (!list.is_empty()).then(|| card(list, dry, own))
    }
}

/// What a statement is for, and where it is sent.
fn does(one: &PlannedStatement) -> String {
    let place = one.server.as_ref();
    let place = place.map(|server| format!(", on {}", one_line(server, 253)));
    format!("{}{}", statement_does(one), place.unwrap_or_default())
}

fn card(list: Vec<PlannedStatement>, dry: bool, own: bool) -> AnyView {
    let text = list
        .iter()
        .map(|one| format!("-- {}\n{}", does(one), one.sql))
        .collect::<Vec<_>>()
        .join("\n\n");
    let (word, told) = match (dry, own) {
        (true, true) => (
            "dry run: none was sent",
            "This is all that would be sent; of what is sent often, the first. To have it sent, run again and allow it.",
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
                <span class="small muted">{does(&one)}</span>
                <pre>{one.sql}</pre>
            </li>
        }
    };
    view! {
        <section class="card wide" id="planned" aria-label="Its T-SQL">
            <details open=dry>
                <summary>"Its T-SQL " <span class="tag">{word}</span></summary>
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
