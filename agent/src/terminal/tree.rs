//! The tree that moves: steps that ended stand, in order; those that go on have a spinner beneath them.
//!
//! ```text
//! ✓ Look up db.example.net …        printed: it and all before it have ended
//! ⠙ Redirect to node1…       3 s    a bar: it goes on
//!   ✓ Look up node1…                a bar that stands still: what is above it goes on
//! ```
//!
//! So however long a run is, there are no more bars than steps that wait for one that goes on.

use super::lines;
use super::style::Style;
use agent::check::RunLog;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::{Step, StepId, StepState};
use std::collections::VecDeque;
use std::io::Write as _;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(100);

pub(super) struct Tree {
    bars: MultiProgress,
    /// The steps that are not printed yet, in order, the first being number `printed`.
    waiting: VecDeque<Bar>,
    printed: usize,
}

struct Bar {
    step: StepId,
    bar: ProgressBar,
    shown: String,
    note: Option<String>,
    moves: bool,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            waiting: VecDeque::new(),
            printed: 0,
        }
    }
}

impl Tree {
    pub(super) fn see(&mut self, log: &RunLog, notes: &[(StepId, String)], style: Style) {
        let steps = log.state().steps();
        for step in steps.iter().skip(self.printed + self.waiting.len()) {
            let bar = self.bars.add(ProgressBar::new_spinner());
            self.waiting.push_back(Bar {
                step: step.id,
                bar,
                shown: String::new(),
                note: None,
                moves: false,
            });
        }
        for (waiting, step) in self.waiting.iter_mut().zip(steps.iter().skip(self.printed)) {
            if let Some((_, note)) = notes.iter().rev().find(|(of, _)| *of == waiting.step) {
                waiting.note = Some(note.clone());
            }
            waiting.show(log, step, style);
        }
        self.print(log, style);
    }

    /// Prints the steps that have ended, up to the first that has not.
    fn print(&mut self, log: &RunLog, style: Style) {
        let mut ended = Vec::new();
        let steps = log.state().steps().iter().skip(self.printed);
        for step in steps.take_while(|step| step.state != StepState::Running) {
            let Some(first) = self.waiting.pop_front() else {
                break;
            };
            first.bar.finish_and_clear();
            self.bars.remove(&first.bar);
            ended.push(lines::ended(log, step, style));
        }
        if !ended.is_empty() {
            self.printed += ended.len();
            self.say(&ended.join("\n"));
        }
    }

    pub(super) fn say(&self, text: &str) {
        // A terminal that is gone does not end the run.
        let _ = self.bars.println(text);
    }
}

impl Bar {
    fn show(&mut self, log: &RunLog, step: &Step, style: Style) {
        let (text, moves) = if step.state == StepState::Running {
            let note = self
                .note
                .as_ref()
                .map_or(String::new(), |note| format!(" · {note}"));
            (format!("{}{note}", lines::title(step)), true)
        } else {
            (lines::ended(log, step, style), false)
        };
        if text == self.shown && moves == self.moves {
            return;
        }
        if moves && !self.moves {
            self.bar.set_prefix(lines::indent(log, step));
            self.bar.set_style(spinner());
            self.bar.enable_steady_tick(TICK);
        } else if !moves {
            self.bar.disable_steady_tick();
            self.bar.set_style(still());
        }
        self.bar.set_message(text.clone());
        self.bar.tick();
        self.moves = moves;
        self.shown = text;
    }
}

fn spinner() -> ProgressStyle {
    style("{prefix}{spinner} {wide_msg} {elapsed:>4}")
}

fn still() -> ProgressStyle {
    style("{wide_msg}")
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours and checked by a test.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Drop for Tree {
    /// What still waits is left as it stands.
    fn drop(&mut self) {
        for waiting in &self.waiting {
            waiting.bar.abandon();
        }
        // The line that was printed last has no end yet.
        let _ = writeln!(std::io::stderr());
    }
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    #[test]
    fn the_templates_can_be_read() {
        for template in ["{prefix}{spinner} {wide_msg} {elapsed:>4}", "{wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
