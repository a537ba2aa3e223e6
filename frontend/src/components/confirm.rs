//! A question before something is done that cannot be undone.

use super::{Dialog, Failed};
use crate::api::Failure;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

type Act = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Failure>>>>>;

/// Asks, acts, and closes once that worked.
#[component]
pub(crate) fn Confirm<F>(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// Id of the dialog.
    id: &'static str,
    /// The question.
    title: &'static str,
    /// What the button says.
    yes: &'static str,
    /// What is done.
    act: impl Fn() -> F + 'static,
    /// What will have happened.
    children: ChildrenFn,
) -> impl IntoView
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let act: Act = Box::new(move || Box::pin(act()));
    let act = StoredValue::new_local(act);
    let acting = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let go = move |_| {
        acting.set(true);
        failure.set(None);
        let doing = act.with_value(|act| act());
        spawn_local(async move {
            match doing.await {
                Ok(()) => {
                    open.try_set(false);
                }
                Err(refused) => {
                    failure.try_set(Some(refused));
                }
            }
            acting.try_set(false);
        });
    };
    Effect::new(move |_| {
        if open.get() {
            failure.set(None);
        }
    });
    let children = StoredValue::new(children);
    view! {
        <Dialog open id title>
            {children.with_value(|children| children())}
            {move || failure.get().map(|failure| view! { <Failed failure /> })}
            <p class="close actions">
                <button autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <button class="danger" disabled=acting on:click=go>
                    {yes}
                </button>
            </p>
        </Dialog>
    }
}
