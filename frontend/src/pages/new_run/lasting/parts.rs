//! The seven parts: what each one answers, its fields once it is asked for, and how long all of it takes.

use super::super::Page;
use super::fields::{field, ladder, lanes};
use super::writes::{schema, writes};
use crate::state::lasts::{FIELDS, Ladder, Part};
use leptos::prelude::*;
use rules::words::duration;

/// The question that a part answers, and how.
fn question(part: Part) -> (&'static str, &'static str) {
    match part {
        Part::IdleLadder => (
            "Do idle connections die, and after how long?",
            "Connections are left alone for longer and longer, then used: which died, how, and what would have kept them.",
        ),
        Part::Heartbeat => (
            "When does a connection in use drop, and for how long?",
            "A query every second over one connection, a fresh login now and then: every gap, and whether anybody said so.",
        ),
        Part::DataFlow => (
            "Do connections die while data comes?",
            "A query that returns rows without end and one that waits, held open and watched.",
        ),
        Part::RetryLoop => (
            "How often do new logins fail, and would a retry have helped?",
            "A login and a query again and again, every outcome kept; retry policies are compared on them.",
        ),
        Part::TrackedWrites => (
            "Is a write lost or done twice when its connection dies?",
            "Cuts its own connections in the middle of writes, does them again with a tracker and without, and counts.",
        ),
        Part::Capacity => (
            "How many connections get through at once?",
            "More and more are opened, held, and closed again; after all the others.",
        ),
        Part::Path => (
            "Does the way lose packets, or swallow large ones?",
            "Lost connects, every address in turn and at once, messages of several sizes.",
        ),
    }
}

/// All of them.
pub(crate) fn parts(page: Page) -> AnyView {
    view! {
        <div class="parts">
            <p class="hint small muted">
                "Done side by side once the usual steps have gone well, for as long as you say. Nothing is asked for unless you tick it."
            </p>
            {Part::ALL.map(|part| one(page, part)).collect_view()} <Whole page />
        </div>
    }
    .into_any()
}

fn one(page: Page, part: Part) -> AnyView {
    let form = page.form;
    let on = Memo::new(move |_| form.with(|form| form.lasts.is_on(part)));
    let unsigned = Memo::new(move |_| {
        form.with(|form| form.lasts.needs_login(part) && !form.sign_in.logs_in())
    });
    // The leave to write has its own word on it.
    let greyed = Memo::new(move |_| unsigned.get() && part != Part::TrackedWrites);
    let (question, how) = question(part);
    let hint = format!("{}-hint", part.key());
    view! {
        <div class=move || if greyed.get() && !on.get() { "part greyed" } else { "part" }>
            <label class="choice">
                <input
                    type="checkbox"
                    id=part.key()
                    aria-describedby=hint.clone()
                    disabled=move || greyed.get() && !on.get()
                    prop:checked=on
                    on:change:target=move |event| {
                        form.update(|form| form.lasts.turn(part, event.target().checked()));
                        page.recheck();
                    }
                />
                <span>{question}</span>
            </label>
            <div class="inner">
                <p class="small muted" id=hint>
                    <span class="named">{part.name()}</span>
                    ": "
                    {how}
                    {move || {
                        greyed
                            .get()
                            .then(|| view! { <span class="needs">" Needs a sign-in: choose one above."</span> })
                    }}
                </p>
                <Show when=move || on.get()>
                    <div role="group" aria-label=part.name()>
                        {inner(page, part)}
                    </div>
                </Show>
            </div>
        </div>
    }
    .into_any()
}

fn inner(page: Page, part: Part) -> AnyView {
    let form = page.form;
    let fields = move || {
        FIELDS
            .iter()
            .filter(move |field| field.part == part)
            .map(move |one| field(page, one))
            .collect_view()
    };
    match part {
        Part::IdleLadder => view! {
            <div class="limits">
                {ladder(page)}
                <Show when=move || form.with(|form| form.lasts.ladder() == Ladder::Own)>{fields()}</Show>
            </div>
            {lanes(page)}
        }
        .into_any(),
        Part::TrackedWrites => view! {
            <div class="limits">{schema(page)} {fields()}</div>
            {writes(page)}
        }
        .into_any(),
        _ => view! { <div class="limits">{fields()}</div> }.into_any(),
    }
}

/// How long all of it takes, and that nobody has to wait for it.
#[component]
fn Whole(page: Page) -> impl IntoView {
    let asked = Memo::new(move |_| {
        page.form
            .with(|form| (!form.lasts.is_empty()).then(|| form.lasts.lasts_ms()))
    });
    let several = Memo::new(move |_| page.chosen().len() > 1);
    move || {
        let (sign, colour, told) = match asked.get()? {
            None => (
                "✕",
                "bad",
                "Something above cannot be done as it stands.".to_owned(),
            ),
            Some(0) => ("i", "", "The run takes no longer for it.".to_owned()),
            Some(ms) => {
                let each = if several.get() {
                    " from each agent"
                } else {
                    ""
                };
                let time = duration(ms.saturating_mul(1_000));
                (
                    "i",
                    "",
                    format!(
                        "All of it takes {time} at most{each}, after the usual steps. You may close the browser meanwhile: the run goes on \
                     without it, and its page shows everything when you come back. Cancelled, it ends within 3 s."
                    ),
                )
            }
        };
        Some(view! {
            <p class=format!("note whole {colour}") id="lasts">
                <span aria-hidden="true">{sign}</span>
                <span>{told}</span>
            </p>
        })
    }
}
