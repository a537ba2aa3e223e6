//! A real browser, driven as a person would: Chromium without a window, through its own driver.
//!
//! Each browser has a fresh profile. Closing it fails the test when the page broke its content security policy
//! or wrote an error to the console.

mod driver;
mod page;

pub use driver::{Browser, Theme};
pub use page::Violation;

/// Why there is no browser on this host; `None` when there is one.
#[must_use]
pub fn missing() -> Option<String> {
    let lacks = |program: &str| crate::tools::find(program).is_none();
    ["chromium", "chromedriver"]
        .into_iter()
        .find(|program| lacks(program))
        .map(|program| format!("{program} is missing (cargo xtask test --install)"))
}
