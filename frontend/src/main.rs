//! The page of Linecheck: name a server, watch the run live, read the verdict, find it again.
//!
//! `state` holds what the pages know as plain structs, tested natively; `pages` and `components` only show
//! it; `api` is the one place that asks the portal, `live` the one that follows runs, `route` the one that
//! knows the address bar, `door` the login, `later` what is not part of the first load. Nothing secret goes into a URL or into browser storage, and
//! nothing is loaded from another host.

#![allow(
    unreachable_pub,
    reason = "the macro of components makes their props pub, whatever the component is"
)]

mod api;
mod app;
mod browser;
mod components;
mod door;
mod later;
mod live;
mod pages;
mod route;
mod state;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
