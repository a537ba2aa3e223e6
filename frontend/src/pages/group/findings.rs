//! What the runs say together: the finding that explains them first.

use super::Page;
use crate::components::severity_sign;
use crate::state::evidence::ranges;
use leptos::prelude::*;
use model::Owner;
use model::RunId;
use model::api::GroupFinding;
use rules::words;

/// The card.
#[component]
pub(super) fn Together(page: Page) -> impl IntoView {
    let over = Memo::new(move |_| page.over());
    let colour = move || {
        let colour = page.findings.with(|findings| {
            findings
                .first()
                .map_or("info", |finding| severity_sign(finding.severity).1)
        });
        format!("card wide verdict {colour}")
    };
    view! {
        <section class=colour aria-label="What they say together" id="together">
            {move || {
                let (over, all) = over.get();
                let findings = page.findings.get();
                let mut findings = findings.into_iter();
                match findings.next() {
                    Some(first) => {
                        let beside: Vec<_> = findings.collect();
                        main(page, first, beside, over, all)
                    }
                    None => nothing(over, all),
                }
            }}
        </section>
    }
}

fn main(
    page: Page,
    first: GroupFinding,
    beside: Vec<GroupFinding>,
    over: usize,
    all: usize,
) -> AnyView {
    let (sign, colour) = severity_sign(first.severity);
    let owner = (first.owner != Owner::Nobody)
        .then(|| view! { <span class="tag">"owner: " {words::owner(first.owner)}</span> });
    let provisional = (over < all).then(
        || view! { <span class="tag info">"provisional: " {over} " of " {all} " over"</span> },
    );
    let advice = first.recommendation.clone();
    view! {
        <div>
            <p class="line">
                <span class=format!("tag {colour}")>
                    <span aria-hidden="true">{sign}</span>
                    {words::severity(first.severity)}
                </span>
                <span class="tag">{words::confidence(first.confidence)}</span>
                {owner}
                {provisional}
            </p>
            <p class="say">{first.title.clone()}</p>
            <p class="muted">{first.explanation.clone()}</p>
            <p class="mono muted code">{first.code.clone()}</p>
            {beside.into_iter().map(|finding| also(page, finding)).collect_view()}
        </div>
        <div>
            {(!advice.is_empty())
                .then(|| {
                    view! {
                        <h2>"What to do"</h2>
                        <ol>{advice.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ol>
                    }
                })}
            {evidence(page, &first)}
        </div>
    }
    .into_any()
}

/// Another finding, beside the one that explains.
fn also(page: Page, finding: GroupFinding) -> AnyView {
    let (sign, colour) = severity_sign(finding.severity);
    view! {
        <div class="also">
            <p class="signed">
                <span class=format!("st {colour}") aria-hidden="true">
                    {sign}
                </span>
                <span>
                    <span class="sr">{words::severity(finding.severity)} ": "</span>
                    <b>{finding.title.clone()}</b>
                    " "
                    <span class="muted">{finding.explanation.clone()}</span>
                </span>
            </p>
            {evidence(page, &finding)}
        </div>
    }
    .into_any()
}

fn nothing(over: usize, all: usize) -> AnyView {
    let (say, more) = if over < all {
        (
            "The runs go on.",
            "What they say together stands here once there is something to compare.",
        )
    } else {
        (
            "There is nothing to compare.",
            "Each run says below what it found.",
        )
    };
    view! {
        <div>
            <p class="line">
                <span class="tag info">{over} " of " {all} " over"</span>
            </p>
            <p class="say">{say}</p>
            <p class="muted">{more}</p>
        </div>
    }
    .into_any()
}

/// What a finding rests on, by run: each leads to the first of its events there.
fn evidence(page: Page, finding: &GroupFinding) -> AnyView {
    let mut by_run: Vec<(RunId, Vec<u64>)> = Vec::new();
    for one in &finding.evidence {
        match by_run.iter_mut().find(|(run, _)| *run == one.run) {
            Some((_, seqs)) => seqs.push(one.seq),
            None => by_run.push((one.run, vec![one.seq])),
        }
    }
    let chip = |(run, mut seqs): (RunId, Vec<u64>)| {
        seqs.sort_unstable();
        let first = seqs.first().copied().unwrap_or(1);
        let word = if seqs.len() == 1 { "event" } else { "events" };
        view! {
            <a class="chip" href=format!("/runs/{run}?event={first}")>
                {page.agent_of(run)}
                ": "
                {word}
                " "
                {ranges(&seqs)}
            </a>
        }
    };
    let links = finding.links.clone().into_iter().map(|link| {
        view! {
            <a href=link.url target="_blank" rel="noopener noreferrer external">
                {link.title}
            </a>
        }
    });
    view! {
        <p class="references">{by_run.into_iter().map(chip).collect_view()} {links.collect_view()}</p>
    }
    .into_any()
}
