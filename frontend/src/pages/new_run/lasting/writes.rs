//! Writes that are cut off: a dry run, unless somebody ticks that it may write.

use super::super::Page;
use super::fields::{line, tick};
use leptos::prelude::*;

/// The schema, the contrast, and the leave to write.
pub(super) fn writes(page: Page) -> AnyView {
    let form = page.form;
    let unsigned = Memo::new(move |_| form.with(|form| !form.sign_in.logs_in()));
    let schema =
        Memo::new(move |_| form.with(|form| form.lasts.choices.tracked_writes.schema.clone()));
    let dry = Memo::new(move |_| form.with(|form| form.lasts.choices.tracked_writes.dry_run));
    // Ticked, it can be taken back.
    let locked = Signal::derive(move || unsigned.get() && dry.get());
    view! {
        {tick(
            page,
            "writes-blind",
            "The same again without asking the tracker, for contrast",
            |form| form.lasts.choices.tracked_writes.blind,
            |form, on| form.lasts.choices.tracked_writes.blind = on,
            false.into(),
            None,
        )}
        {tick(
            page,
            "writes-really",
            view! { <b>"It may write"</b>": send the T-SQL" },
            |form| !form.lasts.choices.tracked_writes.dry_run,
            |form, on| form.lasts.choices.tracked_writes.dry_run = !on,
            locked,
            Some("writes-really-hint"),
        )}
        <p class="hint" id="writes-really-hint">
            {move || match (dry.get(), unsigned.get()) {
                (true, unsigned) => {
                    let then = if unsigned {
                        "Writing needs a sign-in: choose one above."
                    } else {
                        "Read it there, then tick this and start again."
                    };
                    view! {
                        <span class="note">
                            <span aria-hidden="true">"i"</span>
                            <span>"A dry run: the run shows every statement that it would send, and sends none. " {then}</span>
                        </span>
                    }
                        .into_any()
                }
                (false, _) => {
                    view! {
                        <span class="note warn">
                            <span aria-hidden="true">"!"</span>
                            <span>
                                "Makes two tables with the run's id in their names in schema "
                                <span class="mono">{schema}</span>
                                ", writes to nothing else, and drops them however the run ends. Should that fail, the run shows the T-SQL that drops them."
                            </span>
                        </span>
                    }
                        .into_any()
                }
            }}
        </p>
    }
    .into_any()
}

/// Where they are made.
pub(super) fn schema(page: Page) -> AnyView {
    line(
        page,
        "writes-schema",
        "Schema of its tables",
        false,
        |form| form.lasts.choices.tracked_writes.schema.clone(),
        |form, typed| form.lasts.choices.tracked_writes.schema = typed,
    )
}
