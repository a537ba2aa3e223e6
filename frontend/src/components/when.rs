//! A time in the viewer's zone, with UTC on hover.

use crate::browser;
use crate::state::time;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A time; `ago` adds how long ago that was.
#[component]
pub(crate) fn When(
    /// The time.
    at: DateTime<Utc>,
    /// Whether to say how long ago.
    #[prop(optional)]
    ago: bool,
) -> impl IntoView {
    let now = browser::now();
    let mut text = time::stamp(at, now, browser::offset);
    if let Some(past) = time::ago(at, now).filter(|_| ago) {
        text = format!("{text}, {past}");
    }
    view! {
        <time datetime=at.to_rfc3339() title=time::utc(at)>
            {text}
        </time>
    }
}
