//! A run in a terminal: the steps as they come, the verdict when it is over.
//!
//! ```text
//! RunLog ──▶ live: a tree that moves (terminal), or one line for each step (elsewhere)   to standard error
//!      └───▶ verdict, or one JSON document                                               to standard output
//! ```
//!
//! Titles and sentences are those of the page and the reports. Everything a peer chose is made harmless here.

mod decoded;
mod json;
mod lines;
mod live;
mod style;
#[cfg(test)]
mod tests;
mod tree;
mod verdict;

pub(crate) use decoded::decoded;
pub(crate) use json::document;
pub(crate) use live::Live;
pub(crate) use style::Style;
pub(crate) use verdict::verdict;

use model::RunView;

/// Which run, in one line.
pub(crate) fn heading(run: &RunView) -> String {
    bundle::escape::plain(&format!(
        "{} / {}, from {}",
        run.target.server, run.target.database, run.agent_name
    ))
}
