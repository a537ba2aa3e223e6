//! Draws a picture of things in time. To whoever does not see it, it is one sentence; the table beneath has the rest.

use crate::state::chart::{Chart, Clock, Mark, Track};
use leptos::prelude::*;

/// The picture, its clock and its legend.
pub(crate) fn draw(chart: &Chart) -> AnyView {
    let ticks = chart.clock.ticks();
    let lines: Vec<f64> = ticks.iter().skip(1).map(|(left, _)| *left).collect();
    let tracks = chart
        .tracks
        .iter()
        .map(|one| track(chart.clock, one, &lines));
    let legend = chart.legend.iter().map(|(class, words)| {
        view! {
            <li>
                <i class=*class></i>
                {*words}
            </li>
        }
    });
    view! {
        <figure class="chart">
            <div role="img" aria-label=chart.said.clone()>
                {tracks.collect_view()}
                <div class="track axis">
                    <span></span>
                    <div class="marks">
                        {ticks
                            .into_iter()
                            .map(|(left, text)| view! { <span style:left=format!("{left:.2}%")>{text}</span> })
                            .collect_view()}
                    </div>
                </div>
            </div>
            <ul class="legend plain-list small muted" aria-hidden="true">{legend.collect_view()}</ul>
        </figure>
    }
    .into_any()
}

fn track(clock: Clock, track: &Track, lines: &[f64]) -> AnyView {
    let shapes = track
        .shapes
        .iter()
        .map(|one| view! { <path class=one.class d=one.path.clone()></path> });
    let lines = lines
        .iter()
        .map(|left| view! { <b style:left=format!("{left:.2}%")></b> });
    let heights = track.heights.iter().map(|(bottom, text)| {
        let class = if *bottom > 50.0 { "upper" } else { "" };
        view! { <em class=class>{text.clone()}</em> }
    });
    let class = if track.is_tall { "plot tall" } else { "plot" };
    view! {
        <div class="track">
            <span class="of">{track.name.clone()}</span>
            <div class=class>
                {lines.collect_view()}
                <svg viewBox="0 0 1000 100" preserveAspectRatio="none">
                    {shapes.collect_view()}
                </svg>
                {track.marks.iter().map(|one| mark(clock, one)).collect_view()}
                {heights.collect_view()}
            </div>
            <span class="num">{track.note.clone()}</span>
        </div>
    }
    .into_any()
}

fn mark(clock: Clock, mark: &Mark) -> AnyView {
    let left = clock.at(mark.from_us) / 10.0;
    let width = clock.at(mark.until_us) / 10.0 - left;
    view! {
        <i
            class=mark.class
            style:left=format!("{left:.2}%")
            style:width=format!("{width:.2}%")
            title=mark.said.clone()
        ></i>
    }
    .into_any()
}
