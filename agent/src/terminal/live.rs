//! The steps as they come: as a tree that moves, or, where nothing can move, as lines.

use super::heading;
use super::lines;
use super::style::{Style, is_dumb};
use super::tree::Tree;
use agent::check::RunLog;
use model::{Step, StepState};
use std::io::{IsTerminal as _, Write};

/// Shows a run while it lives.
pub(crate) struct Live {
    way: Way,
    style: Style,
    /// Events that were looked at.
    seen: usize,
    headed: bool,
    /// It was said how long what lasts takes.
    lasts: bool,
}

enum Way {
    Tree(Tree),
    Lines(Lines),
}

impl Live {
    /// On standard error, so that standard output holds the answer alone.
    pub(crate) fn on_stderr() -> Self {
        let style = Style::of_stderr();
        let way = if std::io::stderr().is_terminal() && !is_dumb() {
            Way::Tree(Tree::default())
        } else {
            Way::Lines(Lines::to(std::io::stderr()))
        };
        Self::with(way, style)
    }

    /// As plain lines to anywhere.
    #[cfg(test)]
    pub(super) fn lines_to(out: impl Write + 'static) -> Self {
        Self::with(Way::Lines(Lines::to(out)), Style::PLAIN)
    }

    fn with(way: Way, style: Style) -> Self {
        Self {
            way,
            style,
            seen: 0,
            headed: false,
            lasts: false,
        }
    }

    /// The log grew.
    pub(crate) fn see(&mut self, log: &RunLog) {
        if !self.headed
            && let Some(run) = log.view()
        {
            self.headed = true;
            self.say(&self.style.bold(&heading(&run)));
        }
        let notes: Vec<_> = log
            .events()
            .iter()
            .skip(self.seen)
            .filter_map(|event| Some((event.body.step()?, lines::note(&event.body)?)))
            .map(|(step, note)| (step, format!("{note}{}", lines::progress(log))))
            .collect();
        if !self.lasts
            && let Some(progress) = rules::progress(log.state(), 0)
        {
            self.lasts = true;
            let most = rules::words::duration(progress.lasts_us);
            self.say(&format!(
                "What lasts takes {most} at most; Ctrl+C ends it, and keeps what was seen."
            ));
        }
        let codes: Vec<_> = log
            .events()
            .iter()
            .skip(self.seen)
            .filter_map(|event| lines::sign_in(&event.body))
            .collect();
        for code in codes {
            self.say(&self.style.bold(&code));
        }
        self.seen = log.events().len();
        match &mut self.way {
            Way::Tree(tree) => tree.see(log, &notes, self.style),
            Way::Lines(out) => out.see(log, &notes, self.style),
        }
    }

    /// Something beside the steps.
    pub(crate) fn say(&mut self, text: &str) {
        match &mut self.way {
            Way::Tree(tree) => tree.say(text),
            Way::Lines(out) => out.line(text),
        }
    }
}

/// One line for each step when it ended. A step with steps beneath it is named before them.
struct Lines {
    out: Box<dyn Write>,
    /// How far each step has been told, in the order of the steps.
    told: Vec<Told>,
    /// Before it, every step has ended and been told.
    first_open: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Not,
    Named,
    Ended,
}

impl Lines {
    fn to(out: impl Write + 'static) -> Self {
        Self {
            out: Box::new(out),
            told: Vec::new(),
            first_open: 0,
        }
    }

    fn see(&mut self, log: &RunLog, notes: &[(model::StepId, String)], style: Style) {
        for (step, note) in notes {
            if let Some(step) = log.state().step(*step) {
                let indent = lines::indent(log, step);
                self.line(&style.dim(&format!("{indent}  {}: {note}", lines::title(step))));
            }
        }
        let steps = log.state().steps();
        self.told
            .resize(steps.len().max(self.told.len()), Told::Not);
        for (place, step) in steps.iter().enumerate().skip(self.first_open) {
            let told = self.told.get(place).copied().unwrap_or(Told::Not);
            let line = match (told, step.state) {
                (Told::Ended, _) | (Told::Named, StepState::Running) => continue,
                (Told::Not, StepState::Running) if !is_parent(steps, place) => continue,
                (Told::Not, StepState::Running) => format!(
                    "{}{} {}",
                    lines::indent(log, step),
                    rules::words::step_sign(step.state),
                    lines::title(step)
                ),
                _ => lines::ended(log, step, style),
            };
            self.line(&line);
            if let Some(told) = self.told.get_mut(place) {
                *told = match step.state {
                    StepState::Running => Told::Named,
                    _ => Told::Ended,
                };
            }
        }
        while self.told.get(self.first_open) == Some(&Told::Ended) {
            self.first_open += 1;
        }
    }

    /// Whoever stopped reading is not written to; the run goes on.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }
}

fn is_parent(steps: &[Step], place: usize) -> bool {
    let Some(step) = steps.get(place) else {
        return false;
    };
    steps
        .iter()
        .skip(place + 1)
        .any(|other| other.parent == Some(step.id))
}
