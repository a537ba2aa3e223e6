//! Every finding, the verdict first.

use super::page::Page;
use super::verdict::{References, line};
use leptos::prelude::*;
use model::Finding;
use rules::words;

/// The panel.
#[component]
pub(super) fn Findings(page: Page) -> impl IntoView {
    let findings = Memo::new(move |_| page.current.with(|now| now.findings.clone()));
    let settled = Memo::new(move |_| page.current.with(|now| now.state.is_settled()));
    move || {
        let list = findings.get();
        if list.is_empty() {
            let text = if settled.get() {
                "Nothing was found that is worth saying."
            } else {
                "Nothing stands out yet. Findings show here as the steps end."
            };
            return view! { <p class="empty">{text}</p> }.into_any();
        }
        view! {
            {(!settled.get()).then(|| view! { <p class="muted small">"Provisional: the run is not over."</p> })}
            <ul class="plain-list findings">
                {list.into_iter().map(|finding| one(page, finding)).collect_view()}
            </ul>
        }
        .into_any()
    }
}

fn one(page: Page, finding: Finding) -> AnyView {
    view! {
        <li>
            <h3>{line(&finding)}</h3>
            <p class="muted">{finding.explanation.clone()}</p>
            {(!finding.recommendation.is_empty())
                .then(|| {
                    view! {
                        <ol>
                            {finding.recommendation.clone().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                        </ol>
                    }
                })}
            <p class="line">
                <span class="tag">{words::confidence(finding.confidence)}</span>
                <span class="tag">"owner: " {words::owner(finding.owner)}</span>
                <span class="mono muted">{finding.code.clone()}</span>
            </p>
            <References page finding />
        </li>
    }
    .into_any()
}
