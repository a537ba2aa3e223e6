//! A run by a share link: the run's page, read-only, without a login.

use super::page::{Page, Source};
use super::{shown, waiting};
use crate::api;
use crate::browser;
use crate::components::{Failed, Loaded, When};
use crate::live::follow_at;
use crate::state::share::{masked, name};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Redaction;
use model::api::SharedRun;

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
    let ask = move || {
        let path = source.with_value(Source::path);
        spawn_local(async move {
            let got = api::get::<SharedRun>(&path).await;
            if matches!(&got, Err(failure) if failure.is_not_found()) {
                over.try_set(true);
            }
            // What is shown stays while the portal cannot be reached.
            let here = answer.try_with_untracked(|answer| answer.here().is_some());
            if here == Some(false) {
                answer.try_set(got.into());
            }
        });
    };
    ask();
    move || {
        if over.get() {
            return gone();
        }
        match answer.get() {
            Loaded::Waiting => waiting(),
            Loaded::Failed(failure) => view! {
                <main id="main" tabindex="-1">
                    <section class="card wide">
                        <h1>"The run cannot be shown"</h1>
                        <Failed
                            failure
                            retry=move |()| {
                                answer.set(Loaded::Waiting);
                                ask();
                            }
                        />
                    </section>
                </main>
            }
            .into_any(),
            Loaded::Here(shared) => {
                let source = source.get_value();
                let events = format!("{}/events", source.path());
                let live = follow_at(shared.run.id, events, ask);
                let above = banner(&shared);
                shown(Page::new(shared.run, live, source), above)
            }
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
