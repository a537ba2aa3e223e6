//! A button that copies, and says that it did.

use super::Announcer;
use crate::browser;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Not,
    Copied,
    Refused,
}

/// Copies what `text` gives when pressed.
#[component]
pub(crate) fn CopyButton(
    /// What stands on it.
    label: &'static str,
    /// What is copied.
    #[prop(into)]
    text: Callback<(), String>,
    /// Its class.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let done = RwSignal::new(Done::Not);
    let announcer = Announcer::here();
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            if browser::copy(&text).await {
                done.set(Done::Copied);
                announcer.say(format!("{label}: copied"));
            } else {
                done.set(Done::Refused);
                announcer.say("The browser did not allow copying");
            }
            set_timeout(
                move || {
                    done.try_set(Done::Not);
                },
                Duration::from_secs(2),
            );
        });
    };
    view! {
        <button class=class on:click=copy>
            {move || match done.get() {
                Done::Not => label,
                Done::Copied => "✓ Copied",
                Done::Refused => "✕ Not allowed",
            }}
        </button>
    }
}
