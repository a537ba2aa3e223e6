//! What lasts, while it lasts: a line for each agent. It stays once the runs are over, so that nothing below it moves.

use super::{Column, Page};
use crate::components::{Meter, ticking};
use crate::state::lasts::names;
use crate::state::underway::whole;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// The card, for runs that were asked for something that lasts.
#[component]
pub(super) fn Underway(page: Page) -> impl IntoView {
    let columns = page.columns();
    let asked = columns.first().map(|column| {
        column
            .view
            .with_value(|view| names(&view.options.lasting).collect::<Vec<_>>().join(", "))
    });
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return ().into_any();
    };
    let clock = ticking();
    let over = Memo::new(move |_| {
        let (over, all) = page.over();
        over == all
    });
    view! {
        <section class="card wide underway" id="underway" aria-labelledby="underway-title">
            <h2 id="underway-title">"What lasts: " {asked}</h2>
            <ul class="plain-list">{columns.into_iter().map(|column| row(column, clock)).collect_view()}</ul>
            <p class="small muted">
                {move || {
                    if over.get() {
                        "What came of it stands above, and on the page of each run."
                    } else {
                        "You may close this page: the runs go on without it, and everything is here when you come back."
                    }
                }}
            </p>
        </section>
    }
    .into_any()
}

fn row(column: Column, clock: RwSignal<DateTime<Utc>>) -> AnyView {
    let far = Memo::new(move |_| {
        let at = clock.get();
        column.live.with(|log| whole(log, at))
    });
    let settled = Memo::new(move |_| column.current.with(|now| now.state.is_settled()));
    let percent = Memo::new(move |_| {
        let far = far.with(|far| far.as_ref().map(|(percent, _)| *percent));
        far.or(Some(if settled.get() { 100 } else { 0 }))
    });
    let told = Memo::new(move |_| match (far.get(), settled.get()) {
        (_, true) => "over".to_owned(),
        (Some((_, within)), false) => within,
        (None, false) => "not begun yet".to_owned(),
    });
    let sign = move || match (settled.get(), far.with(Option::is_some)) {
        (true, _) => "■",
        (false, true) => "▸",
        (false, false) => "·",
    };
    view! {
        <li class="far">
            <span class="signed">
                <span class="st idle" aria-hidden="true">
                    {sign}
                </span>
                <span>{column.agent()}</span>
            </span>
            <Meter label=column.agent() percent told />
            <span class="num">{told}</span>
        </li>
    }
    .into_any()
}
