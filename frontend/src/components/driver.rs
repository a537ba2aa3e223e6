//! A pasted connection string put right, and what its driver would have done: on the form and beside a run.

use super::CopyButton;
use leptos::prelude::*;
use rules::DriverAdvice;

/// The folded part; what was changed stands on its first line.
pub(crate) fn driver_advice(advice: DriverAdvice) -> AnyView {
    let DriverAdvice {
        was,
        corrected,
        behaviours,
    } = advice;
    let text = corrected.text.clone();
    let changes = corrected
        .changes
        .iter()
        .map(|change| {
            view! {
                <p class="note warn">
                    <span aria-hidden="true">"!"</span>
                    <span>{change.text}</span>
                </p>
            }
        })
        .collect_view();
    let drivers = behaviours
        .into_iter()
        .map(|one| {
            let (title, url) = one.source;
            view! {
                <h3>{one.driver}</h3>
                <ul class="does">{one.sentences.into_iter().map(|it| view! { <li>{it}</li> }).collect_view()}</ul>
                <p class="references">
                    <a href=url target="_blank" rel="noopener noreferrer external">
                        {title}
                    </a>
                </p>
            }
        })
        .collect_view();
    let state = match corrected.changes.len() {
        0 => "as it should be".to_owned(),
        1 => "put right, 1 change".to_owned(),
        many => format!("put right, {many} changes"),
    };
    view! {
        <details class="advice small" id="connection-string">
            <summary>
                "Connection string" <span class="muted small">{was} ", " {state}</span>
            </summary>
            <pre class="commands" tabindex="0" role="region" aria-label="Connection string">{text.clone()}</pre>
            <p>
                <CopyButton label="Copy connection string" text=move |()| text.clone() />
            </p>
            {changes}
            {drivers}
        </details>
    }
    .into_any()
}
