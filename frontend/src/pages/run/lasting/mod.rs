//! What lasts: a part for each thing that was asked for, a picture where time is in it, and the same as a table.
//!
//! Live, settled, shared or from a file: all of it is drawn from the log.

mod chart;
mod link;
mod policy;
mod session;
mod table;

pub(crate) use chart::draw as chart;
pub(crate) use session::{limits as session_limits, timeout as session_timeout};
pub(crate) use table::draw as draw_table;

use super::page::Page;
use super::steps::colour;
use super::verdict::line;
use crate::components::CopyButton;
use crate::state::chart::Chart;
use crate::state::parts::{Part, empty, findings, parts};
use crate::state::sessions::{self, Way};
use crate::state::{beats, ramp};
use bundle::lasting::Table;
use leptos::prelude::*;
use model::{Finding, StepKind};
use rules::words::step_sign;

/// The parts.
#[component]
pub(crate) fn Lasting(page: Page) -> impl IntoView {
    let asked = page
        .view
        .with_untracked(|view| view.options.lasting.clone());
    let settled = Memo::new(move |_| page.current.with(|now| now.state.is_settled()));
    let all = Memo::new(move |_| {
        let settled = settled.get();
        page.live.with(|log| parts(&asked, log, settled))
    });
    let kinds =
        Memo::new(move |_| all.with(|all| all.iter().map(|part| part.kind).collect::<Vec<_>>()));
    move || {
        let parts = kinds.get().into_iter().filter_map(|kind| {
            let find = move |all: &Vec<Part>| all.iter().find(|part| part.kind == kind).cloned();
            let first = all.with_untracked(find)?;
            let part = Memo::new(move |_| all.with(find).unwrap_or_else(|| first.clone()));
            Some(section(page, kind, part))
        });
        parts.collect_view()
    }
}

fn section(page: Page, kind: StepKind, part: Memo<Part>) -> AnyView {
    let timeout = RwSignal::new(String::new());
    let picture = Memo::new(move |_| {
        let typed = timeout.with(|text| sessions::typed(text)).ok().flatten();
        page.live.with(|log| match kind {
            StepKind::ReplicaSession | StepKind::ListenerView => {
                sessions::chart(&[way(page, log.lasting())], Some(kind), typed)
            }
            _ => picture(log.lasting(), kind),
        })
    });
    let tables = Memo::new(move |_| {
        let mut tables = page.live.with(|log| log.lasting().tables(kind));
        tables.retain(|table| !link::is_drawn(table));
        tables
    });
    let found = Memo::new(move |_| {
        let all = page.current.with(|now| now.findings.clone());
        page.live.with(|log| findings(&all, log, kind))
    });
    let (key, title) = part.with_untracked(|part| (part.key, part.title));
    let more = match kind {
        StepKind::RetryLoop => view! { <policy::Editor page /> }.into_any(),
        StepKind::TrackedWrites => pattern(),
        StepKind::ReplicaSession => session_limits(),
        _ => ().into_any(),
    };
    let what_if = (kind == StepKind::ReplicaSession).then(|| {
        let said = move || {
            let typed = timeout.with(|text| sessions::typed(text)).ok().flatten();
            page.live
                .with(|log| vec![sessions::told(&way(page, log.lasting()), typed)])
        };
        session_timeout(timeout, said)
    });
    view! {
        <section class="card lasting" id=format!("lasting-{key}")>
            <div class="row">
                <h2>{title}</h2>
                {move || stands(&part.get())}
            </div>
            {move || found.get().into_iter().map(finding).collect_view()}
            {link::draw(page, kind)}
            {move || picture.get().map(|picture| chart::draw(&picture))}
            {what_if}
            {move || {
                let tables = tables.get();
                if tables.is_empty() && picture.with(Option::is_none) {
                    let said = part.with(empty);
                    return said.map(|said| view! { <p class="muted small">{said}</p> }).into_any();
                }
                tables.into_iter().map(shown).collect_view().into_any()
            }}
            {more}
        </section>
    }
    .into_any()
}

/// This run as one of the directions between replicas.
fn way(page: Page, all: &bundle::lasting::Lasting) -> Way<'_> {
    Way {
        name: page.view.with_untracked(sessions::name),
        later: 0,
        all,
    }
}

fn picture(all: &bundle::lasting::Lasting, kind: StepKind) -> Option<Chart> {
    match kind {
        StepKind::Heartbeat => beats::chart(all),
        StepKind::RetryLoop => ramp::operations(all),
        StepKind::Capacity => ramp::ramp(all),
        _ => None,
    }
}

fn stands(part: &Part) -> AnyView {
    let sign = part.state.map(|state| {
        view! {
            <span class=format!("st {}", colour(state)) aria-hidden="true">
                {step_sign(state)}
            </span>
        }
    });
    view! { <span class="muted small signed">{sign} <span>{part.stands.clone()}</span></span> }
        .into_any()
}

/// What the rules say of it, and what to do: the exact settings are theirs.
fn finding(finding: Finding) -> AnyView {
    let advice = (!finding.recommendation.is_empty()).then(|| {
        let lines = finding.recommendation.iter().cloned();
        view! {
            <details class="small">
                <summary>"What to do"</summary>
                <ol>{lines.map(|line| view! { <li>{line}</li> }).collect_view()}</ol>
            </details>
        }
    });
    view! { <div class="said-of">{line(&finding)} {advice}</div> }.into_any()
}

/// A table: folded where a picture above it shows the same.
fn shown(mut table: Table) -> AnyView {
    if !matches!(table.key, "beats" | "ramp") {
        return table::draw(&table);
    }
    let notes = std::mem::take(&mut table.notes);
    // A ramp says of itself what it came to; of minutes drawn together the table does.
    let told = match table.key {
        "ramp" => std::mem::take(&mut table.told),
        _ => String::new(),
    };
    view! {
        {table::notes(std::iter::once(told).chain(notes))}
        <details class="small">
            <summary>{table.title} ", as a table"</summary>
            {table::draw(&table)}
        </details>
    }
    .into_any()
}

/// How a person's own code does a write once.
fn pattern() -> AnyView {
    let sides = [
        (
            "The server's side, to adapt",
            "Copy T-SQL",
            rules::WRITE_PATTERN_SQL,
        ),
        (
            "The client's",
            "Copy pseudocode",
            rules::WRITE_PATTERN_CLIENT,
        ),
    ];
    let side = |(title, copy, text): (&'static str, &'static str, &'static str)| {
        view! {
            <h3>{title}</h3>
            <pre class="commands" tabindex="0" role="region" aria-label=title>{text}</pre>
            <p>
                <CopyButton label=copy text=move |()| text.to_owned() />
            </p>
        }
    };
    view! {
        <details class="advice small">
            <summary>"The pattern for your own code: writes that happen once"</summary>
            {sides.map(side).collect_view()}
        </details>
    }
    .into_any()
}
