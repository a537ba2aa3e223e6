//! A run by a share link: the run's page, read-only, without a login.

use super::page::{Page, Source};
use super::{shown, waiting};
use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded, When};
use crate::live::follow_at;
use crate::state::link::Link;
use crate::state::share::{masked, name};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::SharedRun;
use model::{Redaction, RunView};
use std::time::Duration;

/// How long until the portal is asked again for how the run ended, when it could not say.
const AGAIN: Duration = Duration::from_secs(2);

/// The page under `/s/TOKEN`.
#[component]
pub(crate) fn Shared(
    /// The secret part of the link.
    token: String,
) -> impl IntoView {
    browser::title("Shared run · Linecheck");
    let source = StoredValue::new(Source::Shared(token));
    let answer = RwSignal::new(Loaded::<SharedRun>::Waiting);
    let over = RwSignal::new(false);
    let ask = move |()| {
        answer.set(Loaded::Waiting);
        let path = source.with_value(Source::path);
        spawn_local(async move {
            let got = api::get::<SharedRun>(&path).await;
            answer.try_set(got.into());
        });
    };
    ask(());
    move || {
        if over.get() {
            return gone();
        }
        match answer.get() {
            Loaded::Waiting => waiting(),
            Loaded::Failed(failure) if failure.is_not_found() => gone(),
            Loaded::Failed(failure) => view! {
                <main id="main" tabindex="-1">
                    <section class="card wide">
                        <h1>"The run cannot be shown"</h1>
                        <Failed failure retry=ask />
                    </section>
                </main>
            }
            .into_any(),
            Loaded::Here(shared) => opened(shared, source.get_value(), over),
        }
    }
}

/// What a link that works shows, for as long as it does.
fn opened(shared: SharedRun, source: Source, over: RwSignal<bool>) -> AnyView {
    let kept = Kept {
        path: StoredValue::new(source.path()),
        view: RwSignal::new(shared.run.clone()),
        shared: RwSignal::new(shared),
        over,
    };
    let id = kept.view.with_untracked(|view| view.id);
    let live = follow_at(id, format!("{}/events", source.path()), move || {
        kept.renew()
    });
    // The events are masked and not judged here: once they have ended, the portal says what came of them.
    Effect::new(move |_| {
        if live.link.get() == Link::Over && !kept.is_settled() {
            kept.conclude();
        }
    });
    shown(Page::new(kept.view, live, source), move || {
        kept.shared.with(banner)
    })
}

/// What the portal said of a link last.
#[derive(Clone, Copy)]
struct Kept {
    path: StoredValue<String>,
    shared: RwSignal<SharedRun>,
    view: RwSignal<RunView>,
    /// The link leads nowhere any more.
    over: RwSignal<bool>,
}

impl Kept {
    fn is_settled(self) -> bool {
        // A page that was left wants to know nothing more.
        self.view
            .try_with_untracked(|view| view.state.is_settled())
            .unwrap_or(true)
    }

    /// Asks how the link stands.
    fn renew(self) {
        spawn_local(self.ask());
    }

    /// Asks until the portal has said how the run ended.
    fn conclude(self) {
        spawn_local(async move {
            self.ask().await;
            if !self.is_settled() && self.over.try_get_untracked() == Some(false) {
                set_timeout(move || self.conclude(), AGAIN);
            }
        });
    }

    /// What is shown stays while the portal cannot be reached.
    async fn ask(self) {
        let Some(path) = self.path.try_get_value() else {
            return;
        };
        match api::get::<SharedRun>(&path).await {
            Ok(newer) => {
                let known = self.view.try_with_untracked(|view| view.last_seq);
                if known.is_some_and(|known| newer.run.last_seq >= known) {
                    self.view.try_set(newer.run.clone());
                    self.shared.try_set(newer);
                }
            }
            Err(failure) if failure.is_not_found() => {
                self.over.try_set(true);
            }
            Err(_) => {}
        }
    }
}

/// Says no more than that: whether there ever was such a link is nobody's business.
fn gone() -> AnyView {
    browser::title("Not found · Linecheck");
    view! {
        <main id="main" tabindex="-1">
            <section class="card wide" id="gone">
                <h1>"This link does not work, or not any more"</h1>
                <p class="empty">"Ask whoever gave it to you for another one."</p>
            </section>
        </main>
    }
    .into_any()
}

/// What is masked, and until when the link works.
fn banner(shared: &SharedRun) -> AnyView {
    let what = match shared.redact {
        Redaction::Support => {
            "Local user names, MAC addresses, the interface list and internal resolvers are masked"
        }
        Redaction::Public => {
            "Hosts, addresses and user names are pseudonyms, the same one for the same thing"
        }
    };
    let counted = masked(&shared.masked).map(|told| format!(": {told}"));
    let until = shared.expires_at.map(|at| {
        view! {
            " The link works until "
            <When at />
            "."
        }
    });
    view! {
        <p class="card wide banner note" id="shared">
            <span aria-hidden="true">"i"</span>
            <span>
                "You see this run by a share link, "
                {name(shared.redact)}
                ", and can only read it. "
                {what}
                {counted}
                "."
                {until}
            </span>
        </p>
    }
    .into_any()
}
