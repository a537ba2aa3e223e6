//! A run in words: for a chat, a mail, a ticket, a terminal. Pure functions of the run and its log.
//!
//! ```text
//! RunView ──heading──┬──▶ markdown, html     verdict first, findings with evidence, steps
//! events  ──lines────┼──▶ transcript         sections of steps with attempts and facts, connections, summary, actions
//!                    └──▶ case_text          one paragraph for Microsoft support
//! ```
//!
//! Everything a peer chose is escaped for the output at hand, in one place for each (see [`crate::escape`]).

mod beats;
mod case;
mod checks;
mod connections;
mod facts;
mod heading;
mod held;
mod html;
mod instance_link;
mod lines;
#[cfg(feature = "write")]
pub(crate) mod logs;
mod markdown;
mod names;
mod path;
mod replica;
mod sections;
mod summary;
mod transcript;
mod writes;

use crate::{Error, Log};
use model::{RunEvent, RunView};

pub use html::write as write_html;
pub use markdown::write as write_markdown;
#[cfg(feature = "write")]
pub(crate) use transcript::write as write_transcript;

/// The run as Markdown, to paste into a ticket or a chat.
#[must_use]
pub fn markdown(run: &RunView, events: &[RunEvent]) -> String {
    text(|out| write_markdown(out, run, &events))
}

/// The run as one HTML file that needs nothing else: no script, no other file, styles within.
#[must_use]
pub fn html(run: &RunView, events: &[RunEvent]) -> String {
    text(|out| write_html(out, run, &events))
}

/// The transcript as support engineers know it, as text that is safe in a terminal: verdict, parameters, every
/// step with its times, attempts and facts, summary, recommended actions.
#[must_use]
pub fn transcript(run: &RunView, events: &[RunEvent]) -> String {
    text(|out| transcript::write(out, run, &events))
}

/// One paragraph for a support case with Microsoft: server, database, time in UTC, TRACEID, the addresses of
/// client and gateway, and the error. Safe to paste anywhere as text.
#[must_use]
pub fn case_text(run: &RunView, events: &[RunEvent]) -> String {
    case::text(run, events)
}

/// What one event says, in one or more lines, without its time. Safe in a terminal.
#[must_use]
pub fn event_lines(event: &RunEvent) -> Vec<String> {
    lines::body(&event.body)
}

/// Text made in memory from events in memory: neither can fail.
fn text(write: impl FnOnce(&mut String) -> Result<(), Error>) -> String {
    let mut out = String::new();
    let _ = write(&mut out);
    out
}

/// Visits the events that belong to `run` as it stands: a log may have grown since.
pub(crate) fn each(
    run: &RunView,
    log: &dyn Log,
    visit: &mut dyn FnMut(&RunEvent) -> Result<(), Error>,
) -> Result<(), Error> {
    log.each(&mut |event| {
        if event.seq <= run.last_seq {
            visit(event)
        } else {
            Ok(())
        }
    })
}
