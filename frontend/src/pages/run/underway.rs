//! What lasts, while it lasts: how far each part has come, how much is left, and that nobody has to wait for it. It
//! stays once the run is over, so that nothing below it moves.

use super::page::Page;
use super::steps::{colour, reason};
use crate::components::{Meter, ticking};
use crate::state::lasts::Part;
use crate::state::underway::{Row, Stands, rows, whole};
use leptos::prelude::*;
use model::StepState;
use rules::words::{duration, step_sign, step_state};

/// The card, for a run that was asked for something that lasts.
#[component]
pub(super) fn Underway(page: Page) -> impl IntoView {
    let asked = page
        .view
        .with_untracked(|view| view.options.lasting.clone());
    if asked.is_empty() {
        return ().into_any();
    }
    let settled = Memo::new(move |_| page.current.with(|now| now.state.is_settled()));
    let clock = ticking();
    let parts: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| part.is_in(&asked))
        .collect();
    let now = Memo::new(move |_| {
        let over = settled.get();
        let at = clock.get();
        page.live.with(|log| rows(&asked, log, at, over))
    });
    let within = Memo::new(move |_| {
        let at = clock.get();
        page.live
            .with(|log| whole(log, at).map(|(_, within)| within))
    });
    let stands = move |place: usize| {
        Memo::new(move |_| {
            now.with(|rows| rows.get(place).map(|row: &Row| row.stands.clone()))
                .unwrap_or(Stands::NotYet)
        })
    };
    view! {
        <section class="card wide underway" id="underway" aria-labelledby="underway-title">
            <div class="row">
                <h2 id="underway-title">"What lasts"</h2>
                <span class="num small">{within}</span>
            </div>
            <ul class="plain-list">
                {parts
                    .into_iter()
                    .enumerate()
                    .map(|(place, part)| row(part, stands(place)))
                    .collect_view()}
            </ul>
            <p class="small muted">
                {move || {
                    if settled.get() {
                        "What came of each stands below, what it means in the verdict and the findings."
                    } else {
                        "You may close this page: the run goes on without it, and everything is here when you come back. \
                         Cancelled, it ends within 3 s."
                    }
                }}
            </p>
        </section>
    }
    .into_any()
}

fn row(part: Part, stands: Memo<Stands>) -> AnyView {
    let percent = Memo::new(move |_| {
        stands.with(|stands| match stands {
            Stands::Running { percent, .. } => *percent,
            Stands::Over {
                state: StepState::Skipped,
                ..
            }
            | Stands::NotYet
            | Stands::NotMade => Some(0),
            Stands::Over { .. } => Some(100),
        })
    });
    let told = Memo::new(move |_| {
        stands.with(|stands| match stands {
            Stands::NotYet => "not begun yet".to_owned(),
            Stands::NotMade => "not made to its end".to_owned(),
            Stands::Running { told, .. } => told.clone(),
            Stands::Over {
                state: state @ StepState::Skipped,
                ..
            } => step_state(*state).to_owned(),
            Stands::Over {
                state, elapsed_us, ..
            } => format!("{}, {}", step_state(*state), duration(*elapsed_us)),
        })
    });
    // Redrawn when it begins and when it ends, and not in between.
    let ended = Memo::new(move |_| {
        stands.with(|stands| match stands {
            Stands::Over { state, code, .. } => Some((*state, code.clone())),
            _ => None,
        })
    });
    let going = Memo::new(move |_| stands.with(|stands| matches!(stands, Stands::Running { .. })));
    view! {
        <li class="far">
            <span class="signed">
                {move || match (ended.get(), going.get()) {
                    (Some((state, _)), _) => {
                        let class = format!("st {}", colour(state));
                        view! {
                            <span class=class aria-hidden="true">
                                {step_sign(state)}
                            </span>
                        }
                            .into_any()
                    }
                    (None, going) => {
                        let (sign, class) = if going { ("▸", "st info") } else { ("·", "st idle") };
                        view! {
                            <span class=class aria-hidden="true">
                                {sign}
                            </span>
                        }
                            .into_any()
                    }
                }}
                <span class="named">{part.name()}</span>
            </span>
            <Meter label=part.name().to_owned() percent told />
            <span class="num">
                {told} {move || ended.get().map(|(state, code)| view! { " " {reason(code, state)} })}
            </span>
        </li>
    }
    .into_any()
}
