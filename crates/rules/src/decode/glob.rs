//! Words as a recogniser's row writes them, found in a text that is in lower case.
//!
//! ```text
//! space   one or more white spaces, line ends among them     #   a whole number      ┐
//! *       a few bytes of the same line, as few as will do     ~   hexadecimal digits  │ what stands there
//! else    itself                                              @   a name or address   │ is given back
//!                                                             %   all up to a quote   ┘
//! ```
//!
//! Every piece is bounded, so that a text is read in time that grows with its length alone.

use super::Span;

/// Longest run of white space that stands for one space.
const LONGEST_SPACE: usize = 64;
/// Longest gap that `*` passes over.
const LONGEST_GAP: usize = 200;
/// Longest name, address or quoted text.
const LONGEST_NAME: usize = 260;
/// Longest number.
const LONGEST_NUMBER: usize = 11;

/// Where the words end that begin at `from`, and what stands where they leave something open.
pub(super) fn matches(words: &str, text: &[u8], from: usize) -> Option<(usize, Vec<Span>)> {
    let mut taken = Vec::new();
    let mut pieces = words.as_bytes().split(|byte| *byte == b'*');
    let mut at = piece(pieces.next()?, text, from, &mut taken)?;
    for next in pieces {
        let kept = taken.len();
        let first = next.first().copied().filter(|byte| !is_open(*byte));
        let mut found = None;
        for start in at..=at.saturating_add(LONGEST_GAP) {
            let here = text.get(start).copied();
            if first.is_none() || first == here {
                taken.truncate(kept);
                found = piece(next, text, start, &mut taken);
            }
            if found.is_some() || here.is_none_or(|byte| byte == b'\n') {
                break;
            }
        }
        at = found?;
    }
    Some((at, taken))
}

/// Whether a row's byte stands for more than itself.
pub(super) fn is_open(byte: u8) -> bool {
    matches!(byte, b' ' | b'#' | b'~' | b'@' | b'%' | b'*')
}

/// One stretch without a gap.
fn piece(words: &[u8], text: &[u8], from: usize, taken: &mut Vec<Span>) -> Option<usize> {
    let mut at = from;
    for byte in words {
        let rest = text.get(at..)?;
        let length = match byte {
            b' ' => run(rest, LONGEST_SPACE, u8::is_ascii_whitespace),
            b'#' => number(rest),
            b'~' => run(rest, LONGEST_NUMBER, u8::is_ascii_hexdigit),
            b'@' => run(rest, LONGEST_NAME, |byte| is_name(*byte)),
            b'%' => run(rest, LONGEST_NAME, |byte| {
                !matches!(byte, b'\'' | b'"' | b'\n' | b'\r')
            }),
            literal => usize::from(rest.first() == Some(literal)),
        };
        if length == 0 {
            return None;
        }
        if matches!(byte, b'#' | b'~' | b'@' | b'%') {
            taken.push(Span {
                from: at,
                to: at + length,
            });
        }
        at += length;
    }
    Some(at)
}

fn run(text: &[u8], most: usize, is: impl Fn(&u8) -> bool) -> usize {
    text.iter().take(most).take_while(|byte| is(byte)).count()
}

fn number(text: &[u8]) -> usize {
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = run(
        text.get(sign..).unwrap_or_default(),
        LONGEST_NUMBER,
        u8::is_ascii_digit,
    );
    if digits == 0 { 0 } else { sign + digits }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'\\' | b'$')
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn taken(words: &str, text: &str) -> Option<Vec<String>> {
        let (_, spans) = matches(words, text.as_bytes(), 0)?;
        let said = spans.iter().map(|span| text[span.from..span.to].to_owned());
        Some(said.collect())
    }

    #[test]
    fn words_leave_places_open() {
        let of = |words, text| taken(words, text).map(|said| said.join("|"));
        assert_eq!(of("a b", "a \r\n\t b").as_deref(), Some(""));
        assert_eq!(of("a b", "ab"), None);
        assert_eq!(of("error: # -", "error: -2 -").as_deref(), Some("-2"));
        assert_eq!(of("0x~", "0x2746)").as_deref(), Some("2746"));
        let text = "failed to connect to db-1.example.net:1433 in 15000ms";
        assert_eq!(
            of("failed to connect to @:# in #ms", text).as_deref(),
            Some("db-1.example.net|1433|15000")
        );
        assert_eq!(of("a*c*e#", "a bb c dd e7").as_deref(), Some("7"));
        assert_eq!(of("a*b", "a\nb"), None, "a gap ends with its line");
        assert_eq!(of("db '%'", "db 'my sales'").as_deref(), Some("my sales"));
    }

    #[test]
    fn a_gap_is_bounded_and_nothing_behind_the_end_is_read() {
        let far = format!("a{}b", " ".repeat(500));
        assert_eq!(taken("a*b", &far), None);
        for text in ["", "a", "a*", "\u{e4}"] {
            assert_eq!(taken("a*b", text), None);
            assert_eq!(matches("a", text.as_bytes(), 99), None);
        }
    }
}
