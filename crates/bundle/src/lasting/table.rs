//! A table of what lasts: plain enough for a report, and with what a page needs to draw it.

/// How a cell is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Words.
    Plain,
    /// A figure, at the right.
    Num,
    /// As it should be.
    Ok,
    /// Not as it should be.
    Bad,
    /// Worth a look.
    Warn,
    /// Not known, or not done.
    Idle,
}

impl Tone {
    /// The sign that always stands beside the colour.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plain | Self::Num => "",
            Self::Ok => "✓",
            Self::Bad => "✕",
            Self::Warn => "!",
            Self::Idle => "–",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// How it is to be read.
    pub tone: Tone,
    /// What it says. May hold a peer's words: escape it.
    pub text: String,
    /// What else is known, in small print; likewise.
    pub more: String,
}

impl Cell {
    /// Words.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::of(Tone::Plain, text)
    }

    /// A figure.
    pub(super) fn num(text: impl Into<String>) -> Self {
        Self::of(Tone::Num, text)
    }

    /// How something stands.
    pub(super) fn of(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            more: String::new(),
        }
    }

    /// Nothing is known.
    pub(super) fn none() -> Self {
        Self::text("")
    }

    /// With small print.
    pub(super) fn with(self, more: impl Into<String>) -> Self {
        Self {
            more: more.into(),
            ..self
        }
    }

    /// The whole cell in a line.
    #[must_use]
    pub fn line(&self) -> String {
        let parts = [self.tone.sign(), &self.text];
        let said: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let said = said.join(" ");
        if self.more.is_empty() {
            return said;
        }
        format!("{said} ({})", self.more)
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Stable: `idle`, `pool`, `outages`…
    pub key: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What holds for all of it; may be empty.
    pub told: String,
    /// Names of the columns. The first column names the rows.
    pub head: Vec<String>,
    /// Rows, as wide as the head.
    pub rows: Vec<Vec<Cell>>,
    /// Sentences about one row, by its place.
    pub beside: Vec<(usize, String)>,
    /// Sentences that explain it.
    pub notes: Vec<String>,
}

impl Table {
    pub(super) fn new(key: &'static str, title: &'static str, head: &[&str]) -> Self {
        Self {
            key,
            title,
            told: String::new(),
            head: head.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
            beside: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// All sentences, as they stand beneath where there is no room beside a row.
    pub fn sentences(&self) -> impl Iterator<Item = &String> {
        let beside = self.beside.iter().map(|(_, text)| text);
        beside.chain(&self.notes)
    }

    /// Whether a column holds figures only.
    #[must_use]
    pub fn is_num(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.all(|cell| cell.tone == Tone::Num)
    }
}
