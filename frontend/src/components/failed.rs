//! What is shown instead of what could not be loaded.

use crate::api::Failure;
use leptos::prelude::*;

/// Something that is asked of the portal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Loaded<T> {
    /// On its way.
    Waiting,
    /// Here.
    Here(T),
    /// Not to be had.
    Failed(Failure),
}

impl<T> From<Result<T, Failure>> for Loaded<T> {
    fn from(answer: Result<T, Failure>) -> Self {
        match answer {
            Ok(it) => Self::Here(it),
            Err(failure) => Self::Failed(failure),
        }
    }
}

impl<T> Loaded<T> {
    /// It, when it is here.
    pub(crate) fn here(&self) -> Option<&T> {
        match self {
            Self::Here(it) => Some(it),
            _ => None,
        }
    }
}

/// A failure in words, with its codes and a way to try again.
#[component]
pub(crate) fn Failed(
    /// What failed.
    failure: Failure,
    /// Tries again.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let request = failure.request_id().map(|id| format!("request {id}"));
    let codes: Vec<String> = [failure.code(), request].into_iter().flatten().collect();
    view! {
        <div class="empty" role="alert">
            <p class="note bad">
                <span aria-hidden="true">"✕"</span>
                <span>{failure.sentence()}</span>
            </p>
            {(!codes.is_empty()).then(|| view! { <p class="mono muted">{codes.join(" · ")}</p> })}
            {retry.map(|retry| view! { <button on:click=move |_| retry.run(())>"Try again"</button> })}
        </div>
    }
}
