//! Patterns: what the runs of the last weeks found, in counts. Which runs those were is not in it.

use super::RunError;
use crate::app::App;
use crate::store::{Counts, Week};
use chrono::{DateTime, Utc};
use model::{Pattern, Patterns};
use std::collections::BTreeMap;

/// Weeks that are counted, this one among them.
const WEEKS: Week = 12;
/// Findings that are told of, at most.
const MOST: usize = 200;

/// Monday, 5 January 1970, and how long a week is, in seconds.
const FIRST_S: i64 = 4 * 86_400;
const WEEK_S: i64 = 7 * 86_400;

/// What the runs of the last weeks found.
///
/// # Errors
/// The store's.
pub async fn patterns(app: &App) -> Result<Patterns, RunError> {
    let this = week_of(app.clock.now());
    let counts = app.store.counts(begin_of(this - WEEKS + 1)).await?;
    Ok(of(counts, this))
}

fn week_of(at: DateTime<Utc>) -> Week {
    (at.timestamp() - FIRST_S).div_euclid(WEEK_S)
}

/// Its Monday, at midnight.
fn begin_of(week: Week) -> DateTime<Utc> {
    DateTime::from_timestamp(week * WEEK_S + FIRST_S, 0).unwrap_or_default()
}

/// The counts, put together; `this` is the last week.
fn of(counts: Counts, this: Week) -> Patterns {
    let weeks: Vec<Week> = (this - WEEKS + 1..=this).collect();
    let place = |week: Week| weeks.iter().position(|one| *one == week);
    let mut runs = vec![0; weeks.len()];
    for (week, count) in counts.runs {
        // A run from an agent's future counts as of now.
        let at = place(week.min(this)).and_then(|place| runs.get_mut(place));
        if let Some(at) = at {
            *at += count;
        }
    }
    let mut all: BTreeMap<String, Pattern> = BTreeMap::new();
    for one in counts.findings {
        let Some(week) = place(one.week.min(this)) else {
            continue;
        };
        let pattern = all.entry(one.code.clone()).or_insert_with(|| Pattern {
            code: one.code,
            by_week: vec![0; weeks.len()],
            ..Pattern::default()
        });
        pattern.found += one.found;
        pattern.explains += one.explains;
        if let Some(at) = pattern.by_week.get_mut(week) {
            *at += one.found;
        }
        *pattern.by_kind.entry(one.kind).or_default() += one.found;
        *pattern.by_agent.entry(one.agent).or_default() += one.found;
    }
    let mut findings: Vec<Pattern> = all.into_values().collect();
    findings.sort_by(|a, b| (b.explains, b.found, &a.code).cmp(&(a.explains, a.found, &b.code)));
    findings.truncate(MOST);
    Patterns {
        weeks: weeks
            .iter()
            .map(|week| begin_of(*week).date_naive().to_string())
            .collect(),
        runs,
        findings,
    }
}

#[cfg(test)]
mod tests {
    use super::{WEEKS, begin_of, of, week_of};
    use crate::store::{Counts, FindingCount};
    use chrono::{DateTime, Utc};

    fn count(week: i64, kind: &str, code: &str, found: u64, explains: u64) -> FindingCount {
        FindingCount {
            week,
            kind: kind.into(),
            agent: "one".into(),
            code: code.into(),
            found,
            explains,
        }
    }

    #[test]
    fn a_week_begins_on_monday() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let week = week_of(at("2026-11-21T23:59:59Z"));
        assert_eq!(begin_of(week), at("2026-11-16T00:00:00Z"));
        assert_eq!(week_of(at("2026-11-22T23:59:59Z")), week);
        assert_eq!(week_of(at("2026-11-23T00:00:00Z")), week + 1);
    }

    #[test]
    fn what_explains_most_comes_first_and_each_count_stands_in_its_place() {
        let this = 2_967;
        let patterns = of(
            Counts {
                runs: vec![(this, 5), (this - 1, 3), (this - WEEKS, 9)],
                findings: vec![
                    count(this, "sql_server", "healthy", 4, 0),
                    count(this, "sql_database", "redirect_blocked", 1, 1),
                    count(this - 1, "sql_server", "redirect_blocked", 2, 1),
                    count(this - WEEKS, "sql_server", "long_ago", 9, 9),
                ],
            },
            this,
        );
        assert_eq!(patterns.weeks.len(), patterns.runs.len());
        assert_eq!(patterns.runs.iter().sum::<u64>(), 8);
        let codes: Vec<&str> = patterns
            .findings
            .iter()
            .map(|one| one.code.as_str())
            .collect();
        assert_eq!(codes, ["redirect_blocked", "healthy"]);
        let first = &patterns.findings[0];
        assert_eq!((first.found, first.explains), (3, 2));
        assert_eq!(
            first.by_week[usize::try_from(WEEKS).expect("small") - 2..],
            [2, 1]
        );
        assert_eq!(first.by_kind["sql_server"], 2);
        assert_eq!(first.by_agent["one"], 3);
    }
}
