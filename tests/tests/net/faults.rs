//! The fault matrix: every way to break a connection that network namespaces can do, and what the rules say of it.
//!
//! Twice each as a test; as often as `LINECHECK_FAULTS` says for `cargo xtask bench faults`, which prints the table and
//! measures how long verdicts take. A recipe is a network of its own, broken once; its runs follow one another.

#[path = "faults/recipes.rs"]
mod recipes;
#[path = "faults/times.rs"]
mod times;

use futures::stream::{self, StreamExt as _};
use recipes::{Recipe, recipes};
use std::fmt::Write as _;
use tests::judged::Judged;

/// Runs of each recipe as a test.
const TWICE: u32 = 2;
/// Networks at a time: a busy host is one more fault.
const AT_A_TIME: usize = 4;
/// Right verdicts of a hundred.
const ENOUGH_PERCENT: u32 = 95;

/// How often the bench asks for; `None` as a test.
fn asked() -> Option<u32> {
    std::env::var("LINECHECK_FAULTS").ok()?.parse().ok()
}

/// How the runs of one recipe came out.
struct Row {
    recipe: &'static str,
    verdict: &'static str,
    runs: u32,
    right: u32,
    /// What was said instead, or what was missing beside it.
    wrong: Vec<String>,
    wrong_proven: Vec<String>,
}

impl Row {
    fn percent(&self) -> u32 {
        self.right * 100 / self.runs.max(1)
    }

    fn holds(&self) -> bool {
        self.percent() >= ENOUGH_PERCENT && self.wrong_proven.is_empty()
    }

    fn count(&mut self, recipe: &Recipe, judged: &Judged) {
        self.runs += 1;
        let codes = judged.codes();
        let missing = recipe.beside.iter().find(|code| !codes.contains(code));
        if codes[0] != recipe.verdict {
            let said = &judged.judgement.verdict;
            self.wrong
                .push(format!("{}: {}", said.code, said.explanation));
        } else if let Some(missing) = missing {
            self.wrong.push(format!("no {missing} in {codes:?}"));
        } else {
            self.right += 1;
        }
        let untrue = |code: &&str| !recipe.proven.contains(code);
        for code in judged.proven().into_iter().filter(untrue) {
            self.wrong_proven.push(code.to_owned());
        }
    }
}

/// Breaks the network once and runs so often.
async fn row(recipe: Recipe, repeats: u32) -> Row {
    let azure = tests::net::Azure::start(recipe.scenarios).await;
    let broken = (recipe.fault)(&azure).await;
    let mut row = Row {
        recipe: recipe.name,
        verdict: recipe.verdict,
        runs: 0,
        right: 0,
        wrong: Vec::new(),
        wrong_proven: Vec::new(),
    };
    for _ in 0..repeats {
        let (plan, context) = recipe.run(&azure, &broken);
        let judged = azure.run(plan, context).await;
        row.count(&recipe, &judged);
    }
    row
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "\n| Fault | Verdict | Right | Wrong verdict | Wrong proven | % |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let wrong = row.runs - row.right;
        let _ = writeln!(
            text,
            "| {} | {} | {} of {} | {wrong} | {} | {} |",
            row.recipe,
            row.verdict,
            row.right,
            row.runs,
            row.wrong_proven.len(),
            row.percent()
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_verdict_and_nothing_is_proven_that_is_not_so() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_faults", &reason);
    }
    let repeats = asked().unwrap_or(TWICE);
    let only = std::env::var("LINECHECK_FAULTS_ONLY").unwrap_or_default();
    let chosen = recipes().into_iter().filter(|one| one.name.contains(&only));
    let rows: Vec<Row> = stream::iter(chosen.map(|recipe| row(recipe, repeats)))
        .buffered(AT_A_TIME)
        .collect()
        .await;
    println!("{}", table(&rows));
    for row in &rows {
        for why in row.wrong.iter().chain(&row.wrong_proven) {
            println!("{}: {why}", row.recipe);
        }
    }
    let failed: Vec<&str> = rows
        .iter()
        .filter(|row| !row.holds())
        .map(|row| row.recipe)
        .collect();
    assert!(failed.is_empty(), "{failed:?}{}", table(&rows));
    // Figures belong to the bench: as a test, a busy host would fail what is right.
    if asked().is_some() && only.is_empty() {
        let mut figures = tests::table::Table::default();
        let held = times::measure(&mut figures).await;
        println!("{figures}");
        assert!(held, "{figures}");
    }
}
