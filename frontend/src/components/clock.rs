//! Time that passes on the page.

use crate::browser;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// Does something again and again until the page is left; not while nobody sees the page.
pub(crate) fn every(pause: Duration, act: impl Fn() + 'static) {
    let act = move || {
        if !browser::hidden() {
            act();
        }
    };
    if let Ok(handle) = set_interval_with_handle(act, pause) {
        on_cleanup(move || handle.clear());
    }
}

/// The time, each second anew.
pub(crate) fn ticking() -> RwSignal<DateTime<Utc>> {
    let now = RwSignal::new(browser::now());
    every(Duration::from_secs(1), move || now.set(browser::now()));
    now
}
