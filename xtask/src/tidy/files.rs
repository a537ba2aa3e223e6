//! What every file keeps to: its size, its opening words, and no path of the host it was written on.

/// Longer than this is refused; tests and generated code aside.
const MOST_LINES: usize = 900;

/// Breaches of one file, by its path in the workspace and its text.
pub(super) fn breaches(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if path.ends_with(".rs") {
        let lines = text.lines().count();
        if lines > MOST_LINES && !is_exempt_from_size(path) {
            found.push(format!("{path}: {lines} lines; at most {MOST_LINES}"));
        }
        if !opens_with_words(text) {
            found.push(format!(
                "{path}: does not open with a //! that says what it is for"
            ));
        }
    }
    if !path.ends_with(".lock") {
        found.extend(host_paths(path, text));
    }
    found
}

fn is_exempt_from_size(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs" || part.starts_with("generated"))
}

/// Whether the first words, inner attributes aside, are a `//!` sentence.
fn opens_with_words(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("#!["))
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|words| words.split_whitespace().count() > 1)
}

/// Places where somebody's home or working folder is named.
fn host_paths(path: &str, text: &str) -> Vec<String> {
    // Written in pieces, so that this file does not name them.
    let roots = ["home", "root", "work", "Users"].map(|name| format!("/{name}/"));
    text.lines()
        .enumerate()
        .filter(|(_, line)| roots.iter().any(|root| names_path(line, root)))
        .map(|(number, _)| format!("{path}:{}: a path of somebody's host", number + 1))
        .collect()
}

/// Whether an absolute path under `root` stands in the line; `…/docs/work/…` and addresses do not count.
fn names_path(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|one| one.is_alphanumeric() || "._-/*}".contains(one))
    })
}

#[cfg(test)]
mod tests {
    use super::breaches;

    #[test]
    fn a_module_opens_with_words() {
        assert!(breaches("a.rs", "//! What it is for.\n").is_empty());
        assert!(breaches("a.rs", "#![no_main]\n//! What it is for.\n").is_empty());
        assert_eq!(breaches("a.rs", "//! placeholder\nfn main() {}").len(), 1);
        assert_eq!(breaches("a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(breaches("a.rs", "").len(), 1);
        assert!(breaches("a.css", "p {}").is_empty());
    }

    #[test]
    fn a_file_has_a_bounded_size_unless_it_holds_tests() {
        let long = format!("//! What it is for.\n{}", "//\n".repeat(900));
        assert_eq!(breaches("server/src/app.rs", &long).len(), 1);
        assert!(breaches("tests/tests/api.rs", &long).is_empty());
        assert!(breaches("crates/tds/src/generated.rs", &long).is_empty());
    }

    #[test]
    fn a_path_of_a_host_is_found_and_a_relative_one_is_not() {
        for name in ["home", "root", "work", "Users"] {
            let absolute = format!("see `/{name}/me/notes`\n");
            assert_eq!(breaches("README.md", &absolute).len(), 1, "{name}");
            let relative = format!("see docs/{name}/notes and https://example.com/{name}/\n");
            assert!(breaches("README.md", &relative).is_empty(), "{name}");
        }
    }
}
