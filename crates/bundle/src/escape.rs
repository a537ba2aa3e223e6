//! Making text from a peer harmless, for each output in its own way.
//!
//! A server chooses the text of its errors, a certificate its names, a banner its bytes. Everything that is
//! shown passes through one of these. None of them loses information: what is dangerous becomes visible.

use std::fmt::Write as _;

/// For a terminal or a text file, on one line: control characters, line breaks and everything that turns or
/// hides text (bidi controls, zero-width characters) are shown as `\u{…}`.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    out
}

/// For Markdown, on one line: [`plain`], and what could begin markup, a link or a mention escaped. Text stays
/// readable where Markdown is not rendered.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 8);
    for (at, letter) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Not parentheses and `!`: without brackets they mean nothing. Not `.`, `-` or `+`: they only do at
            // the start of a line, where our own words stand.
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '@' => {
                out.push('\\');
                out.push(letter);
            }
            // Some renderers make links of bare addresses.
            ':' if rest.starts_with("://") => out.push_str("&#58;"),
            '.' if out.ends_with("www") => out.push_str("&#46;"),
            _ => out.push(letter),
        }
    }
    out
}

/// For the text or a quoted attribute of HTML: [`plain`], and `<`, `>`, `&` and both quotes as references.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in plain(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// For JSON that a terminal may show: the same document, with every character that [`plain`] would make visible
/// written as an escape. `json` is a whole document, so such characters stand in its strings only.
#[must_use]
pub fn json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if is_hidden(letter) && letter != '\n' {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// Characters that a reader would not see, or that change how others are shown.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{html, json, markdown, plain};

    #[test]
    fn what_hides_becomes_visible() {
        assert_eq!(
            plain("a\u{202e}b\x1b[31mc\r\nd"),
            "a\\u{202e}b\\u{1b}[31mc\\u{d}\\u{a}d"
        );
        assert_eq!(plain("Größe ☃ 数"), "Größe ☃ 数");
    }

    #[test]
    fn markdown_keeps_its_meaning_to_itself() {
        assert_eq!(
            markdown("[x](javascript:1) <b> `c` *d* |e|\n# f https://g www.h 1:2"),
            "\\[x\\](javascript:1) &lt;b&gt; \\`c\\` \\*d\\* \\|e\\|\\\\u{a}\\# f https&#58;//g www&#46;h 1:2"
        );
    }

    #[test]
    fn html_is_text_only() {
        assert_eq!(
            html("<script>\"'&\u{0}"),
            "&lt;script&gt;&quot;&#39;&amp;\\u{0}"
        );
    }

    #[test]
    fn json_keeps_its_meaning_and_hides_nothing() {
        let text = "a\u{202e}b\u{9b}31m\u{e0041}c\n";
        let document = serde_json::to_string_pretty(&[text]).expect("JSON");
        let safe = json(&document);
        assert_eq!(safe, "[\n  \"a\\u202eb\\u009b31m\\udb40\\udc41c\\n\"\n]");
        let back: Vec<String> = serde_json::from_str(&safe).expect("JSON");
        assert_eq!(back, [text]);
    }
}
