//! A block of PowerShell settings, as people keep them for scripts.
//!
//! ```text
//!  $parameters = @{            one entry a line, or several between semicolons
//!      Server = 'a.b.c'        # single quotes: a doubled one is one
//!      "Local" = $false        <# double quotes: ` before a character, or a doubled one #>
//!  }                           what follows the block is the script's, and is not read
//! ```
//!
//! Lines that assign variables (`$Server = '…'`) are read the same way.

use super::grammar::Pair;
use crate::Error;
use std::iter::Peekable;
use std::str::Chars;
use zeroize::Zeroizing;

/// Whether a text is such a block: a hash table, or lines that assign variables.
pub(crate) fn looks_like(text: &str) -> bool {
    table(text).is_some() || (text.starts_with('$') && text.contains('='))
}

/// What follows the start of a hash table: a line that begins with `@{`, or assigns one to a variable. Elsewhere
/// the two characters may be part of a password.
fn table(text: &str) -> Option<&str> {
    let mut end = 0;
    text.split_inclusive('\n').find_map(|line| {
        end += line.len();
        let start = line.trim_start();
        let value = match start.strip_prefix('$') {
            Some(_) => start.split_once('=')?.1.trim_start(),
            None => start,
        };
        let value = match value.strip_prefix('[') {
            Some(cast) => cast.split_once(']')?.1.trim_start(),
            None => value,
        };
        let rest = value.strip_prefix("@{")?;
        text.get(end - rest.len()..)
    })
}

/// The settings of a block. Lines that assign nothing are passed over.
pub(crate) fn pairs(text: &str) -> Result<Vec<Pair>, Error> {
    let (body, table) = match table(text) {
        Some(body) => (body, true),
        None => (text, false),
    };
    let mut reader = Reader {
        chars: body.chars().peekable(),
        table,
    };
    let mut all = Vec::new();
    while reader.entry(&mut all)? {}
    Ok(all)
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    table: bool,
}

impl Reader<'_> {
    /// Reads one entry; false at the end.
    fn entry(&mut self, all: &mut Vec<Pair>) -> Result<bool, Error> {
        self.blank(true)?;
        let key = match self.chars.peek() {
            None => return Ok(false),
            Some('}') if self.table => return Ok(false),
            Some('\'' | '"') => self.quoted()?.to_string(),
            Some(_) => self.bare(&['='])?.to_string(),
        };
        self.blank(false)?;
        if self.chars.next_if_eq(&'=').is_none() {
            // A line that assigns nothing.
            self.rest_of_line();
            return Ok(true);
        }
        self.blank(false)?;
        let value = match self.chars.peek() {
            Some('\'' | '"') => self.quoted()?,
            _ => variable(self.bare(&[])?),
        };
        self.blank(false)?;
        match self.chars.peek() {
            None | Some('\n' | '\r' | ';') => {}
            Some('}') if self.table => {}
            Some(_) => return Err(Error::BadConnectionString),
        }
        all.push(Pair {
            key: key.trim().trim_start_matches('$').to_owned(),
            value,
        });
        Ok(true)
    }

    /// Passes over spaces and comments; over ends of lines and semicolons too, between entries.
    fn blank(&mut self, between: bool) -> Result<(), Error> {
        loop {
            match self.chars.peek() {
                Some('\n' | '\r' | ';') if !between => return Ok(()),
                Some(';') => {}
                Some(c) if c.is_whitespace() => {}
                Some('#') => {
                    self.rest_of_line();
                    continue;
                }
                Some('<') => {
                    self.block_comment()?;
                    continue;
                }
                // A line that goes on behind its end.
                Some('`') => {}
                _ => return Ok(()),
            }
            self.chars.next();
        }
    }

    fn block_comment(&mut self) -> Result<(), Error> {
        self.chars.next();
        if self.chars.next_if_eq(&'#').is_none() {
            return Err(Error::BadConnectionString);
        }
        let mut last = ' ';
        for c in self.chars.by_ref() {
            if last == '#' && c == '>' {
                return Ok(());
            }
            last = c;
        }
        Err(Error::BadConnectionString)
    }

    fn rest_of_line(&mut self) {
        while self.chars.next_if(|c| *c != '\n').is_some() {}
    }

    /// A word without quotes, up to the end of its entry or one of these.
    fn bare(&mut self, ends: &[char]) -> Result<Zeroizing<String>, Error> {
        let table = self.table;
        let mut word = Zeroizing::new(String::new());
        let ends = |c: char| {
            matches!(c, '\n' | '\r' | ';' | '#') || (table && c == '}') || ends.contains(&c)
        };
        while let Some(c) = self.chars.next_if(|c| !ends(*c)) {
            word.push(c);
        }
        let kept = word.trim_end().len();
        word.truncate(kept);
        if word.contains(['\'', '"']) {
            return Err(Error::BadConnectionString);
        }
        Ok(word)
    }

    /// The text between a quote and its end.
    fn quoted(&mut self) -> Result<Zeroizing<String>, Error> {
        let quote = self.chars.next().ok_or(Error::BadConnectionString)?;
        let mut value = Zeroizing::new(String::new());
        loop {
            match self.chars.next().ok_or(Error::BadConnectionString)? {
                '`' if quote == '"' => {
                    value.push(self.chars.next().ok_or(Error::BadConnectionString)?);
                }
                c if c == quote => {
                    if self.chars.next_if_eq(&quote).is_none() {
                        return Ok(value);
                    }
                    value.push(quote);
                }
                c => value.push(c),
            }
        }
    }
}

/// PowerShell's own names for nothing, yes and no.
fn variable(word: Zeroizing<String>) -> Zeroizing<String> {
    let known = match word.to_ascii_lowercase().as_str() {
        "$null" => "",
        "$true" => "true",
        "$false" => "false",
        _ => return word,
    };
    Zeroizing::new(known.to_owned())
}
