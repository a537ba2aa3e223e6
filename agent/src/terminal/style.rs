//! Colours and width, as far as whoever reads wants them.

use console::{Style as Console, Term};
use model::{Outcome, Severity, StepState};
use std::io::IsTerminal;

/// How text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    colour: bool,
    /// Columns; text is wrapped when they are known.
    pub(crate) width: Option<usize>,
}

/// Narrower than this nothing is wrapped, wider than this neither: long lines are hard to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;

impl Style {
    /// For a file, a pipe, a test.
    pub(crate) const PLAIN: Self = Self {
        colour: false,
        width: None,
    };

    /// For standard output as it is.
    pub(crate) fn of_stdout() -> Self {
        Self::of(&std::io::stdout(), &Term::stdout())
    }

    /// For standard error as it is.
    pub(crate) fn of_stderr() -> Self {
        Self::of(&std::io::stderr(), &Term::stderr())
    }

    fn of(stream: &impl IsTerminal, term: &Term) -> Self {
        if !stream.is_terminal() {
            return Self::PLAIN;
        }
        let width = usize::from(term.size().1);
        Self {
            colour: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb(),
            width: Some(width.clamp(*WIDTHS.start(), *WIDTHS.end())),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.apply(Console::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.apply(Console::new().dim(), text)
    }

    /// In the colour of a step's state.
    pub(crate) fn state(self, state: StepState, text: &str) -> String {
        match state {
            StepState::Ok => self.apply(Console::new().green(), text),
            StepState::Failed => self.apply(Console::new().red(), text),
            StepState::Skipped => self.dim(text),
            StepState::Running => self.apply(Console::new().cyan(), text),
        }
    }

    /// In the colour of an outcome.
    pub(crate) fn outcome(self, outcome: Outcome, text: &str) -> String {
        let style = match outcome {
            Outcome::Ok => Console::new().green(),
            Outcome::Problem => Console::new().red(),
            _ => Console::new().yellow(),
        };
        self.apply(style.bold(), text)
    }

    /// In the colour of a finding's severity.
    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Problem => self.apply(Console::new().red(), text),
            Severity::Warning => self.apply(Console::new().yellow(), text),
            Severity::Ok | Severity::Info => self.dim(text),
        }
    }

    fn apply(self, style: Console, text: &str) -> String {
        style.force_styling(self.colour).apply_to(text).to_string()
    }

    /// `text`, wrapped behind `indent` columns; `first` stands before its first line, within the indent.
    pub(crate) fn wrap(self, first: &str, indent: usize, text: &str) -> String {
        let width = self.width.unwrap_or(usize::MAX);
        let mut out = format!("{first:indent$}");
        let mut column = indent;
        for (place, word) in text.split(' ').enumerate() {
            let long = console::measure_text_width(word);
            if place > 0 && column.saturating_add(1 + long) > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else if place > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column = column.saturating_add(long);
        }
        out.push('\n');
        out
    }
}

/// A terminal that can only print.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn text_is_wrapped_between_words_only() {
        let style = Style {
            width: Some(12),
            ..Style::PLAIN
        };
        assert_eq!(
            style.wrap(" 1.", 4, "one two three a-word-too-long x"),
            " 1. one two\n    three\n    a-word-too-long\n    x\n"
        );
        assert_eq!(Style::PLAIN.wrap("", 2, "one two"), "  one two\n");
    }

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(Style::PLAIN.bold("a"), "a");
        let coloured = Style {
            colour: true,
            ..Style::PLAIN
        };
        assert_eq!(coloured.bold("a"), "\u{1b}[1ma\u{1b}[0m");
    }
}
