//! What comes after the first load: the pages that read logs (runs, groups, shared runs, files, patterns), with the
//! rules and the readers of every event, and what the start page seldom shows. The build puts what only they use into a second module.
//! The pictures of what lasts are a third, which only runs that have some need.
//!
//! It is fetched as soon as the browser is idle, or at once when such a page is opened. What is shown until it is
//! here, and when it cannot be had, is part of the first load.

mod pages;
mod pictures;
mod waiting;

pub(crate) use pictures::{Picture, Pictures};

use crate::api::Failure;
use crate::browser;
use crate::components::{Failed, Loaded};
use crate::pages::StartPage;
use crate::state::place::Place;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use waiting::Waiting;

/// How the second module stands. One for the whole page, in context.
#[derive(Clone, Copy)]
pub(crate) struct Later(RwSignal<Loaded<()>>);

/// The second module cannot be had.
pub(crate) struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

impl From<Missing> for Failure {
    fn from(_: Missing) -> Self {
        Self::Here(
            "The rest of this page could not be loaded. Is the portal still running, and this device connected to it? \
             Where the portal was updated meanwhile, reload the page."
                .into(),
        )
    }
}

impl Later {
    /// From now on it is fetched when the browser has nothing else to do.
    pub(crate) fn start() -> Self {
        let later = Self(RwSignal::new(Loaded::Waiting));
        browser::when_idle(move || later.fetch());
        later
    }

    fn here() -> Self {
        use_context().unwrap_or_else(Self::start)
    }

    /// Fetches it now, once more where that failed. Asked twice, it is fetched once.
    fn fetch(self) {
        match self.0.get_untracked() {
            Loaded::Here(()) => return,
            Loaded::Waiting => {}
            Loaded::Failed(_) => self.0.set(Loaded::Waiting),
        }
        spawn_local(async move {
            let answer = pages::fetch().await;
            // Of several that waited for it the first tells; a page that is drawn is not drawn again.
            if self.0.with_untracked(|known| known.here().is_none()) {
                let answer = answer.map_err(|error| Missing::from(error).into());
                self.0.set(answer.into());
            }
        });
    }
}

/// What stands in the second module.
#[derive(Clone)]
pub(crate) enum Piece {
    /// A page.
    Page(Place),
    /// The fields of what lasts, on the start page.
    WhatLasts(StartPage),
}

/// A page that stands in the second module.
#[component]
pub(crate) fn FromLater(
    /// Which.
    place: Place,
) -> impl IntoView {
    let piece = Piece::Page(place.clone());
    drawn(piece, move |failure| waiting(&place, failure))
}

/// The fields of what lasts, on the start page.
#[component]
pub(crate) fn WhatLastsFromLater(
    /// That page.
    page: StartPage,
) -> impl IntoView {
    drawn(Piece::WhatLasts(page), |failure| match failure {
        None => view! { <p class="muted small" role="status">"Being loaded…"</p> }.into_any(),
        Some(failure) => {
            let retry = move |()| Later::here().fetch();
            view! { <Failed failure retry /> }.into_any()
        }
    })
}

/// A piece, or what stands in its place until it is here, and when it cannot be had.
fn drawn(
    piece: Piece,
    instead: impl Fn(Option<Failure>) -> AnyView + Send + 'static,
) -> impl IntoView {
    let later = Later::here();
    later.fetch();
    move || match later.0.get() {
        Loaded::Here(()) => match at_once(pages::draw(piece.clone())) {
            Some(Ok(drawn)) => drawn,
            _ => instead(Some(Missing.into())),
        },
        Loaded::Waiting => instead(None),
        Loaded::Failed(failure) => instead(Some(failure)),
    }
}

fn waiting(place: &Place, failure: Option<Failure>) -> AnyView {
    let retry = move |()| Later::here().fetch();
    view! { <Waiting place=place.clone() failure retry /> }.into_any()
}

/// The answer of something that has nothing to wait for: with the module here, its functions are called like others.
fn at_once<T>(answer: impl Future<Output = T>) -> Option<T> {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}
