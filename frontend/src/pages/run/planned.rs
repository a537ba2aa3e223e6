//! The T-SQL of a run that writes, as it is sent, or as it would be: what a dry run is for.

use super::page::Page;
use crate::pages::link::statements;
use leptos::prelude::*;
use model::lasting::PlannedStatement;

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
    let server = page.view.with_untracked(|view| view.target.server.clone());
    // A link has a page of its own to go on from.
    let on = page.view.with_untracked(|view| {
        let link = view.options.lasting.instance_link.is_some();
        (link && dry && own).then(|| format!("/link?again={}", view.id))
    });
    move || {
        let list = statements.get();
        (!list.is_empty()).then(|| card(&list, &server, dry, own, on.clone()))
    }
}

fn card(
    list: &[PlannedStatement],
    server: &str,
    dry: bool,
    own: bool,
    on: Option<String>,
) -> AnyView {
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
    let on =
        on.map(|href| view! { <p><a class="button" href=href>"Go on: agree and begin…"</a></p> });
    let inner = statements(list, server);
    view! {
        <section class="card wide" id="planned" aria-label="Its T-SQL">
            <details open=dry>
                <summary>"Its T-SQL " <span class="tag">{word}</span></summary>
                <p class="small muted">{told}</p>
                {on}
                {inner}
            </details>
        </section>
    }
    .into_any()
}
