//! `cargo xtask test`: every test of the workspace, counted; what was skipped is named, never silent.
//!
//! A test that cannot do its work on this host calls `tests::skip`, which appends a line to the file that
//! `LINECHECK_SKIP_FILE` names. The harness of Rust counts such a test as passed; here it is counted as skipped.

use crate::{install, page, parts::Parts, tools};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// Options of `test`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Install with apt what is missing, then run
    #[arg(long)]
    install: bool,
}

/// Builds the page as it is shipped and every program, then runs every test.
pub(crate) fn test(arguments: &Arguments) -> Result<()> {
    let mut parts = Parts::default();
    let counts = prepare(&mut parts, arguments.install).and_then(|()| {
        let mut counts = parts.part("tests", || {
            let words = ["test", "--workspace", "--no-fail-fast"];
            run(&words, &[("LINECHECK_PROGRAMS_BUILT", "1")])
        })?;
        for further in FURTHER {
            counts.add(further.run(&mut parts)?);
        }
        Ok(counts)
    });
    parts.print();
    let counts = counts?;
    println!("\n{counts}");
    ensure!(counts.is_fine(), "not all tests passed");
    Ok(())
}

/// Tests of a feature that the system's libraries bring.
struct Further {
    part: &'static str,
    can: fn() -> bool,
    missing: &'static str,
    words: [&'static str; 6],
}

const FURTHER: [Further; 2] = [
    Further {
        part: "tests, old TLS",
        can: install::has_openssl,
        missing: "OpenSSL's headers are missing (libssl-dev)",
        words: [
            "test",
            "--package=tests",
            "--test",
            "tls_logins",
            "--features",
            "legacy-tls",
        ],
    },
    Further {
        part: "tests, Windows authentication",
        can: install::has_kerberos,
        missing: "Kerberos' headers or libclang are missing (libkrb5-dev, libclang-dev)",
        words: [
            "test",
            "--package=tests",
            "--test",
            "integrated",
            "--features",
            "integrated",
        ],
    },
];

impl Further {
    fn run(&self, parts: &mut Parts) -> Result<Counts> {
        if (self.can)() {
            return parts.part(self.part, || run(&self.words, &[]));
        }
        let mut counts = Counts {
            ended_well: true,
            ..Counts::default()
        };
        let reason = self.missing.to_owned();
        counts.skipped.insert(self.words.join(" "), reason);
        Ok(counts)
    }
}

fn prepare(parts: &mut Parts, may_install: bool) -> Result<()> {
    if may_install {
        parts.part("install", install::install)?;
    }
    install::report();
    parts.part("page", || {
        tools::rustup_target()?;
        page::build(true)
    })?;
    parts.part("build tests", || {
        tools::succeed(&mut tools::cargo(&["test", "--workspace", "--no-run"]))
    })?;
    parts.part("build programs", || {
        tools::succeed(&mut tools::cargo(&["build", "--workspace", "--bins"]))
    })
}

/// How many tests ended how.
#[derive(Default)]
pub(crate) struct Counts {
    passed: usize,
    failed: usize,
    /// Reason by name of the test.
    skipped: BTreeMap<String, String>,
    /// Test programs that ended without saying how their tests did, and what cargo said of it.
    broken: Vec<String>,
    ended_well: bool,
}

impl Counts {
    /// Reads a line that a test program or cargo printed.
    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
        } else if let Some(rest) = line.strip_prefix("test ")
            && let Some((name, reason)) = rest.split_once(" ... ignored")
        {
            let reason = reason.trim_start_matches(", ");
            self.skipped.insert(name.to_owned(), reason.to_owned());
        }
    }

    /// Reads the lines that skipped tests left: name, tab, reason. They were counted as passed.
    fn read_skips(&mut self, text: &str) {
        for (name, reason) in text.lines().filter_map(|line| line.split_once('\t')) {
            let is_new = self
                .skipped
                .insert(name.to_owned(), reason.to_owned())
                .is_none();
            self.passed -= usize::from(is_new && self.passed > 0);
        }
    }

    /// Those of another call of cargo too.
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
        self.broken.extend(other.broken);
        self.ended_well &= other.ended_well;
    }

    /// Whether every test passed or was skipped, and every program said so.
    pub(crate) fn is_fine(&self) -> bool {
        self.failed == 0 && self.ended_well
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, reason) in &self.skipped {
            writeln!(f, "skipped {name}: {reason}")?;
        }
        for line in &self.broken {
            writeln!(f, "{line}")?;
        }
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failed,
            self.skipped.len()
        )
    }
}

/// The number that stands before `word`: `ok. 12 passed; 0 failed` has 12 before ` passed`.
fn number_before(text: &str, word: &str) -> usize {
    text.find(word)
        .and_then(|at| text.get(..at)?.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// Runs cargo with these words and variables, shows what it prints, and counts.
pub(crate) fn run(words: &[&str], variables: &[(&str, &str)]) -> Result<Counts> {
    let skips = tools::target_dir().join("skipped-tests");
    std::fs::create_dir_all(tools::target_dir())?;
    std::fs::write(&skips, "").context("the file for skipped tests cannot be written")?;
    let mut command = tools::cargo(words);
    command
        .envs(variables.iter().copied())
        .env("LINECHECK_SKIP_FILE", &skips)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(axe) = install::axe() {
        command.env("LINECHECK_AXE", axe);
    }
    eprintln!("> {}", tools::words(&command));
    let mut child = command.spawn().context("cargo could not be started")?;
    let stderr = child.stderr.take().context("cargo has no stderr")?;
    let complaints = std::thread::spawn(move || {
        let mut kept = Vec::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            eprintln!("{line}");
            if line.starts_with("error: test failed") || line.starts_with("error: could not") {
                kept.push(line);
            }
        }
        kept
    });
    let mut counts = Counts::default();
    let stdout = child.stdout.take().context("cargo has no stdout")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(std::io::stdout(), "{line}")?;
        counts.read(&line);
    }
    counts.broken = complaints.join().unwrap_or_default();
    counts.ended_well = child.wait()?.success();
    counts.read_skips(&std::fs::read_to_string(&skips)?);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn results_of_several_programs_add_up_and_skipped_ones_are_not_passed() {
        let mut counts = Counts::default();
        for line in [
            "test store::story ... ok",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test api::slow ... ignored, takes a day",
            "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s",
        ] {
            counts.read(line);
        }
        counts.read_skips(
            "browser::story\tchromium is missing\nbrowser::story\tchromium is missing\n",
        );
        assert_eq!(
            counts.to_string(),
            "skipped api::slow: takes a day\n\
             skipped browser::story: chromium is missing\n\
             14 passed, 2 failed, 2 skipped"
        );
        assert!(!counts.is_fine());
    }

    #[test]
    fn a_program_that_never_reported_is_not_fine() {
        let mut counts = Counts::default();
        counts.read("test result: ok. 1 passed; 0 failed; 0 ignored");
        assert!(!counts.is_fine(), "cargo did not end well");
        counts.ended_well = true;
        assert!(counts.is_fine());
    }
}
