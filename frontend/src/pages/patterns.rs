//! Patterns: the most frequent causes of the last weeks, in counts alone.

use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded};
use crate::state::history::escape;
use crate::state::patterns::{Row, Rows, rows};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page.
#[component]
pub(crate) fn Patterns() -> impl IntoView {
    browser::title("Patterns · Linecheck");
    let shown = RwSignal::new(Loaded::<Rows>::Waiting);
    let ask = move |()| {
        shown.set(Loaded::Waiting);
        spawn_local(async move {
            let answer = api::get::<model::Patterns>("/api/patterns").await;
            shown.try_set(answer.map(|patterns| rows(&patterns)).into());
        });
    };
    ask(());
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>"Patterns"</h1>
                    <p class="muted">
                        "What the runs of the last 12 weeks found. Counts only; they stay on this portal. Runs that opted out, and those to practice targets, are not among them."
                    </p>
                </div>
            </div>
            {move || match shown.get() {
                Loaded::Waiting => bones(),
                Loaded::Failed(failure) => {
                    view! {
                        <section class="card wide">
                            <Failed failure retry=ask />
                        </section>
                    }
                        .into_any()
                }
                Loaded::Here(rows) => here(rows),
            }}
        </main>
    }
}

fn bones() -> AnyView {
    view! {
        <section class="card wide patterns stacked" aria-busy="true">
            <span class="sr">"Loading the patterns"</span>
            <span class="bone tall" aria-hidden="true"></span>
            <span class="bone tall" aria-hidden="true"></span>
        </section>
    }
    .into_any()
}

fn here(rows: Rows) -> AnyView {
    let Rows {
        runs,
        causes,
        besides,
    } = rows;
    if runs == 0 {
        return view! {
            <section class="card wide patterns">
                <div class="empty">
                    <p>
                        "No run of the last 12 weeks is counted yet. " <a href="/">"Start one"</a>
                        ": what it finds shows here once it has settled."
                    </p>
                </div>
            </section>
        }
        .into_any();
    }
    let none = (causes.is_empty()).then(|| {
        view! { <p class="empty">"None of the " {runs} " runs found a problem."</p> }
    });
    view! {
        {none.map(|none| view! { <section class="card wide patterns">{none}</section> })}
        {table("causes", "Most frequent causes", "Runs that it explains", runs, causes)}
        {table("besides", "Found besides", "Runs that it was found in", runs, besides)}
    }
    .into_any()
}

fn table(
    id: &'static str,
    title: &'static str,
    counted: &'static str,
    runs: u64,
    rows: Vec<Row>,
) -> AnyView {
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="card wide patterns" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Finding"</th>
                        <th scope="col">{counted}", of "{runs}</th>
                        <th scope="col">"By week"</th>
                        <th scope="col">"Endpoint"</th>
                        <th scope="col">"Run from"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(row: Row) -> AnyView {
    let href = format!("/runs?finding={}", escape(&row.code));
    let also = row
        .found
        .map(|found| view! { <span class="small muted">"found in " {found}</span> });
    view! {
        <tr>
            <th scope="row">
                {row.name} " "
                <a class="mono" href=href>
                    {row.code}
                </a>
            </th>
            <td data-name="Runs">
                <span class="share">
                    <b class="num">{row.runs}</b>
                    <span class="bar" aria-hidden="true">
                        <i style:width=format!("{}%", row.width)></i>
                    </span>
                    {also}
                </span>
            </td>
            <td data-name="By week">{weeks(row.weeks)}</td>
            <td data-name="Endpoint">{list(row.kinds)}</td>
            <td data-name="Run from">{list(row.agents)}</td>
        </tr>
    }
    .into_any()
}

fn weeks(weeks: Vec<(u64, String)>) -> AnyView {
    let said: Vec<String> = weeks
        .iter()
        .filter(|(height, _)| *height > 0)
        .map(|(_, words)| words.clone())
        .collect();
    let bars = weeks
        .into_iter()
        .map(|(height, words)| view! { <i title=words style:height=format!("{height}%")></i> })
        .collect_view();
    view! {
        <span class="dots weeks" aria-hidden="true">
            {bars}
        </span>
        <span class="sr">{said.join(", ")}</span>
    }
    .into_any()
}

/// The first few, and how many more.
fn list(counts: Vec<(String, u64)>) -> AnyView {
    let more = counts.len().saturating_sub(3);
    let shown = counts
        .into_iter()
        .take(3)
        .map(|(name, runs)| view! { <li>{name} " " <span class="num">{runs}</span></li> })
        .collect_view();
    view! {
        <ul class="plain-list">
            {shown} {(more > 0).then(|| view! { <li class="muted">"and " {more} " more"</li> })}
        </ul>
    }
    .into_any()
}
