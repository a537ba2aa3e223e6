//! The live region: what is said to those who do not see the page change.

use leptos::prelude::*;

/// Says things to screen readers, politely. One for the whole page, in context.
#[derive(Clone, Copy)]
pub(crate) struct Announcer(RwSignal<String>);

impl Default for Announcer {
    fn default() -> Self {
        Self(RwSignal::new(String::new()))
    }
}

impl Announcer {
    /// From the context of the page.
    pub(crate) fn here() -> Self {
        use_context().unwrap_or_default()
    }

    /// Says it once what is being said now is through.
    pub(crate) fn say(self, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        self.0.update(|said| {
            // The same words again are only read when the text changes.
            let again = *said == text;
            *said = text;
            if again {
                said.push('\u{a0}');
            }
        });
    }

    /// What the region holds.
    pub(crate) fn said(self) -> String {
        self.0.get()
    }
}
