//! The one way into the second module. Whatever is used only from here stands in it.

use super::{Missing, Piece};
use crate::pages::{
    Agents, Decode, Group, Link, NotFound, Open, Patterns, ReplicaSessions, Run, Shared, what_lasts,
};
use crate::state::place::Place;
use leptos::prelude::*;

/// Draws a piece; fetches the module first when it is not here.
#[leptos::wasm_split::wasm_split(
    later,
    wasm_split_path = ::leptos::wasm_split,
    preload(
        /// Fetches the module; at once when it is here.
        fetch
    ),
    fallible
)]
pub(super) fn draw(piece: Piece) -> Result<AnyView, Missing> {
    Ok(match piece {
        Piece::Page(place) => page(place),
        Piece::WhatLasts(start) => what_lasts(start),
    })
}

fn page(place: Place) -> AnyView {
    match place {
        Place::Run { id, event } => view! { <Run id event /> }.into_any(),
        Place::Group(id) => view! { <Group id /> }.into_any(),
        Place::Agents => view! { <Agents /> }.into_any(),
        Place::Patterns => view! { <Patterns /> }.into_any(),
        Place::Decode => view! { <Decode /> }.into_any(),
        Place::Replicas => view! { <ReplicaSessions /> }.into_any(),
        Place::Link { again } => view! { <Link again /> }.into_any(),
        Place::Open => view! { <Open /> }.into_any(),
        Place::Shared(token) => view! { <Shared token /> }.into_any(),
        Place::NewRun { .. } | Place::Runs { .. } | Place::Login { .. } | Place::Nowhere => {
            view! { <NotFound /> }.into_any()
        }
    }
}
