//! What a program's `--help` says it takes; all of it is documented.

use std::collections::BTreeSet;
use std::process::Command;
use tests::tools;

/// All documents that a person may look a flag up in, in one.
fn documents() -> String {
    let root = tools::workspace();
    let mut files = vec![root.join("README.md")];
    let folder = std::fs::read_dir(root.join("docs")).expect("the documents");
    files.extend(folder.map(|entry| entry.expect("an entry").path()));
    files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .map(|file| std::fs::read_to_string(file).expect("text"))
        .collect()
}

/// The help of a program, or of one of its commands.
pub(crate) fn help(program: &str, command: &[&str]) -> String {
    let output = Command::new(tools::program(program))
        .args(command)
        .arg("--help")
        .env("COLUMNS", "200")
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{program} {command:?} --help");
    String::from_utf8(output.stdout).expect("text")
}

/// Its commands.
pub(crate) fn commands(program: &str) -> Vec<String> {
    let help = help(program, &[]);
    let after = help.split_once("Commands:\n").expect("commands").1;
    after
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|command| command != "help")
        .collect()
}

/// The flags that a text names.
pub(crate) fn flags(text: &str) -> BTreeSet<String> {
    words(text, |letter| letter.is_ascii_lowercase() || letter == '-')
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .map(|word| word.trim_end_matches('-').to_owned())
        .collect()
}

/// The variables of ours that a text names.
pub(crate) fn variables(text: &str) -> BTreeSet<String> {
    words(text, |letter| letter.is_ascii_uppercase() || letter == '_')
        .filter(|word| word.starts_with("LINECHECK_"))
        .map(str::to_owned)
        .collect()
}

fn words(text: &str, belongs: fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |letter| !belongs(letter))
}

#[test]
fn every_flag_and_every_variable_of_every_command_is_documented() {
    let documents = documents();
    let (written, named) = (flags(&documents), variables(&documents));
    let mut missing = Vec::new();
    for program in ["linecheck", "linecheck-agent"] {
        for command in commands(program) {
            let help = help(program, &[&command]);
            let flags = flags(&help).into_iter().filter(|flag| flag != "--help");
            missing.extend(
                flags
                    .filter(|flag| !written.contains(flag))
                    .chain(
                        variables(&help)
                            .into_iter()
                            .filter(|one| !named.contains(one)),
                    )
                    .map(|word| format!("{program} {command}: {word}")),
            );
        }
    }
    assert!(missing.is_empty(), "nowhere documented: {missing:#?}");
}
