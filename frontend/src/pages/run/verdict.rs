//! The verdict: one sentence, the numbers behind it, what to do and whose job it is. While the run lives: what is
//! being done now, and what already speaks for itself.

use super::cleaning;
use super::page::Page;
use crate::components::{OutcomeTag, severity_sign, standing};
use crate::state::evidence::ranges;
use leptos::prelude::*;
use model::{Finding, Outcome, Owner, RunState};
use rules::words;

/// The card.
#[component]
pub(super) fn VerdictCard(page: Page) -> impl IntoView {
    let colour = Memo::new(move |_| {
        page.current.with(|now| {
            let severity = now.verdict.as_ref().map(|verdict| verdict.severity);
            let (_, _, colour) = standing(now.state, now.outcome, severity);
            format!("card wide verdict {colour}")
        })
    });
    let verdict = Memo::new(move |_| page.current.with(|now| now.verdict.clone()));
    view! {
        <section class=colour aria-label="Verdict" id="verdict">
            {move || match verdict.get() {
                Some(verdict) => settled(page, verdict),
                None => view! { <Living page /> }.into_any(),
            }}
        </section>
    }
}

fn settled(page: Page, verdict: Finding) -> AnyView {
    let (state, outcome) = page.current.with_untracked(|now| (now.state, now.outcome));
    let advice = verdict.recommendation.clone();
    view! {
        {told(state, outcome, &verdict, cleaning::tag(page))}
        <div>
            {(!advice.is_empty())
                .then(|| {
                    view! {
                        <h2>"What to do"</h2>
                        <ol>{advice.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ol>
                    }
                })}
            <References page finding=verdict />
        </div>
    }
    .into_any()
}

/// The verdict itself: how it ended, the sentence, the numbers. `beside` stands beside how it ended.
pub(super) fn told(
    state: RunState,
    outcome: Option<Outcome>,
    verdict: &Finding,
    beside: impl IntoView + 'static,
) -> AnyView {
    let severity = Some(verdict.severity);
    let owner = (verdict.owner != Owner::Nobody)
        .then(|| view! { <span class="tag">"owner: " {words::owner(verdict.owner)}</span> });
    view! {
        <div>
            <p class="line">
                <OutcomeTag state outcome severity />
                {beside.into_any()}
                <span class="tag">{words::confidence(verdict.confidence)}</span>
                {owner}
            </p>
            <p class="say">{verdict.title.clone()}</p>
            <p class="muted">{verdict.explanation.clone()}</p>
            <p class="mono muted code">{verdict.code.clone()}</p>
        </div>
    }
    .into_any()
}

/// What a finding rests on, and where to read more.
#[component]
pub(super) fn References(page: Page, finding: Finding) -> impl IntoView {
    let events = ranges(&finding.evidence);
    let word = if finding.evidence.len() == 1 {
        "event"
    } else {
        "events"
    };
    let (steps, first) = (finding.steps, finding.evidence.first().copied());
    view! {
        <p class="references">
            <button class="quiet" on:click=move |_| page.point_at(&steps, first)>
                "Evidence: "
                {word}
                " "
                {events}
            </button>
            {finding
                .links
                .into_iter()
                .map(|link| {
                    view! {
                        <a href=link.url target="_blank" rel="noopener noreferrer external">
                            {link.title}
                        </a>
                    }
                })
                .collect_view()}
        </p>
    }
}

/// The card while the run lives.
#[component]
fn Living(page: Page) -> impl IntoView {
    let doing = Memo::new(move |_| page.current.with(|now| now.now.clone()));
    let standing = Memo::new(move |_| page.current.with(|now| (now.state, now.outcome)));
    let cancelling = Memo::new(move |_| page.current.with(|now| now.cancelling));
    let findings = Memo::new(move |_| page.current.with(|now| now.findings.clone()));
    // Of a shared run the portal says what was found, once it has ended.
    let none = if page.is_own() {
        "Nothing that stands out yet."
    } else {
        "Findings follow with the verdict."
    };
    view! {
        <div>
            <p class="line">
                {move || {
                    let (state, outcome) = standing.get();
                    view! { <OutcomeTag state outcome severity=None /> }
                }}
                {move || cancelling.get().then(|| view! { <span class="tag warn">"being cancelled"</span> })}
                {cleaning::tag(page)}
            </p>
            <p class="say now">{doing}</p>
            <p class="muted">"The verdict stands here once every step has ended."</p>
        </div>
        <div>
            <h2>"Seen so far"</h2>
            {move || {
                let findings = findings.get();
                if findings.is_empty() {
                    view! { <p class="muted">{none}</p> }.into_any()
                } else {
                    view! {
                        <ul class="plain-list stacked">
                            {findings.into_iter().take(4).map(|finding| view! { <li>{line(&finding)}</li> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// A finding in a line: its sign, its sentence.
pub(super) fn line(finding: &Finding) -> AnyView {
    let (sign, colour) = severity_sign(finding.severity);
    view! {
        <span class="signed">
            <span class=format!("st {colour}") aria-hidden="true">
                {sign}
            </span>
            <span>
                <span class="sr">{words::severity(finding.severity)} ": "</span>
                {finding.title.clone()}
            </span>
        </span>
    }
    .into_any()
}
