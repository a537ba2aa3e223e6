//! What runs found, as rows: the causes first, then what was found besides.

use model::{Pattern, Patterns};
use rules::words::count;
use std::collections::BTreeMap;

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) code: String,
    /// The code as words.
    pub(crate) name: String,
    /// Runs that count for the row: those it explains, or those it was found in.
    pub(crate) runs: u64,
    /// Of the longest bar, in percent.
    pub(crate) width: u64,
    /// Runs it was found in as well, when those are more.
    pub(crate) found: Option<u64>,
    /// By week: its height in percent of the highest, and the sentence.
    pub(crate) weeks: Vec<(u64, String)>,
    pub(crate) kinds: Vec<(String, u64)>,
    pub(crate) agents: Vec<(String, u64)>,
}

/// The rows of the page.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Rows {
    /// Runs in all.
    pub(crate) runs: u64,
    /// Findings that explain a run.
    pub(crate) causes: Vec<Row>,
    /// The others.
    pub(crate) besides: Vec<Row>,
}

/// Puts the counts into rows.
pub(crate) fn rows(patterns: &Patterns) -> Rows {
    let (causes, mut besides): (Vec<&Pattern>, Vec<&Pattern>) =
        patterns.findings.iter().partition(|one| one.explains > 0);
    besides.sort_by_key(|one| std::cmp::Reverse(one.found));
    let most = |all: &[&Pattern], of: fn(&Pattern) -> u64| all.iter().map(|one| of(one)).max();
    let (by_cause, by_found) = (
        most(&causes, |one| one.explains),
        most(&besides, |one| one.found),
    );
    Rows {
        runs: patterns.runs.iter().sum(),
        causes: causes
            .iter()
            .map(|one| row(patterns, one, one.explains, by_cause))
            .collect(),
        besides: besides
            .iter()
            .map(|one| row(patterns, one, one.found, by_found))
            .collect(),
    }
}

fn row(patterns: &Patterns, one: &Pattern, runs: u64, most: Option<u64>) -> Row {
    let highest = one.by_week.iter().copied().max();
    let weeks = patterns.weeks.iter().zip(&one.by_week);
    Row {
        code: one.code.clone(),
        name: name(&one.code),
        runs,
        width: percent(runs, most),
        found: Some(one.found).filter(|found| *found > runs),
        weeks: weeks
            .map(|(monday, found)| {
                let told = count(usize::try_from(*found).unwrap_or(usize::MAX), "run", "runs");
                (
                    percent(*found, highest),
                    format!("week of {monday}: {told}"),
                )
            })
            .collect(),
        kinds: sorted(&one.by_kind, |key| {
            target::Kind::from_key(key)
                .map_or_else(|| key.to_owned(), |kind| kind.title().to_owned())
        }),
        agents: sorted(&one.by_agent, str::to_owned),
    }
}

/// Words of codes that are written in capitals.
const CAPITALS: [&str; 6] = ["tcp", "tls", "tds", "sql", "dns", "syn"];

/// `redirect_blocked` as `Redirect blocked`.
fn name(code: &str) -> String {
    let words: Vec<String> = code
        .split('_')
        .map(|word| match word {
            "syns" => "SYNs".to_owned(),
            word if CAPITALS.contains(&word) => word.to_uppercase(),
            word => word.to_owned(),
        })
        .collect();
    let words = words.join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

fn percent(part: u64, whole: Option<u64>) -> u64 {
    match whole {
        Some(whole) if whole > 0 => (part * 100).div_ceil(whole),
        _ => 0,
    }
}

/// The most frequent first.
fn sorted(counts: &BTreeMap<String, u64>, words: impl Fn(&str) -> String) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = counts.iter().map(|(key, n)| (words(key), *n)).collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(code: &str, found: u64, explains: u64, by_week: &[u64]) -> Pattern {
        Pattern {
            code: code.into(),
            found,
            explains,
            by_week: by_week.to_vec(),
            by_kind: [("sql_database".into(), found)].into(),
            by_agent: [("b".into(), 1), ("a".into(), found)].into(),
        }
    }

    #[test]
    fn causes_come_first_and_bars_are_measured_by_the_longest() {
        let rows = rows(&Patterns {
            weeks: vec!["2026-11-09".into(), "2026-11-16".into()],
            runs: vec![10, 20],
            findings: vec![
                pattern("redirect_blocked", 9, 8, &[1, 8]),
                pattern("tcp_timeout", 2, 2, &[0, 2]),
                pattern("phase_slow", 3, 0, &[3, 0]),
                pattern("healthy", 12, 0, &[6, 6]),
            ],
        });
        assert_eq!(rows.runs, 30);
        let of = |rows: &[Row]| -> Vec<(String, u64, u64)> {
            rows.iter()
                .map(|row| (row.name.clone(), row.runs, row.width))
                .collect()
        };
        assert_eq!(
            of(&rows.causes),
            [
                ("Redirect blocked".to_owned(), 8, 100),
                ("TCP timeout".to_owned(), 2, 25)
            ]
        );
        assert_eq!(
            of(&rows.besides),
            [
                ("Healthy".to_owned(), 12, 100),
                ("Phase slow".to_owned(), 3, 25)
            ]
        );
        let first = &rows.causes[0];
        assert_eq!(first.found, Some(9));
        assert_eq!(first.weeks[0], (13, "week of 2026-11-09: 1 run".to_owned()));
        assert_eq!(first.kinds, [("Azure SQL Database".to_owned(), 9)]);
        assert_eq!(first.agents[0], ("a".to_owned(), 9));
    }
}
