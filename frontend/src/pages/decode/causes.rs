//! The causes, ranked: what speaks for each, what against it, what to do, whose job it is.

use crate::state::decode::quote;
use leptos::prelude::*;
use model::Confidence;
use rules::decode::{Decoded, Ranked};
use rules::words;

/// Shown with everything; the others open on demand.
const IN_FULL: usize = 2;

/// All of them.
pub(super) fn causes(decoded: &Decoded) -> AnyView {
    if decoded.causes.is_empty() {
        return ().into_any();
    }
    let causes = decoded
        .causes
        .iter()
        .enumerate()
        .map(|(place, ranked)| cause(decoded, place, ranked))
        .collect_view();
    view! {
        <section class="card causes" aria-labelledby="causes">
            <h2 id="causes">"Why that may be"</h2>
            <ol class="plain-list">{causes}</ol>
            <p class="small muted">"A text proves nothing: only a run that changes one thing at a time does."</p>
        </section>
    }
    .into_any()
}

fn cause(decoded: &Decoded, place: usize, ranked: &Ranked) -> AnyView {
    let cause = ranked.cause;
    let tag = match ranked.sure {
        Confidence::Possible => "tag",
        _ => "tag bad",
    };
    let why = ranked
        .why
        .iter()
        .map(|reason| {
            let words = reason.places.first().map(|place| quote(decoded, *place));
            view! {
                <li class="signed">
                    <span class="st bad" aria-hidden="true">
                        "+"
                    </span>
                    <span>
                        <span class="sr">"For it: "</span>
                        {reason.says.clone()}
                        {words.map(|words| view! { <q class="mono">{words}</q> })}
                    </span>
                </li>
            }
        })
        .collect_view();
    let against = ranked
        .against
        .iter()
        .map(|words| {
            view! {
                <li class="signed">
                    <span class="st idle" aria-hidden="true">
                        "–"
                    </span>
                    <span>
                        <span class="sr">"Against it: "</span>
                        {words.clone()}
                    </span>
                </li>
            }
        })
        .collect_view();
    let advice = cause
        .advice
        .iter()
        .map(|advice| view! { <li>{*advice}</li> })
        .collect_view();
    view! {
        <li>
            <details open=place < IN_FULL>
                <summary>
                    <b>{format!("{}. {}", place + 1, cause.title)}</b>
                </summary>
                <div class="line small">
                    <span class=tag>{words::confidence(ranked.sure)}</span>
                    <span class="muted">"owner: " {words::owner(cause.owner)}</span>
                    <span class="mono muted">{cause.id} " " {cause.code}</span>
                </div>
                <ul class="plain-list small">{why} {against}</ul>
                <ol class="small">{advice}</ol>
            </details>
        </li>
    }
    .into_any()
}
