//! Both directions between replicas, and a listener, on one clock; what has to be there on each side, and what was seen
//! of each way to lose the other.

use super::Page;
use crate::pages::run::{chart, draw_table, session_limits, session_timeout};
use crate::state::sessions::{self, Way, name, typed};
use bundle::lasting::{Lasting, Table, on_the_port, steps_to_connect};
use leptos::prelude::*;

/// What is drawn anew as the logs grow.
#[derive(Clone, PartialEq, Default)]
struct Shown {
    picture: Option<crate::state::chart::Chart>,
    said: Vec<String>,
    tables: Vec<Table>,
}

/// The card; nothing where no run looks at replicas.
#[component]
pub(crate) fn Replicas(page: Page) -> impl IntoView {
    let is_meant = page.columns().into_iter().any(|column| {
        column.view.with_value(|view| {
            let asked = &view.options.lasting;
            asked.replica_session.is_some() || asked.listener.is_some()
        })
    });
    is_meant.then(|| card(page))
}

fn card(page: Page) -> AnyView {
    let text = RwSignal::new(String::new());
    let shown = Memo::new(move |_| {
        let timeout = text.with(|text| typed(text)).ok().flatten();
        shown(page, timeout)
    });
    let picture = Memo::new(move |_| shown.with(|shown| shown.picture.clone()));
    let tables = Memo::new(move |_| shown.with(|shown| shown.tables.clone()));
    view! {
        <section class="card wide lasting" id="replica-ways">
            <h2>"Every direction on one clock"</h2>
            {move || match picture.get() {
                Some(picture) => chart(&picture),
                None => view! { <p class="muted small">"Drawn a minute at a time; a gap shows when it is over."</p> }.into_any(),
            }}
            {session_timeout(text, move || shown.with(|shown| shown.said.clone()))}
            {limits_note()}
            {move || tables.get().iter().map(draw_table).collect_view()}
            {session_limits()}
        </section>
    }
    .into_any()
}

fn limits_note() -> AnyView {
    view! {
        <p class="small muted">
            "By the agents' clocks, put right by the portal's. Each run's own page has its gaps and its server's words one by one."
        </p>
    }
    .into_any()
}

fn shown(page: Page, timeout: Option<u64>) -> Shown {
    let logs: Vec<_> = page
        .columns()
        .into_iter()
        .map(|column| {
            column.live.grown.track();
            (column.view.with_value(name), column.live.log.read_value())
        })
        .collect();
    let all: Vec<(&String, &Lasting)> = logs
        .iter()
        .map(|(name, log)| (name, log.lasting()))
        .filter(|(_, all)| !all.replica.is_empty())
        .collect();
    let first = all.iter().filter_map(|(_, all)| all.began).min();
    let ways: Vec<Way<'_>> = all
        .iter()
        .map(|(name, all)| {
            let later = all.began.zip(first).map(|(began, first)| began - first);
            let later = later.and_then(|later| later.num_microseconds());
            Way {
                name: (*name).clone(),
                later: u64::try_from(later.unwrap_or(0)).unwrap_or(0),
                all,
            }
        })
        .collect();
    let sides: Vec<_> = ways
        .iter()
        .filter(|way| way.all.replica.step.is_some())
        .map(|way| (way.name.as_str(), &way.all.replica))
        .collect();
    let mut tables = Vec::new();
    if !sides.is_empty() {
        tables.push(steps_to_connect(&sides));
        tables.push(on_the_port(&sides));
    }
    Shown {
        picture: sessions::chart(&ways, None, timeout),
        said: ways
            .iter()
            .map(|way| sessions::told(way, timeout))
            .collect(),
        tables,
    }
}
