//! The commands in the documents take the flags that they are given there.

use crate::help::{flags, help};
use std::collections::BTreeSet;
use tests::tools;

/// Blocks of a document in this language.
fn blocks<'a>(text: &'a str, language: &'a str) -> impl Iterator<Item = &'a str> {
    text.split("\n```")
        .filter_map(move |part| part.strip_prefix(language)?.strip_prefix('\n'))
}

/// The commands of our agent: the words behind its name, lines that go on joined.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in blocks(text, "sh").chain(blocks(text, "powershell")) {
        let joined = block.replace("\\\n", " ").replace("`\n", " ");
        for line in joined.lines() {
            let word = |name: &str| line.rfind(name).map(|at| &line[at + name.len()..]);
            let rest = [
                "linecheck-agent.exe ",
                "linecheck-agent -- ",
                "linecheck-agent ",
            ]
            .into_iter()
            .find_map(word);
            found.extend(rest.map(str::to_owned));
        }
    }
    // A container's arguments, one list.
    for block in blocks(text, "yaml") {
        let list = block.split("args: [").nth(1).expect("its arguments");
        let list = list.split(']').next().unwrap_or_default();
        found.push(list.replace([',', '"', '\n'], " "));
    }
    found
}

#[test]
fn every_recipe_s_flags_are_the_program_s() {
    let mut seen = BTreeSet::new();
    for name in ["README.md", "docs/CHECK.md", "docs/DOCKER.md"] {
        let path = tools::workspace().join(name);
        let text = std::fs::read_to_string(path).expect("a document");
        for command in commands(&text) {
            let first = command.split_whitespace().next().unwrap_or_default();
            if first.starts_with("--") {
                continue;
            }
            let known = flags(&help("linecheck-agent", &[first]));
            let unknown: Vec<_> = flags(&command).difference(&known).cloned().collect();
            assert!(unknown.is_empty(), "{name}: {command}: {unknown:?}");
            seen.insert(format!("{name} {first}"));
        }
    }
    for wanted in ["docs/CHECK.md check", "README.md enroll"] {
        assert!(seen.contains(wanted), "{wanted}: {seen:?}");
    }
}

#[test]
fn the_script_s_parameters_lead_to_flags_that_are_there() {
    let path = tools::workspace().join("docs/CHECKER.md");
    let text = std::fs::read_to_string(path).expect("a document");
    let known = flags(&help("linecheck-agent", &["check"]));
    let unknown: Vec<_> = flags(&text).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
