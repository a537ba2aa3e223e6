//! Names and texts as T-SQL writes them, so that none can be taken for anything else.

/// A name in brackets.
pub(super) fn name(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// A text in quotes.
pub(super) fn text(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}

/// A text in quotes as PowerShell writes it, which takes curly quotes for quotes, too.
pub(super) fn in_powershell(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201B}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_closes_a_quote_stands_twice() {
        assert_eq!(name("a]; DROP TABLE x;--"), "[a]]; DROP TABLE x;--]");
        assert_eq!(text("o'b"), "N'o''b'");
        assert_eq!(in_powershell("a'b\u{2019}c"), "'a''b\u{2019}\u{2019}c'");
    }
}
