//! The panels under the tabs. Only the one that is shown is drawn.

use super::events::{Events, Transcript};
use super::findings::Findings;
use super::further::FurtherChecks;
use super::page::Page;
use super::steps::Steps;
use crate::browser;
use crate::components::CopyButton;
use crate::state::log::observation;
use crate::state::time;
use leptos::prelude::*;
use model::Observation;

/// Statements drawn; whoever wants them all copies them.
const MOST_STATEMENTS: usize = 300;

/// The panel of the tab that is shown.
#[component]
pub(super) fn Panels(page: Page) -> impl IntoView {
    [
        "steps",
        "findings",
        "further",
        "transcript",
        "statements",
        "events",
    ]
    .map(|key| {
        view! {
            <div
                role="tabpanel"
                id=format!("panel-{key}")
                aria-labelledby=format!("tab-{key}")
                hidden=move || page.tab.get() != key
            >
                {move || (page.tab.get() == key).then(|| panel(key, page))}
            </div>
        }
    })
    .collect_view()
}

fn panel(key: &'static str, page: Page) -> AnyView {
    match key {
        "further" => view! { <FurtherChecks page /> }.into_any(),
        "findings" => view! { <Findings page /> }.into_any(),
        "transcript" => view! { <Transcript page /> }.into_any(),
        "statements" => view! { <Statements page /> }.into_any(),
        "events" => view! { <Events page /> }.into_any(),
        _ => view! { <Steps page /> }.into_any(),
    }
}

/// Every statement that was sent to the server, with its time.
#[component]
fn Statements(page: Page) -> impl IntoView {
    let sent = Memo::new(move |_| {
        page.live.with(|log| {
            let statements = log
                .statements()
                .filter_map(|event| match observation(event) {
                    Some(Observation::StatementSent { sql }) => {
                        Some((event.seq, event.at, sql.clone()))
                    }
                    _ => None,
                });
            statements.collect::<Vec<_>>()
        })
    });
    let settled = Memo::new(move |_| page.current.with(|now| now.state.is_settled()));
    move || {
        let list = sent.get();
        if list.is_empty() {
            let text = if settled.get() {
                "No statement was sent to the server."
            } else {
                "No statement has been sent yet. Whatever is sent shows here."
            };
            return view! { <p class="empty">{text}</p> }.into_any();
        }
        let text = move |()| {
            sent.with(|list| {
                let line = |(_, at, sql): &(u64, chrono::DateTime<chrono::Utc>, String)| {
                    format!("-- {}\n{sql}", time::utc(*at))
                };
                list.iter().map(line).collect::<Vec<_>>().join("\n\n")
            })
        };
        let more = list.len().saturating_sub(MOST_STATEMENTS);
        view! {
            <ol class="plain-list stacked">
                {list
                    .into_iter()
                    .take(MOST_STATEMENTS)
                    .map(|(_, at, sql)| {
                        view! {
                            <li class="statement">
                                <time class="mono muted" title=time::utc(at)>
                                    {time::clock(at, browser::offset)}
                                </time>
                                <pre>{sql}</pre>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
            {(more > 0).then(|| view! { <p class="muted small">"… and " {more} " more, in the copy"</p> })}
            <p class="more">
                <CopyButton label="Copy statements" text=text />
            </p>
        }
        .into_any()
    }
}
