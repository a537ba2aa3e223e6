//! The phases of each hop on one time axis.

use super::page::Page;
use crate::state::waterfall::{Bar, End, Waterfall, waterfall};
use leptos::prelude::*;

/// The card.
#[component]
pub(super) fn Phases(page: Page) -> impl IntoView {
    let picture = Memo::new(move |_| page.live.with(waterfall));
    view! {
        <section class="card phases">
            <h2>"Phases"</h2>
            {move || picture.with(draw)}
        </section>
    }
}

fn draw(picture: &Waterfall) -> AnyView {
    if picture.hops.is_empty() {
        return view! { <p class="muted">"Drawn as soon as the first step has begun."</p> }
            .into_any();
    }
    let ticks = picture.ticks();
    let hops = picture.hops.iter().map(|hop| {
        let bars = hop
            .bars
            .iter()
            .map(|bar| row(picture, bar, &ticks))
            .collect_view();
        view! {
            <li class="hop mono">{hop.title.clone()}</li>
            {bars}
        }
    });
    view! {
        <ul class="wf plain-list">{hops.collect_view()}</ul>
        <div class="wf axis" aria-hidden="true">
            <span></span>
            <div class="marks">
                {ticks
                    .iter()
                    .map(|(left, text)| view! { <span style:left=format!("{left:.2}%")>{text.clone()}</span> })
                    .collect_view()}
            </div>
            <span></span>
        </div>
    }
    .into_any()
}

fn row(picture: &Waterfall, bar: &Bar, ticks: &[(f64, String)]) -> AnyView {
    let (left, width) = picture.place(bar);
    let end = match bar.end {
        End::Done => "",
        End::Failed => "fail",
        End::Running => "going",
    };
    let said = match bar.end {
        End::Done => "",
        End::Failed => "failed, ",
        End::Running => "running, ",
    };
    let lines = ticks
        .iter()
        .skip(1)
        .map(|(left, _)| view! { <b style:left=format!("{left:.2}%")></b> })
        .collect_view();
    view! {
        <li class="bar-row">
            <span>{bar.name.clone()}</span>
            <span class="bar" aria-hidden="true">
                {lines}
                <i
                    class=format!("{} {end}", bar.hue)
                    style:left=format!("{left:.2}%")
                    style:width=format!("{width:.2}%")
                ></i>
            </span>
            <span class="num">
                <span class="sr">{said}</span>
                {(bar.end == End::Failed).then(|| view! { <span class="st bad" aria-hidden="true">"✕"</span> })}
                {bar.text.clone()}
            </span>
        </li>
    }
    .into_any()
}
