//! What was read: the answer first, what happened, numbers, times, and the text itself.

use crate::state::decode::{pieces, quote};
use leptos::prelude::*;
use model::Confidence;
use rules::decode::Decoded;
use rules::words;

/// The first cause, and whom the text is of.
pub(super) fn verdict(decoded: &Decoded) -> AnyView {
    let facts = decoded
        .facts()
        .into_iter()
        .map(|(label, value)| view! { <dt>{label}</dt><dd>{value}</dd> })
        .collect_view();
    let notes = decoded
        .notes()
        .into_iter()
        .map(|note| view! { <p class="note"><span aria-hidden="true">"!"</span><span>{note}</span></p> })
        .collect_view();
    let (class, tag, sign, sure, say, code) = match decoded.causes.first() {
        Some(first) => {
            let likely = first.sure != Confidence::Possible;
            let (class, tag, sign) = if likely {
                ("bad", "tag bad", "✕")
            } else {
                ("warn", "tag warn", "?")
            };
            let sure = if likely {
                "Likely cause"
            } else {
                "Possible cause"
            };
            (
                class,
                tag,
                sign,
                sure,
                first.cause.title,
                Some(first.cause.code),
            )
        }
        None => (
            "info",
            "tag info",
            "?",
            "Not recognised",
            "Nothing that is known stands in this text.",
            None,
        ),
    };
    let more = decoded.causes.is_empty().then(|| {
        view! {
            <p class="muted">
                "Paste the whole exception, with its inner exceptions and its numbers. If you do not have more, "
                <a href="/">"make a run"</a> ": it needs only the server's name."
            </p>
        }
    });
    let code = code.map(|code| view! { <p class="mono muted code">{code}</p> });
    view! {
        <section class=format!("card wide verdict {class}") id="answer" tabindex="-1" aria-labelledby="say">
            <div>
                <span class=tag>
                    <span aria-hidden="true">{sign}</span>
                    {sure}
                </span>
                <h2 class="say" id="say">{say}</h2>
                {more}
                {code}
                {notes}
            </div>
            <dl>{facts}</dl>
        </section>
    }
    .into_any()
}

/// What the text says happened.
pub(super) fn happened(decoded: &Decoded) -> AnyView {
    if decoded.said.is_empty() {
        return ().into_any();
    }
    let said = decoded
        .said
        .iter()
        .map(|said| {
            let words = said.places.first().map(|place| quote(decoded, *place));
            view! {
                <li>
                    {said.sentence()} {words.map(|words| view! { <q class="mono">{words}</q> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="happened">
            <h2 id="happened">"What the text says"</h2>
            <ul class="plain-list said-so">{said}</ul>
        </section>
    }
    .into_any()
}

/// Numbers, and what each of them means.
pub(super) fn numbers(decoded: &Decoded) -> AnyView {
    if decoded.numbers.is_empty() {
        return ().into_any();
    }
    let numbers = decoded
        .numbers
        .iter()
        .map(|number| view! { <dt class="mono">{number.value.clone()}</dt><dd>{number.sentence()}</dd> })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="numbers">
            <h2 id="numbers">"Numbers"</h2>
            <dl class="numbers">{numbers}</dl>
        </section>
    }
    .into_any()
}

/// Times, the longest with the longest bar.
pub(super) fn times(decoded: &Decoded) -> AnyView {
    let longest = decoded
        .timings
        .iter()
        .map(|timing| timing.ms)
        .max()
        .unwrap_or(0);
    if longest == 0 {
        return ().into_any();
    }
    let told = decoded.timings.iter().filter(|timing| timing.ms > 0);
    let rows = told
        .map(|timing| {
            let width = timing.ms.saturating_mul(100) / longest;
            view! {
                <li>
                    <span class="row">
                        <span>{timing.kind.name()}</span>
                        <span class="num">{words::duration(timing.ms.saturating_mul(1_000))}</span>
                    </span>
                    <span class="bar" aria-hidden="true">
                        <i style:width=format!("{width}%")></i>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="times">
            <h2 id="times">"Times in the text"</h2>
            <ul class="plain-list times">{rows}</ul>
        </section>
    }
    .into_any()
}

/// The text as it was read, the words marked on which the first cause rests.
pub(super) fn text(decoded: &Decoded) -> AnyView {
    let (pieces, more) = pieces(decoded);
    let pieces = pieces
        .into_iter()
        .map(|piece| {
            if piece.marked {
                view! { <mark>{piece.text}</mark> }.into_any()
            } else {
                piece.text.into_any()
            }
        })
        .collect_view();
    let more = more
        .then(|| view! { <p class="small muted">"There is more of it, which is not shown."</p> });
    view! {
        <div class="card wide">
            <h2 id="as-read">"The text as it was read"</h2>
            <pre class="as-read" tabindex="0" role="region" aria-labelledby="as-read">{pieces}</pre>
            {more}
        </div>
    }
    .into_any()
}
