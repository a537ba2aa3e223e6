//! The heartbeats of several agents, under each other on one clock: what all of them saw is the server's, what one
//! saw is its own way's.

use super::Page;
use crate::pages::run::chart;
use crate::state::beats::{clock, together};
use leptos::prelude::*;

/// The card; nothing where no run has a heartbeat.
#[component]
pub(crate) fn Heartbeats(page: Page) -> impl IntoView {
    let picture = Memo::new(move |_| {
        let columns = page.columns();
        let logs: Vec<_> = columns
            .into_iter()
            .map(|column| {
                column.live.grown.track();
                (column.agent(), column.live.log.read_value())
            })
            .collect();
        let beating: Vec<_> = logs
            .iter()
            .map(|(agent, log)| (agent, log.lasting()))
            .filter(|(_, all)| clock(all).is_some())
            .collect();
        let first = beating.iter().filter_map(|(_, all)| all.began).min();
        let agents: Vec<_> = beating
            .into_iter()
            .map(|(agent, all)| {
                let later = all.began.zip(first).map(|(began, first)| began - first);
                let later = later.and_then(|later| later.num_microseconds());
                (
                    agent.clone(),
                    u64::try_from(later.unwrap_or(0)).unwrap_or(0),
                    all,
                )
            })
            .collect();
        together(&agents)
    });
    move || {
        picture.get().map(|picture| {
            view! {
                <section class="card wide together-beats" id="together-beats">
                    <h2>"Heartbeats on one clock"</h2>
                    {chart(&picture)}
                    <p class="small muted">"By the agents' clocks, put right by the portal's. Each run's own page has its outages one by one."</p>
                </section>
            }
        })
    }
}
