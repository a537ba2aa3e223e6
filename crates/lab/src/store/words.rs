//! T-SQL into words, and words against a pattern. Strict: what fits no pattern is not understood.
//!
//! ```text
//!  INSERT INTO @table ([operation_id]) VALUES (@text)      a pattern
//!  insert into [a].[b] ([operation_id]) values ('7')       fits it: a.b, 7
//! ```

/// A name of two parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) schema: String,
    pub(crate) table: String,
}

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Letters, digits, `_`, `@`; lower case.
    Plain(String),
    /// `[…]`.
    Quoted(String),
    /// `'…'` or `N'…'`.
    Text(String),
    /// Digits, with a minus before them or not.
    Number(i64),
    /// Anything else that is not white space.
    Sign(char),
}

/// What stands in a statement where its pattern has a place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// `@table`.
    Table(Name),
    /// `@text`, or `@quoted`: one name.
    Text(String),
    /// `@number`.
    Number(i64),
    /// `@rows`: `(1, 0), (2, 0)…`
    Rows(Vec<(i64, i64)>),
}

/// The words of a text; `None` when a quote is left open or a number is too large.
pub(crate) fn words(text: &str) -> Option<Vec<Word>> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let digits = |rest: &mut std::iter::Peekable<std::str::Chars<'_>>, begun: String| {
            let mut all = begun;
            while let Some(more) = rest.next_if(char::is_ascii_digit) {
                all.push(more);
            }
            all.parse().ok().map(Word::Number)
        };
        found.push(match c {
            c if c.is_whitespace() => continue,
            '[' => Word::Quoted(quoted(&mut rest, ']')?),
            '\'' => Word::Text(quoted(&mut rest, '\'')?),
            'N' | 'n' if rest.peek() == Some(&'\'') => {
                rest.next();
                Word::Text(quoted(&mut rest, '\'')?)
            }
            '-' if rest.peek().is_some_and(char::is_ascii_digit) => digits(&mut rest, "-".into())?,
            c if c.is_ascii_digit() => digits(&mut rest, c.to_string())?,
            c if is_plain(c) => {
                let mut word = c.to_ascii_lowercase().to_string();
                while let Some(more) = rest.next_if(|more| is_plain(*more)) {
                    word.push(more.to_ascii_lowercase());
                }
                Word::Plain(word)
            }
            c => Word::Sign(c),
        });
    }
    Some(found)
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@')
}

/// Up to the closing quote, which stands for itself when it stands twice.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, close: char) -> Option<String> {
    let mut inner = String::new();
    loop {
        let c = rest.next()?;
        if c == close && rest.next_if_eq(&close).is_none() {
            return Some(inner);
        }
        inner.push(c);
    }
}

/// What stands at the pattern's places, and the words after it; `None` when the words do not begin with it.
pub(crate) fn fit<'a>(pattern: &[Word], mut words: &'a [Word]) -> Option<(Vec<Found>, &'a [Word])> {
    let mut found = Vec::new();
    for wanted in pattern {
        let place = match wanted {
            Word::Plain(word) => word.as_str(),
            _ => "",
        };
        words = match (place, words) {
            (
                "@table",
                [
                    Word::Quoted(schema),
                    Word::Sign('.'),
                    Word::Quoted(table),
                    rest @ ..,
                ],
            ) => {
                found.push(Found::Table(Name {
                    schema: schema.clone(),
                    table: table.clone(),
                }));
                rest
            }
            ("@text", [Word::Text(text), rest @ ..])
            | ("@quoted", [Word::Quoted(text), rest @ ..]) => {
                found.push(Found::Text(text.clone()));
                rest
            }
            ("@number", [Word::Number(number), rest @ ..]) => {
                found.push(Found::Number(*number));
                rest
            }
            ("@rows", all) => {
                let (rows, rest) = rows(all)?;
                found.push(Found::Rows(rows));
                rest
            }
            (_, [word, rest @ ..]) if word == wanted => rest,
            _ => return None,
        };
    }
    Some((found, words))
}

/// Pairs of numbers.
type Pairs = Vec<(i64, i64)>;

fn rows(mut words: &[Word]) -> Option<(Pairs, &[Word])> {
    let mut rows = Vec::new();
    while let [
        Word::Sign('('),
        Word::Number(first),
        Word::Sign(','),
        Word::Number(second),
        Word::Sign(')'),
        rest @ ..,
    ] = words
    {
        rows.push((*first, *second));
        match rest {
            [Word::Sign(','), more @ ..] => words = more,
            _ => return Some((rows, rest)),
        }
    }
    None
}

/// `[schema].[table]` in a text, as `OBJECT_ID` takes it.
pub(crate) fn name(text: &str) -> Option<Name> {
    match words(text)?.as_slice() {
        [Word::Quoted(schema), Word::Sign('.'), Word::Quoted(table)] => Some(Name {
            schema: schema.clone(),
            table: table.clone(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_stand_twice_stand_for_themselves() {
        let read = words("[we]]ird; '].[a b] N'it''s; ]' -7").unwrap();
        assert_eq!(
            read,
            [
                Word::Quoted("we]ird; '".into()),
                Word::Sign('.'),
                Word::Quoted("a b".into()),
                Word::Text("it's; ]".into()),
                Word::Number(-7),
            ]
        );
        for open in ["[a", "'a", "[a]]", "99999999999999999999"] {
            assert_eq!(words(open), None, "{open}");
        }
    }

    #[test]
    fn a_pattern_gives_what_stands_at_its_places() {
        let pattern = words("INSERT INTO @table ([n]) VALUES @rows").unwrap();
        let sent = words("insert into [a].[b] ([n]) values (1, 0), (2, 0); x").unwrap();
        let (found, rest) = fit(&pattern, &sent).unwrap();
        assert_eq!(found[1], Found::Rows(vec![(1, 0), (2, 0)]));
        assert_eq!(rest, [Word::Sign(';'), Word::Plain("x".into())]);
        for other in [
            "insert into [a] ([n]) values (1, 0)",
            "insert into [a].[b]",
            "x",
        ] {
            assert_eq!(fit(&pattern, &words(other).unwrap()), None, "{other}");
        }
        assert_eq!(
            name("[s]]].[t]"),
            Some(Name {
                schema: "s]".into(),
                table: "t".into()
            })
        );
        assert_eq!(name("[s].[t]; DROP"), None);
    }
}
