//! Log in: the operator's password, and back to where the person was going.

use crate::api::{self, Failure};
use crate::browser;
use crate::components::{Announcer, Failed, ticking};
use crate::door::Door;
use crate::route::Route;
use crate::state::wait;
use chrono::{DateTime, Duration, Utc};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::Login as Body;
use zeroize::Zeroizing;

/// How an attempt ended, when it did not work.
#[derive(Clone, PartialEq, Eq)]
enum Refused {
    /// The password is another.
    Wrong,
    /// Too many tries; the next one then.
    Until(DateTime<Utc>),
    /// Something else.
    Other(Failure),
}

/// The page.
#[component]
pub(crate) fn Login(
    /// Where the person goes on to: a path of ours.
    back: String,
) -> impl IntoView {
    browser::title("Log in · Linecheck");
    let (door, route, announcer) = (Door::here(), Route::here(), Announcer::here());
    let password = RwSignal::new(Zeroizing::new(String::new()));
    let refused = RwSignal::new(None::<Refused>);
    let trying = RwSignal::new(false);
    let now = ticking();
    // Who needs no login, or has one, goes on at once.
    let back = StoredValue::new(back);
    Effect::new(move |_| {
        if door.session().is_some_and(|session| session.signed_in) {
            route.replace(&back.get_value());
        }
    });
    let left = Memo::new(move |_| match refused.get() {
        Some(Refused::Until(until)) => wait::left(until, now.get()),
        _ => None,
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if trying.get_untracked() || left.get_untracked().is_some() {
            return;
        }
        trying.set(true);
        refused.set(None);
        spawn_local(async move {
            let body = Body {
                password: password.with_untracked(|password| password.to_string()),
            };
            let answer = api::tell("/api/login", &body).await;
            password.set(Zeroizing::default());
            match answer {
                Ok(()) => {
                    announcer.say("Logged in");
                    door.ask().await;
                }
                Err(failure) => {
                    refused.set(Some(read(failure)));
                    request_animation_frame(|| browser::focus("operator-password"));
                }
            }
            trying.try_set(false);
        });
    };
    request_animation_frame(|| browser::focus("operator-password"));
    view! {
        <main id="main" tabindex="-1">
            <form class="card form wide narrow" on:submit=submit>
                <div>
                    <h1>"Log in"</h1>
                    <p class="muted">"This portal is open to those who have its operator password."</p>
                </div>
                <div class="field">
                    <label for="operator-password">"Password"</label>
                    <input
                        id="operator-password"
                        type="password"
                        autocomplete="current-password"
                        required
                        aria-describedby="login-told"
                        aria-invalid=move || (refused.get() == Some(Refused::Wrong)).to_string()
                        prop:value=move || password.with(|password| password.to_string())
                        on:input:target=move |event| password.set(Zeroizing::new(event.target().value()))
                    />
                    <div id="login-told" class="told" aria-live="polite">
                        {move || told(refused.get(), left)}
                    </div>
                </div>
                <div>
                    <button class="primary" type="submit" disabled=move || trying.get() || left.get().is_some()>
                        {move || if trying.get() { "Logging in…" } else { "Log in" }}
                    </button>
                </div>
            </form>
        </main>
    }
}

fn read(failure: Failure) -> Refused {
    match (failure.status(), failure.after_s()) {
        (Some(429), after) => {
            Refused::Until(browser::now() + Duration::seconds(i64::from(after.unwrap_or(60))))
        }
        (Some(401), _) => Refused::Wrong,
        _ => Refused::Other(failure),
    }
}

fn told(refused: Option<Refused>, left: Memo<Option<String>>) -> AnyView {
    let note = |text: AnyView| {
        view! {
            <p class="note bad">
                <span aria-hidden="true">"✕"</span>
                <span>{text}</span>
            </p>
        }
        .into_any()
    };
    match refused {
        None => ().into_any(),
        Some(Refused::Wrong) => note("That is not the password.".into_any()),
        Some(Refused::Until(_)) => note(
            view! {
                "Too many tries. "
                // Read out once, not each second.
                <span aria-hidden="true">
                    {move || left.get().map_or("You can try again now.".to_owned(), |left| format!("The next one in {left}."))}
                </span>
                <span class="sr">"The button works again when the wait is over."</span>
            }
            .into_any(),
        ),
        Some(Refused::Other(failure)) => view! { <Failed failure /> }.into_any(),
    }
}
